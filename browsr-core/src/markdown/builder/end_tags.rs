//! What an end tag does.

use std::cmp::Ordering;

use super::{Builder, Head};
use crate::markdown::{
    attribute,
    document::Node,
    tag::{Tag, kind},
};

impl Builder<'_> {
    pub(super) fn end(&mut self, tag: Tag, start: usize, name_end: usize) {
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

    /// Handles an end tag inside SVG or `MathML`. False if no foreign element has that name.
    pub(super) fn end_foreign(&mut self, tag: Tag, start: usize, name_end: usize) -> bool {
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
    pub(super) fn close_ordinary(&mut self, tag: Tag, start: usize, name_end: usize) {
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

    pub(super) fn close_template(&mut self) {
        if let Some(entry) = self.open.last(Tag::Template) {
            self.pop_to(entry.depth);
            self.clear_formatting_to_marker();
        }
    }

    /// A form may end before elements that were opened in it; those stay open.
    pub(super) fn close_form(&mut self) {
        if let Some(form) = self.open.last(Tag::Form)
            && self.open.in_scope(Tag::Form)
        {
            self.pop_implied(None);
            // A form that was to end with what is in it may be gone by now.
            match self.open.len().cmp(&(form.depth + 1)) {
                Ordering::Equal => self.pop(),
                Ordering::Greater => self.open.close_later(form.depth),
                Ordering::Less => {}
            }
        }
    }

    pub(super) fn close_heading(&mut self) {
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

    pub(super) fn close_paragraph(&mut self) {
        if let Some(depth) = self.open.in_button_scope(Tag::P) {
            self.pop_to(depth);
        }
    }

    /// Closes the innermost element of a kind with everything in it, if it is in scope.
    pub(super) fn close(&mut self, tag: Tag) {
        if let Some(entry) = self.open.last(tag)
            && self.open.in_scope(tag)
        {
            self.pop_to(entry.depth);
        }
    }

    pub(super) fn pop_implied(&mut self, except: Option<Tag>) {
        while self.open.top().tag.is(kind::IMPLIED_END) && Some(self.open.top().tag) != except {
            self.pop();
        }
    }
}

fn named(source: &str, node: &Node, name: &[u8]) -> bool {
    let tag = &source.as_bytes()[node.start as usize..node.stop as usize];
    tag.len() >= name.len()
        && tag[..name.len()].eq_ignore_ascii_case(name)
        && tag.get(name.len()).is_none_or(|&byte| attribute::is_space(byte) || byte == b'/')
}
