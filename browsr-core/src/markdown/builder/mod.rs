//! Tokens to a tree, by the HTML rules that change what a reader sees.
//!
//! Read [`parse`] first. Implied end tags, scopes, table fostering, foreign content and a capped
//! reconstruction of formatting follow the HTML standard. Every question about the open elements
//! ("is there a paragraph in button scope?") is answered from counters kept per element kind, so
//! the cost of a tag does not grow with the depth around it.

mod end_tags;
mod formatting;
mod start_tags;

use super::{
    document::{Document, Node, NodeId, ROOT, flag},
    foster,
    open_elements::OpenElements,
    streamed,
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
    let mut builder = Builder::new(cut(source));
    builder.run();
    builder.finish()
}

/// Leaves a byte order mark out. Offsets are 32 bits wide; no browser hands out four gigabytes of markup.
fn cut(source: &str) -> &str {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let mut length = source.len().min(u32::MAX as usize - 1);
    while !source.is_char_boundary(length) {
        length -= 1;
    }
    &source[..length]
}

/// A formatting element that is re-opened when a block closed it too early.
#[derive(Clone, Copy, Debug)]
enum Formatting {
    /// A cell, caption or object: formatting outside does not reach in.
    Marker,
    Element(NodeId),
}

/// The state of one parse.
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
    has_template: bool,
    has_code: bool,
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
            has_template: false,
            has_code: false,
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
        let mut document = Document { source: self.source, nodes: self.nodes, has_code: self.has_code };
        if self.has_template {
            streamed::fill(&mut document);
        }
        if self.has_fallback {
            document.reveal_fallback();
        }
        document
    }

    // ---- the arena and the open elements

    #[expect(clippy::cast_possible_truncation, reason = "the source is cut at 32-bit offsets")]
    fn append(&mut self, parent: NodeId, tag: Tag, start: usize, stop: usize, flags: u8) -> NodeId {
        if self.nodes.len() == self.nodes.capacity() {
            self.make_room();
        }
        let id = self.nodes.len() as NodeId;
        self.nodes.push(Node { parent, end: id + 1, start: start as u32, stop: stop as u32, tag, flags });
        id
    }

    /// Makes room for as many nodes as the rest of the page needs if it is like what was read of it.
    #[cold]
    fn make_room(&mut self) {
        let nodes = self.nodes.len();
        let expected = nodes.saturating_mul(self.source.len()) / self.tokenizer.position().max(1);
        let room = (expected + expected / 16).saturating_sub(nodes);
        self.nodes.reserve_exact(room.clamp(nodes / 8 + 16, nodes * 4 + 64));
    }

    /// Appends at the place where content goes now: the open element, or before the open table.
    fn insert(&mut self, tag: Tag, start: usize, stop: usize, flags: u8) -> NodeId {
        let top = self.open.top();
        if top.tag.is(kind::TABLE_PART)
            && !may_stand_in_table(tag)
            && let Some(table) = self.open.last(Tag::Table)
        {
            self.fostered = true;
            let parent = self.nodes[table.node as usize].parent;
            return self.append(parent, tag, start, stop, flags | flag::FOSTERED);
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
}

/// What stays inside a table although it is no cell.
fn may_stand_in_table(tag: Tag) -> bool {
    tag.is(kind::TABLE_PART)
        || matches!(
            tag,
            Tag::Td | Tag::Th | Tag::Caption | Tag::Col | Tag::Colgroup | Tag::Script | Tag::Style | Tag::Template
        ) && tag != Tag::Table
}
