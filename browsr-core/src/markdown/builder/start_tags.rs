//! What a start tag does.

use super::{Builder, Formatting, Head};
use crate::markdown::{
    attribute,
    document::{NodeId, ROOT, flag},
    tag::{Tag, kind},
    tokenizer::StartTag,
};

impl Builder<'_> {
    pub(super) fn start(&mut self, tag: StartTag) {
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
    pub(super) fn start_outside_body(&mut self, tag: StartTag) -> bool {
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
    pub(super) fn adopt_attributes(&mut self, id: NodeId, tag: StartTag) {
        let node = &mut self.nodes[id as usize];
        if node.stop == 0 {
            node.start = tag.start as u32;
            node.stop = tag.end as u32;
        }
    }

    pub(super) fn open_head(&mut self, tag: Option<StartTag>) {
        if self.head == Head::Before {
            self.head = Head::Inside;
            let (start, end) = tag.map_or((0, 0), |tag| (tag.start, tag.end));
            let id = self.append(ROOT, Tag::Head, start, end, 0);
            self.push(id, Tag::Head);
        }
    }

    pub(super) fn open_body(&mut self, tag: Option<StartTag>) {
        // The head and whatever is open in it ends here.
        self.pop_until_above(0);
        self.head = Head::InBody;
        let (start, end) = tag.map_or((0, 0), |tag| (tag.start, tag.end));
        let id = self.append(ROOT, Tag::Body, start, end, 0);
        self.push(id, Tag::Body);
    }

    /// Handles a start tag inside SVG or `MathML`. False if the tag leaves foreign content.
    pub(super) fn start_foreign(&mut self, tag: StartTag) -> bool {
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

    pub(super) fn has_attribute(&self, tag: StartTag, names: &[&str]) -> bool {
        let source = &self.source[tag.name_end..tag.end];
        names.iter().any(|name| attribute::find_raw(source, name).is_some())
    }

    /// Handles a start tag inside `<select>`. False if the tag counts for nothing there.
    pub(super) fn start_in_select(&mut self, tag: Tag) -> bool {
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

    pub(super) fn start_in_body(&mut self, tag: StartTag) {
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
            Tag::Option if self.open.top().tag == Tag::Option => {
                self.pop();
            }
            Tag::Optgroup => {
                if self.open.top().tag == Tag::Option {
                    self.pop();
                }
                if self.open.top().tag == Tag::Optgroup {
                    self.pop();
                }
            }
            Tag::Rb | Tag::Rtc | Tag::Rt | Tag::Rp if self.open.in_scope(Tag::Ruby) => {
                self.pop_implied(None);
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

    pub(super) fn insert_element(&mut self, tag: StartTag) {
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
                Tag::Pre | Tag::Listing => {
                    self.has_code = true;
                    self.tokenizer.skip_newline();
                }
                Tag::Applet | Tag::Marquee | Tag::Object | Tag::Template | Tag::Noscript => {
                    self.has_fallback |= tag.tag == Tag::Noscript;
                    self.has_template |= tag.tag == Tag::Template;
                    self.formatting.push(Formatting::Marker);
                }
                formatting if formatting.is(kind::FORMATTING) => self.remember_formatting(id),
                _ => {}
            }
        }
    }

    /// An element whose content is text: made whole, with the text as its child.
    pub(super) fn raw_element(&mut self, tag: StartTag) {
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

    pub(super) fn start_table_part(&mut self, tag: StartTag) {
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
    pub(super) fn note_block(&mut self, tag: Tag) {
        // A cell or row ends the cell before it, rather than standing in it.
        let ends_cell = matches!(tag, Tag::Td | Tag::Th | Tag::Tr | Tag::Thead | Tag::Tbody | Tag::Tfoot);
        if ends_cell || tag == Tag::P && self.open.top().tag == Tag::Td {
            return;
        }
        for holder in [Tag::Td, Tag::Th, Tag::A] {
            if let Some(entry) = self.open.last(holder) {
                self.nodes[entry.node as usize].flags |= flag::HAS_BLOCK;
            }
        }
    }
}
