//! The parsed page: one flat arena in document order.
//!
//! Read [`Document`] first. A subtree is the run of nodes `id..node.end`, so a walk is a loop over
//! numbers and a mask is a list of them. Nodes own nothing; they point into the source.

use std::borrow::Cow;

use super::{
    attribute,
    entity::{self, Place},
    tag::Tag,
    work,
};

/// A node's place in the arena.
pub(super) type NodeId = u32;

/// What is special about one node, as bits.
pub(super) mod flag {
    /// Text without character references: the content of a raw-text element.
    pub(in crate::markdown) const RAW: u8 = 1;
    /// Still open while the tree is built.
    pub(in crate::markdown) const OPEN: u8 = 1 << 1;
    /// Moved before the table in which it was written.
    pub(in crate::markdown) const FOSTERED: u8 = 1 << 2;
    /// An SVG element, or one of `MathML` without a tag of its own.
    pub(in crate::markdown) const FOREIGN: u8 = 1 << 3;
    /// A table with another table inside.
    pub(in crate::markdown) const NESTED_TABLE: u8 = 1 << 4;
    /// A table, cell or link with block content inside.
    pub(in crate::markdown) const HAS_BLOCK: u8 = 1 << 5;
    /// Text of white space only.
    pub(in crate::markdown) const BLANK: u8 = 1 << 6;
    /// Below the depth cap: its content follows it instead of being inside.
    pub(in crate::markdown) const FLATTENED: u8 = 1 << 7;
}

/// An element or a run of text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// The element around it; the root is its own parent.
    pub(super) parent: NodeId,
    /// One past the last node of the subtree.
    pub(super) end: NodeId,
    /// Source range: the text, or the start tag from its name up to the bracket.
    pub(super) start: u32,
    pub(super) stop: u32,
    pub(super) tag: Tag,
    /// See [`flag`].
    pub(super) flags: u8,
}

impl Node {
    #[inline]
    pub(super) fn has(&self, flags: u8) -> bool {
        self.flags & flags != 0
    }
}

/// A page: the source and the nodes that point into it.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) source: &'a str,
    pub(super) nodes: Vec<Node>,
    /// There is a `<pre>`.
    pub(super) has_code: bool,
}

/// Shorter texts in `<noscript>` only ask for scripts to be switched on.
const LONG_FALLBACK: usize = 500;

/// The `<html>` element.
pub(super) const ROOT: NodeId = 0;

impl<'a> Document<'a> {
    #[inline]
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    #[inline]
    pub(super) fn tag(&self, id: NodeId) -> Tag {
        self.nodes[id as usize].tag
    }

    #[inline]
    pub(super) fn end(&self, id: NodeId) -> NodeId {
        self.nodes[id as usize].end
    }

    #[inline]
    pub(super) fn parent(&self, id: NodeId) -> NodeId {
        self.nodes[id as usize].parent
    }

    /// How many nodes there are, as a node number.
    pub(super) fn len(&self) -> NodeId {
        self.node(ROOT).end
    }

    /// The nodes inside an element, in document order.
    pub(super) fn descendants(&self, id: NodeId) -> std::ops::Range<NodeId> {
        id + 1..self.end(id)
    }

