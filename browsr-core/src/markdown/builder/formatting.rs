//! Formatting elements that are opened anew when a block closed them too early.

use super::{Builder, DEPTH_CAP, EQUAL_FORMATTING_CAP, FORMATTING_CAP, Formatting};
use crate::markdown::{
    document::{Node, NodeId, flag},
    tag::Tag,
};

impl<'a> Builder<'a> {
    pub(super) fn remember_formatting(&mut self, id: NodeId) {
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

    pub(super) fn source_of(&self, node: &Node) -> &'a str {
        &self.source[node.start as usize..node.stop as usize]
    }

    pub(super) fn is_open(&self, entry: Formatting) -> bool {
        match entry {
            Formatting::Marker => true,
            Formatting::Element(id) => self.nodes[id as usize].has(flag::OPEN),
        }
    }

    /// Opens anew what a block closed too early.
    #[inline]
    pub(super) fn reopen_formatting(&mut self) {
        if self.formatting.last().is_some_and(|&entry| !self.is_open(entry)) {
            self.reopen_closed();
        }
    }

    pub(super) fn reopen_closed(&mut self) {
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
    pub(super) fn close_formatting(&mut self, tag: Tag) {
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

    pub(super) fn clear_formatting_to_marker(&mut self) {
        let marker = self.formatting.iter().rposition(|entry| matches!(entry, Formatting::Marker));
        self.formatting.truncate(marker.unwrap_or(0));
    }

    /// Drops the markers of cells that ended together with their table.
    pub(super) fn clear_dangling_markers(&mut self) {
        let cells = self.open.markers();
        let markers =
            |entries: &[Formatting]| entries.iter().filter(|entry| matches!(entry, Formatting::Marker)).count();
        while markers(&self.formatting) > cells {
            self.clear_formatting_to_marker();
        }
    }
}
