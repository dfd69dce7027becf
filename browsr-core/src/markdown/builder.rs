//! Tokens to a tree, by the HTML rules that change what a reader sees.
//!
//! Read [`parse`] first. Implied end tags, scopes, table fostering, foreign content and a capped
//! reconstruction of formatting follow the HTML standard. Every question about the open elements
//! ("is there a paragraph in button scope?") is answered from counters kept per element kind, so
//! the cost of a tag does not grow with the depth around it.

use super::{
    document::{Document, Node, NodeId, ROOT, flag},
    foster,
    open_elements::OpenElements,
    tag::{Tag, kind},
    tokenizer::{StartTag, Token, Tokenizer},
    work,
};

/// The deepest nesting that is kept; browsers stop at the same depth. Elements below it stay in
/// the tree, but their content follows them instead of being inside.
const DEPTH_CAP: usize = 512;

/// How many formatting elements may wait to be re-opened.
const FORMATTING_CAP: usize = 12;

/// How many equal formatting elements may wait, as in the HTML standard.
const EQUAL_FORMATTING_CAP: usize = 3;

/// Parses a page.
pub(super) fn parse(source: &str) -> Document<'_> {
    // Offsets are 32 bits wide; no browser hands out four gigabytes of markup.
    let mut length = source.len().min(u32::MAX as usize - 1);
    while !source.is_char_boundary(length) {
        length -= 1;
    }
    let mut builder = Builder::new(&source[..length]);
    builder.run();
    builder.finish()
}

/// A formatting element that is re-opened when a block closed it too early.
#[derive(Clone, Copy, Debug)]
enum Formatting {
    /// A cell, caption or object: formatting outside does not reach in.
    Marker,
    Element(NodeId),
}

#[derive(Debug)]
struct Builder<'a> {
    source: &'a str,
    tokenizer: Tokenizer<'a>,
    nodes: Vec<Node>,
    open: OpenElements,
    formatting: Vec<Formatting>,
    /// Nodes made by re-opening; held below a share of all nodes, so that a hostile page cannot
    /// make a few bytes grow into many nodes.
    reopened: usize,
    head: Head,
    fostered: bool,
    /// There is a `<noscript>` in the body.
    has_fallback: bool,
    /// The last token ended a line, so white space that follows shows nowhere.
    at_block_edge: bool,
    /// Open elements that are below the depth cap, per kind.
    too_deep: Vec<u32>,
}

/// Where the parser is with respect to `<head>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Before,
    Inside,
    After,
    InBody,
}

impl<'a> Builder<'a> {
    fn new(source: &'a str) -> Self {
        let mut builder = Self {
            source,
            tokenizer: Tokenizer::new(source),
            nodes: Vec::with_capacity(source.len() / 24 + 16),
            open: OpenElements::new(),
            formatting: Vec::new(),
            reopened: 0,
            head: Head::Before,
            fostered: false,
            has_fallback: false,
            at_block_edge: true,
            too_deep: Vec::new(),
        };
        let html = builder.append(ROOT, Tag::Html, 0, 0, 0);
        builder.push(html, Tag::Html);
        builder
    }

    fn run(&mut self) {
        while let Some(token) = self.tokenizer.next(self.open.in_foreign()) {
            work::step();
            match token {
                Token::Text { start, end } => self.text(start, end, 0),
                Token::Start(tag) => self.start(tag),
                Token::End { tag, start, name_end } => self.end(tag, start, name_end),
            }
        }
    }