    /// The children of an element, in document order.
    pub(super) fn children(&self, id: NodeId) -> Children<'_> {
        Children { nodes: &self.nodes, next: id + 1, end: self.end(id) }
    }

    /// The element children of an element.
    pub(super) fn elements(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        self.children(id).filter(|&child| self.tag(child) != Tag::Text)
    }

    /// The source of a text node, character references not yet decoded.
    #[inline]
    pub(super) fn raw_text(&self, id: NodeId) -> &'a str {
        let node = self.node(id);
        &self.source[node.start as usize..node.stop as usize]
    }

    /// The text of a text node.
    pub(super) fn text(&self, id: NodeId) -> Cow<'a, str> {
        if self.node(id).has(flag::RAW) {
            Cow::Borrowed(self.raw_text(id))
        } else {
            entity::decode(self.raw_text(id), Place::Text)
        }
    }

    /// All text inside an element, white space collapsed, without what is never shown.
    pub(super) fn inner_text(&self, id: NodeId) -> String {
        self.inner_text_up_to(id, usize::MAX)
    }

    /// Like [`Self::inner_text`], but looks no further once the text is longer than `limit`.
    pub(super) fn inner_text_up_to(&self, id: NodeId, limit: usize) -> String {
        let mut text = String::new();
        let mut at = id;
        let end = self.end(id);
        while at < end && text.len() <= limit {
            work::step();
            let node = self.node(at);
            if node.tag == Tag::Text {
                let decoded = self.text(at);
                if decoded.starts_with(char::is_whitespace) && !text.is_empty() {
                    text.push(' ');
                }
                for word in decoded.split_whitespace() {
                    if text.len() > limit {
                        break;
                    }
                    text.push_str(word);
                    text.push(' ');
                }
                if !decoded.ends_with(char::is_whitespace) && text.ends_with(' ') {
                    text.pop();
                }
            } else if at != id && node.tag.is(super::tag::kind::UNSEEN) {
                at = node.end;
                continue;
            } else if node.tag.is(super::tag::kind::BLOCK) || node.tag == Tag::Br {
                text.push(' ');
            }
            at += 1;
        }
        collapse(&text)
    }

    /// The content of a raw-text element such as a script.
    pub(super) fn raw_content(&self, id: NodeId) -> &'a str {
        self.children(id).next().map_or("", |child| self.raw_text(child))
    }

    /// The source of an element's attributes.
    #[inline]
    pub(super) fn attributes(&self, id: NodeId) -> &'a str {
        let node = self.node(id);
        let tag = &self.source[node.start as usize..node.stop as usize];
        let known = node.tag.name().len();
        if known > 0 && tag.len() >= known && !node.has(flag::FOREIGN) && !matches!(node.tag, Tag::Img | Tag::Div) {
            return &tag[known..];
        }
        let name = tag.bytes().position(|byte| attribute::is_space(byte) || byte == b'/');
        name.map_or("", |length| &tag[length..])
    }

    /// The element name as written.
    pub(super) fn name(&self, id: NodeId) -> &'a str {
        let node = self.node(id);
        let tag = &self.source[node.start as usize..node.stop as usize];
        let length = tag.bytes().position(|byte| attribute::is_space(byte) || byte == b'/');
        length.map_or(tag, |length| &tag[..length])
    }

    /// An attribute by its lower-case name, decoded.
    pub(super) fn attribute(&self, id: NodeId, name: &str) -> Option<Cow<'a, str>> {
        attribute::find(self.attributes(id), name)
    }

    /// Shows the content of `<noscript>` elements if it is most of the page: then the page was
    /// fetched without running its scripts, and wrote its text there for such readers.
    pub(super) fn reveal_fallback(&mut self) {
        let (mut shown, mut fallback) = (0, 0);
        let mut found = Vec::new();
        let mut fallback_end = 0;
        let mut at = ROOT;
        while at < self.len() {
            let node = *self.node(at);
            if node.tag == Tag::Noscript {
                found.push(at);
                fallback_end = fallback_end.max(node.end);
            } else if node.tag.is(super::tag::kind::UNSEEN) {
                at = node.end;
                continue;
            } else if node.tag == Tag::Text {
                let length = self.raw_text(at).trim_ascii().len();
                *(if at < fallback_end { &mut fallback } else { &mut shown }) += length;
            }
            at += 1;
        }
        if fallback > shown && fallback > LONG_FALLBACK {
            for id in found {
                self.nodes[id as usize].tag = Tag::Div;
            }
        }
    }

    /// Finds the first descendant with this tag.
    pub(super) fn first(&self, id: NodeId, tag: Tag) -> Option<NodeId> {
        self.descendants(id).find(|&at| self.tag(at) == tag)
    }
}

/// The children of one element.
#[derive(Debug)]
pub(super) struct Children<'a> {
    nodes: &'a [Node],
    next: NodeId,
    end: NodeId,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let id = self.next;
        (id < self.end).then(|| {
            self.next = self.nodes[id as usize].end;
            id
        })
    }
}

/// Text with every run of white space as one space, none at the ends.
pub(super) fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}