    fn finish(mut self) -> Document<'a> {
        while !self.open.is_empty() {
            self.pop();
        }
        if self.fostered {
            self.nodes = foster::reorder(&self.nodes);
        }
        let mut document = Document { source: self.source, nodes: self.nodes };
        if self.has_fallback {
            document.reveal_fallback();
        }
        document
    }

    // ---- the arena and the open elements

    #[expect(clippy::cast_possible_truncation, reason = "the source is cut at 32-bit offsets")]
    fn append(&mut self, parent: NodeId, tag: Tag, start: usize, stop: usize, flags: u8) -> NodeId {
        let id = self.nodes.len() as NodeId;
        self.nodes.push(Node { parent, end: id + 1, start: start as u32, stop: stop as u32, tag, flags });
        id
    }

    /// Appends at the place where content goes now: the open element, or before the open table.
    fn insert(&mut self, tag: Tag, start: usize, stop: usize, flags: u8) -> NodeId {
        let top = self.open.top();
        if top.tag.is(kind::TABLE_PART) && !may_stand_in_table(tag) {
            if let Some(table) = self.open.last(Tag::Table) {
                self.fostered = true;
                let parent = self.nodes[table.node as usize].parent;
                return self.append(parent, tag, start, stop, flags | flag::FOSTERED);
            }
        }
        self.append(top.node, tag, start, stop, flags)
    }

    fn push(&mut self, id: NodeId, tag: Tag) {
        self.nodes[id as usize].flags |= flag::OPEN;
        let foreign = self.nodes[id as usize].has(flag::FOREIGN);
        self.open.push(id, tag, foreign);
    }

    fn pop(&mut self) {
        loop {
            work::step();
            let closed = self.open.pop();
            let end = self.nodes.len();
            let node = &mut self.nodes[closed.node as usize];
            node.flags &= !flag::OPEN;
            #[expect(clippy::cast_possible_truncation, reason = "node numbers are 32 bits wide")]
            let end = end as NodeId;
            node.end = end;
            // An inline element without content and attributes shows nothing: forget it.
            let bare = (node.stop - node.start) as usize == closed.tag.name().len();
            if bare && end == closed.node + 1 && closed.tag.is(kind::FORMATTING) && !node.has(flag::FOSTERED) {
                self.nodes.pop();
                self.forget(closed.node);
            }
            if self.open.is_empty() || !self.open.top().closing {
                return;
            }
        }
    }

    fn forget(&mut self, id: NodeId) {
        self.formatting.retain(|entry| !matches!(entry, Formatting::Element(node) if *node == id));
    }

    /// Pops until the entry at `depth` is gone.
    fn pop_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            self.pop();
        }
    }

    fn pop_until_above(&mut self, depth: usize) {
        while self.open.len() > depth + 1 {
            self.pop();
        }
    }

    /// Opens an element for a start tag; below the depth cap it is made, but not opened.
    fn open_element(&mut self, tag: StartTag, flags: u8) -> NodeId {
        if self.open.len() >= DEPTH_CAP {
            if self.too_deep.is_empty() {
                self.too_deep.resize(Tag::COUNT, 0);
            }
            self.too_deep[tag.tag as usize] += 1;
            let shown = tag.tag.is(kind::BLOCK) || tag.end > tag.name_end;
            return if shown {
                self.insert(tag.tag, tag.start, tag.end, flags | flag::FLATTENED)
            } else {
                self.open.top().node
            };
        }
        let id = self.insert(tag.tag, tag.start, tag.end, flags);
        self.push(id, tag.tag);
        id
    }

    fn leaf(&mut self, tag: StartTag) {
        self.insert(tag.tag, tag.start, tag.end, 0);
    }

    // ---- text

    fn text(&mut self, start: usize, end: usize, flags: u8) {
        let bytes = &self.source.as_bytes()[start..end];
        let blank = bytes.iter().all(|&byte| super::attribute::is_space(byte));
        if blank {
            let kept = self.open.has(Tag::Pre) || self.open.has(Tag::Textarea) || self.open.has(Tag::Listing);
            if self.at_block_edge && !kept || self.open.top().tag.is(kind::TABLE_PART) || self.head != Head::InBody {
                return;
            }
        } else if self.head != Head::InBody && !self.open.has(Tag::Template) {
            self.open_body(None);
        }
        self.reopen_formatting();
        self.insert(Tag::Text, start, end, if blank { flags | flag::BLANK } else { flags });
        self.at_block_edge = false;
    }

    // ---- start tags

    fn start(&mut self, tag: StartTag) {
        if self.head != Head::InBody && !self.start_outside_body(tag) {
            return;
        }
        if self.open.in_foreign() && self.start_foreign(tag) {
            return;
        }
        if self.open.has(Tag::Select) && !self.start_in_select(tag.tag) {
            return;
        }
        self.start_in_body(tag);
    }

    /// Handles `<html>`, `<head>`, `<body>` and what stands in the head. False if that was all.
    fn start_outside_body(&mut self, tag: StartTag) -> bool {
        match tag.tag {
            Tag::Html => self.adopt_attributes(ROOT, tag),
            Tag::Head => self.open_head(Some(tag)),
            Tag::Body => self.open_body(Some(tag)),
            other if other.is(kind::HEAD) => {
                self.open_head(None);
                self.start_in_body(tag);
            }
            // Inside `<template>` in the head anything may stand.
            _ if self.open.has(Tag::Template) => self.start_in_body(tag),
            _ => {
                self.open_body(None);
                return true;
            }
        }
        false
    }

    /// Gives an element that was made without a start tag the range of its late start tag.
    #[expect(clippy::cast_possible_truncation, reason = "the source is cut at 32-bit offsets")]
    fn adopt_attributes(&mut self, id: NodeId, tag: StartTag) {
        let node = &mut self.nodes[id as usize];
        if node.stop == 0 {
            node.start = tag.start as u32;
            node.stop = tag.end as u32;
        }
    }

    fn open_head(&mut self, tag: Option<StartTag>) {
        if self.head == Head::Before {
            self.head = Head::Inside;
            let (start, end) = tag.map_or((0, 0), |tag| (tag.start, tag.end));
            let id = self.append(ROOT, Tag::Head, start, end, 0);
            self.push(id, Tag::Head);
        }
    }

    fn open_body(&mut self, tag: Option<StartTag>) {
        // The head and whatever is open in it ends here.
        self.pop_until_above(0);
        self.head = Head::InBody;
        let (start, end) = tag.map_or((0, 0), |tag| (tag.start, tag.end));
        let id = self.append(ROOT, Tag::Body, start, end, 0);
        self.push(id, Tag::Body);
    }

    /// Handles a start tag inside SVG or MathML. False if the tag leaves foreign content.
    fn start_foreign(&mut self, tag: StartTag) -> bool {
        let breaks_out =
            tag.tag.is(kind::BREAKOUT) || tag.tag == Tag::Font && self.has_attribute(tag, &["color", "face", "size"]);
        if breaks_out {
            while self.open.in_foreign() {
                self.pop();
            }
            return false;
        }
        // Of the names that HTML shares, only those of MathML keep their meaning here.
        let known = tag.tag >= Tag::Svg;
        let tag = StartTag { tag: if known { tag.tag } else { Tag::Unknown }, ..tag };
        if tag.self_closing {
            self.insert(tag.tag, tag.start, tag.end, flag::FOREIGN);
        } else {
            let name = &self.source[tag.start..tag.name_end];
            let html_inside = ["foreignobject", "desc", "title"].iter().any(|&point| name.eq_ignore_ascii_case(point))
                || tag.tag.is(kind::MATH);
            let id = self.open_element(tag, flag::FOREIGN);
            if html_inside && self.open.top().node == id {
                self.open.mark_integration_point();
            }
        }
        true
    }

    fn has_attribute(&self, tag: StartTag, names: &[&str]) -> bool {
        let source = &self.source[tag.name_end..tag.end];
        names.iter().any(|name| super::attribute::find_raw(source, name).is_some())
    }

    /// Handles a start tag inside `<select>`. False if the tag counts for nothing there.
    fn start_in_select(&mut self, tag: Tag) -> bool {
        match tag {
            Tag::Option | Tag::Optgroup | Tag::Script | Tag::Template | Tag::Hr => true,
            Tag::Select => {
                self.close(Tag::Select);
                false
            }
            Tag::Input | Tag::Textarea => {
                self.close(Tag::Select);
                true
            }
            _ if tag.is(kind::TABLE_PART) || matches!(tag, Tag::Td | Tag::Th | Tag::Caption) => {
                self.close(Tag::Select);
                true
            }
            _ => false,
        }
    }

    fn start_in_body(&mut self, tag: StartTag) {
        let block = tag.tag.is(kind::BLOCK);
        if block {
            self.note_block(tag.tag);
        }
        match tag.tag {
            Tag::Html | Tag::Head | Tag::Body => {
                if tag.tag == Tag::Body
                    && let Some(body) = self.open.last(Tag::Body)
                {
                    self.adopt_attributes(body.node, tag);
                }
                return;
            }
            Tag::Li => {
                if self.open.hard_top().is_some_and(|entry| entry.tag == Tag::Li) {
                    self.close(Tag::Li);
                }
                self.close_paragraph();
            }
            Tag::Dd | Tag::Dt => {
                if let Some(entry) = self.open.hard_top().filter(|entry| matches!(entry.tag, Tag::Dd | Tag::Dt)) {
                    self.close(entry.tag);
                }
                self.close_paragraph();
            }
            Tag::Td
            | Tag::Th
            | Tag::Tr
            | Tag::Thead
            | Tag::Tbody
            | Tag::Tfoot
            | Tag::Caption
            | Tag::Col
            | Tag::Colgroup => {
                self.start_table_part(tag);
                self.at_block_edge = true;
                return;
            }
            Tag::Table => {
                if self.open.top().tag.is(kind::TABLE_PART) {
                    self.close(Tag::Table);
                }
                self.close_paragraph();
                if let Some(outer) = self.open.last(Tag::Table) {
                    self.nodes[outer.node as usize].flags |= flag::NESTED_TABLE;
                }
            }
            Tag::A => self.close_formatting(Tag::A),
            Tag::Nobr if self.open.in_scope(Tag::Nobr) => self.close_formatting(Tag::Nobr),
            Tag::Button => self.close(Tag::Button),
            Tag::Form => {
                if self.open.has(Tag::Form) && !self.open.has(Tag::Template) {
                    return;
                }
                self.close_paragraph();
                if self.open.top().tag.is(kind::TABLE_PART) {
                    return;
                }
            }
            Tag::Option => {
                if self.open.top().tag == Tag::Option {
                    self.pop();
                }
            }
            Tag::Optgroup => {
                if self.open.top().tag == Tag::Option {
                    self.pop();
                }
                if self.open.top().tag == Tag::Optgroup {
                    self.pop();
                }
            }
            Tag::Rb | Tag::Rtc | Tag::Rt | Tag::Rp => {
                if self.open.in_scope(Tag::Ruby) {
                    self.pop_implied(None);
                }
            }
            other if other.is(kind::CLOSES_P) => {
                self.close_paragraph();
                if other.is(kind::HEADING) && self.open.top().tag.is(kind::HEADING) {
                    self.pop();
                }
            }
            _ => {}
        }
        self.insert_element(tag);
        self.at_block_edge = block || tag.tag == Tag::Br;
    }

    fn insert_element(&mut self, tag: StartTag) {
        let reopens = !tag.tag.is(kind::BLOCK | kind::HEAD) && !matches!(tag.tag, Tag::Iframe | Tag::Noembed);
        if reopens {
            self.reopen_formatting();
        }
        if tag.tag.is(kind::VOID) {
            self.leaf(tag);
        } else if tag.tag.is(kind::RAW) || tag.tag == Tag::Noscript && self.head != Head::InBody {
            self.raw_element(tag);
        } else if matches!(tag.tag, Tag::Svg | Tag::Math) {
            if tag.self_closing {
                self.insert(tag.tag, tag.start, tag.end, flag::FOREIGN);
            } else {
                self.open_element(tag, flag::FOREIGN);
            }
        } else {
            let id = self.open_element(tag, 0);
            if self.open.top().node != id {
                return;
            }
            match tag.tag {
                Tag::Pre | Tag::Listing => self.tokenizer.skip_newline(),
                Tag::Applet | Tag::Marquee | Tag::Object | Tag::Template | Tag::Noscript => {
                    self.has_fallback |= tag.tag == Tag::Noscript;
                    self.formatting.push(Formatting::Marker);
                }
                formatting if formatting.is(kind::FORMATTING) => self.remember_formatting(id),
                _ => {}
            }
        }
    }

    /// An element whose content is text: made whole, with the text as its child.
    fn raw_element(&mut self, tag: StartTag) {
        if tag.tag == Tag::Textarea {
            self.tokenizer.skip_newline();
        }
        let id = self.insert(tag.tag, tag.start, tag.end, 0);
        let (start, end) = self.tokenizer.raw_text(tag.tag);
        if start < end {
            let decoded = matches!(tag.tag, Tag::Title | Tag::Textarea);
            self.append(id, Tag::Text, start, end, if decoded { 0 } else { flag::RAW });
            self.nodes[id as usize].end = id + 2;
        }
    }

    fn start_table_part(&mut self, tag: StartTag) {
        let Some(table) = self.open.in_table_scope(Tag::Table) else {
            return;
        };
        // A cell or caption that is still open ends.
        for cell in [Tag::Td, Tag::Th, Tag::Caption] {
            if self.open.last(cell).is_some_and(|entry| entry.depth > table.depth) {
                self.close(cell);
                self.clear_formatting_to_marker();
            }
        }
        let row = self.open.last(Tag::Tr).filter(|entry| entry.depth > table.depth);
        let section = [Tag::Tbody, Tag::Thead, Tag::Tfoot]
            .into_iter()
            .filter_map(|section| self.open.last(section))
            .filter(|entry| entry.depth > table.depth)
            .max_by_key(|entry| entry.depth);
        match tag.tag {
            Tag::Td | Tag::Th => {
                if let Some(row) = row {
                    self.pop_until_above(row.depth);
                } else {
                    self.pop_until_above(section.map_or(table.depth, |section| section.depth));
                    let id = self.append(self.open.top().node, Tag::Tr, tag.start, tag.start, 0);
                    self.push(id, Tag::Tr);
                }
                self.open_element(tag, 0);
                self.formatting.push(Formatting::Marker);
            }
            Tag::Tr => {
                self.pop_until_above(section.map_or(table.depth, |section| section.depth));
                self.open_element(tag, 0);
            }
            Tag::Col => {
                self.pop_until_above(table.depth);
                self.leaf(tag);
            }
            Tag::Colgroup => self.pop_until_above(table.depth),
            _ => {
                self.pop_until_above(table.depth);
                self.open_element(tag, 0);
                if tag.tag == Tag::Caption {
                    self.formatting.push(Formatting::Marker);
                }
            }
        }
    }

    /// Tells the cell or link around a new block that it has one.
    fn note_block(&mut self, tag: Tag) {
        if tag == Tag::P && self.open.top().tag == Tag::Td {
            return;
        }
        for holder in [Tag::Td, Tag::Th, Tag::A] {
            if let Some(entry) = self.open.last(holder) {
                self.nodes[entry.node as usize].flags |= flag::HAS_BLOCK;
            }
        }
    }

    // ---- end tags

    fn end(&mut self, tag: Tag, start: usize, name_end: usize) {
        if self.head != Head::InBody {
            match tag {
                Tag::Head if self.head == Head::Inside => {
                    self.pop_until_above(0);
                    self.head = Head::After;
                }
                Tag::Br => self.open_body(None),
                Tag::Template => self.close_template(),
                _ if self.open.has(Tag::Template) => self.close_ordinary(tag, start, name_end),
                _ => {}
            }
            return;
        }
        if let Some(deep) = self.too_deep.get_mut(tag as usize)
            && *deep > 0
        {
            *deep -= 1;
            self.at_block_edge |= tag.is(kind::BLOCK);
            return;
        }
        if self.open.top().foreign && self.end_foreign(tag, start, name_end) {
            return;
        }
        self.at_block_edge |= tag.is(kind::BLOCK);
        match tag {
            Tag::Html | Tag::Body | Tag::Head | Tag::Caption if tag != Tag::Caption => {}
            Tag::P => self.close_paragraph(),
            Tag::Br => {
                self.reopen_formatting();
                self.insert(Tag::Br, start, name_end, 0);
            }
            Tag::Li => {
                if self.open.in_list_scope(Tag::Li) {
                    self.close(Tag::Li);
                }
            }
            Tag::Template => self.close_template(),
            Tag::Form => self.close_form(),
            Tag::Table | Tag::Tr | Tag::Thead | Tag::Tbody | Tag::Tfoot => {
                if let Some(entry) = self.open.in_table_scope(tag) {
                    self.pop_to(entry.depth);
                    self.clear_dangling_markers();
                }
            }
            Tag::Td | Tag::Th | Tag::Caption => {
                if let Some(entry) = self.open.in_table_scope(tag) {
                    self.pop_to(entry.depth);
                    self.clear_formatting_to_marker();
                }
            }
            Tag::Applet | Tag::Marquee | Tag::Object | Tag::Noscript => {
                if self.open.in_scope(tag) {
                    self.close(tag);
                    self.clear_formatting_to_marker();
                }
            }
            Tag::Select => self.close(Tag::Select),
            heading if heading.is(kind::HEADING) => self.close_heading(),
            formatting if formatting.is(kind::FORMATTING) => self.close_formatting(formatting),
            _ if tag.is(kind::SPECIAL | kind::CLOSES_P) => {
                if self.open.in_scope(tag) {
                    self.close(tag);
                }
            }
            _ => self.close_ordinary(tag, start, name_end),
        }
    }

    /// Handles an end tag inside SVG or MathML. False if no foreign element has that name.
    fn end_foreign(&mut self, tag: Tag, start: usize, name_end: usize) -> bool {
        let name = &self.source.as_bytes()[start..name_end];
        let found = self.open.find_foreign(|entry| {
            let node = &self.nodes[entry.node as usize];
            entry.tag == tag && tag != Tag::Unknown || named(self.source, node, name)
        });
        match found {
            Some(depth) => {
                self.pop_to(depth);
                true
            }
            None => false,
        }
    }

    /// An end tag without rules of its own: closes its element unless a special one is in between.
    fn close_ordinary(&mut self, tag: Tag, start: usize, name_end: usize) {
        let depth = if tag == Tag::Unknown {
            let name = &self.source.as_bytes()[start..name_end];
            self.open.find_unknown(|entry| named(self.source, &self.nodes[entry.node as usize], name))
        } else {
            self.open.above_special(tag)
        };
        if let Some(depth) = depth {
            self.pop_to(depth);
        }
    }

    fn close_template(&mut self) {
        if let Some(entry) = self.open.last(Tag::Template) {
            self.pop_to(entry.depth);
            self.clear_formatting_to_marker();
        }
    }

    /// A form may end before elements that were opened in it; those stay open.
    fn close_form(&mut self) {
        if let Some(form) = self.open.last(Tag::Form)
            && self.open.in_scope(Tag::Form)
        {
            self.pop_implied(None);
            if self.open.len() == form.depth + 1 {
                self.pop();
            } else {
                self.open.close_later(form.depth);
            }
        }
    }

    fn close_heading(&mut self) {
        let headings = [Tag::H1, Tag::H2, Tag::H3, Tag::H4, Tag::H5, Tag::H6];
        let depth = headings
            .into_iter()
            .filter(|&heading| self.open.in_scope(heading))
            .filter_map(|heading| self.open.last(heading))
            .map(|entry| entry.depth)
            .max();
        if let Some(depth) = depth {
            self.pop_to(depth);
        }
    }

    fn close_paragraph(&mut self) {
        if let Some(depth) = self.open.in_button_scope(Tag::P) {
            self.pop_to(depth);
        }
    }

    /// Closes the innermost element of a kind with everything in it, if it is in scope.
    fn close(&mut self, tag: Tag) {
        if let Some(entry) = self.open.last(tag)
            && self.open.in_scope(tag)
        {
            self.pop_to(entry.depth);
        }
    }

    fn pop_implied(&mut self, except: Option<Tag>) {
        while self.open.top().tag.is(kind::IMPLIED_END) && Some(self.open.top().tag) != except {
            self.pop();
        }
    }

    // ---- formatting

    fn remember_formatting(&mut self, id: NodeId) {
        let node = self.nodes[id as usize];
        let (tag, source) = (node.tag, self.source_of(&node));
        let since_marker = self.formatting.iter().rposition(|entry| matches!(entry, Formatting::Marker));
        let mine = since_marker.map_or(0, |at| at + 1);
        let equal: Vec<usize> = (mine..self.formatting.len())
            .filter(|&at| match self.formatting[at] {
                Formatting::Element(other) => {
                    let other = &self.nodes[other as usize];
                    other.tag == tag && self.source_of(other) == source
                }
                Formatting::Marker => false,
            })
            .collect();
        if equal.len() >= EQUAL_FORMATTING_CAP {
            self.formatting.remove(equal[0]);
        } else if self.formatting.len() - mine >= FORMATTING_CAP {
            self.formatting.remove(mine);
        }
        self.formatting.push(Formatting::Element(id));
    }

    fn source_of(&self, node: &Node) -> &'a str {
        &self.source[node.start as usize..node.stop as usize]
    }

    fn is_open(&self, entry: Formatting) -> bool {
        match entry {
            Formatting::Marker => true,
            Formatting::Element(id) => self.nodes[id as usize].has(flag::OPEN),
        }
    }

    /// Opens anew what a block closed too early.
    #[inline]
    fn reopen_formatting(&mut self) {
        if self.formatting.last().is_some_and(|&entry| !self.is_open(entry)) {
            self.reopen_closed();
        }
    }

    fn reopen_closed(&mut self) {
        let open = self.formatting.iter().rposition(|&entry| self.is_open(entry));
        let first = open.map_or(0, |at| at + 1);
        if self.open.len() + FORMATTING_CAP >= DEPTH_CAP || self.reopened > 64 + self.nodes.len() / 2 {
            self.formatting.truncate(first);
            return;
        }
        for at in first..self.formatting.len() {
            if let Formatting::Element(old) = self.formatting[at] {
                let old = self.nodes[old as usize];
                // An equal element that is open already shows the same.
                if let Some(equal) = self.open.last(old.tag)
                    && self.source_of(&self.nodes[equal.node as usize]) == self.source_of(&old)
                {
                    self.formatting[at] = Formatting::Element(equal.node);
                    continue;
                }
                let id = self.insert(old.tag, old.start as usize, old.stop as usize, old.flags & flag::HAS_BLOCK);
                self.push(id, old.tag);
                self.formatting[at] = Formatting::Element(id);
                self.reopened += 1;
            }
        }
    }

    /// Ends the innermost formatting element of a kind. Where the standard would split a block,
    /// the element ends with that block instead: the text and its order stay the same.
    fn close_formatting(&mut self, tag: Tag) {
        let mut found = None;
        for at in (0..self.formatting.len()).rev() {
            match self.formatting[at] {
                Formatting::Marker => break,
                Formatting::Element(id) if self.nodes[id as usize].tag == tag => {
                    found = Some((at, id));
                    break;
                }
                Formatting::Element(_) => {}
            }
        }
        let Some((at, id)) = found else {
            if tag != Tag::A || self.open.above_special(tag).is_some() {
                self.close_ordinary(tag, 0, 0);
            }
            return;
        };
        let entry = self.open.last(tag).filter(|entry| entry.node == id);
        match entry {
            Some(entry) if !self.open.in_scope(tag) => {
                let _ = entry;
                return;
            }
            Some(entry) if self.open.special_above(entry.depth) => self.open.close_later(entry.depth),
            Some(entry) => {
                self.formatting.remove(at);
                self.pop_to(entry.depth);
                return;
            }
            None => {}
        }
        self.formatting.remove(at);
    }

    fn clear_formatting_to_marker(&mut self) {
        let marker = self.formatting.iter().rposition(|entry| matches!(entry, Formatting::Marker));
        self.formatting.truncate(marker.unwrap_or(0));
    }

    /// Drops the markers of cells that ended together with their table.
    fn clear_dangling_markers(&mut self) {
        let cells = self.open.markers();
        let markers =
            |entries: &[Formatting]| entries.iter().filter(|entry| matches!(entry, Formatting::Marker)).count();
        while markers(&self.formatting) > cells {
            self.clear_formatting_to_marker();
        }
    }
}

/// What stays inside a table although it is no cell.
fn may_stand_in_table(tag: Tag) -> bool {
    tag.is(kind::TABLE_PART)
        || matches!(
            tag,
            Tag::Td | Tag::Th | Tag::Caption | Tag::Col | Tag::Colgroup | Tag::Script | Tag::Style | Tag::Template
        ) && tag != Tag::Table
}

fn named(source: &str, node: &Node, name: &[u8]) -> bool {
    let tag = &source.as_bytes()[node.start as usize..node.stop as usize];
    tag.len() >= name.len()
        && tag[..name.len()].eq_ignore_ascii_case(name)
        && tag.get(name.len()).is_none_or(|&byte| super::attribute::is_space(byte) || byte == b'/')
}
