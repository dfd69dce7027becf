//! Lists and their items.

use super::{
    Close, Emitter, Walk,
    writer::{Block, Context, MAX_PREFIX},
};
use crate::markdown::{
    document::{NodeId, flag},
    tag::Tag,
};

/// The innermost open list.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    marker: char,
    /// The number of the next item; none for bullets.
    number: Option<u32>,
    tight: bool,
    /// No item was written yet.
    fresh: bool,
}

impl List {
    fn block(self) -> Block {
        Block::List { marker: self.marker, interrupts: self.number.is_none_or(|number| number == 1) }
    }
}

/// What was outside of an open item.
#[derive(Debug)]
pub(super) struct OpenItem {
    outer: Context,
    list: Option<List>,
    /// Where the item begins in the output, to take it back if it stays empty.
    start: usize,
}

impl Emitter<'_, '_> {
    pub(super) fn open_list(&mut self, id: NodeId, tag: Tag) -> Walk {
        let document = self.document;
        let number = (tag == Tag::Ol).then(|| {
            let start = document.attribute(id, "start");
            start.and_then(|start| start.trim().parse().ok()).filter(|&start| start <= 999_999_999).unwrap_or(1)
        });
        // Two lists in a row are told apart by their markers.
        let markers = if number.is_some() { ['.', ')'] } else { ['-', '*'] };
        let before = match self.context.last {
            Block::List { marker, .. } if !self.context.fresh => Some(marker),
            _ => None,
        };
        let marker = if before == Some(markers[0]) { markers[1] } else { markers[0] };
        let tight = !document
            .elements(id)
            .filter(|&item| document.tag(item) == Tag::Li)
            .any(|item| document.elements(item).any(|child| document.tag(child) == Tag::P));
        let outer = self.list.replace(List { marker, number, tight, fresh: true });
        self.push(id, Close::List(outer))
    }

    pub(super) fn close_list(&mut self, outer: Option<List>) {
        self.end_block();
        self.list = outer;
    }

    pub(super) fn open_item(&mut self, id: NodeId) -> Walk {
        if let Some(number) = self.footnotes.number(id) {
            return self.open_footnote(id, number);
        }
        if self.prefix.len() >= MAX_PREFIX {
            return self.push(id, Close::Block);
        }
        let start = self.out.len();
        let before = self.context;
        let saved = self.list;
        let list = self.list.get_or_insert(List { marker: '-', number: None, tight: true, fresh: true });
        let (block, first, tight) = (list.block(), list.fresh, list.tight);
        list.fresh = false;
        let mut marker = String::new();
        if let Some(number) = &mut list.number {
            marker.push_str(&number.to_string());
            *number = (*number + 1).min(999_999_999);
        }
        marker.push(list.marker);
        marker.push(' ');
        let continues = matches!(self.context.last, Block::List { .. }) && !self.context.fresh;
        if first || !continues {
            self.separate(block);
        } else if tight {
            self.new_line();
        } else {
            self.blank_line();
        }
        self.out.push_str(&marker);
        self.context.last = block;
        self.context.fresh = false;
        let indent = "            ";
        self.enter(&indent[..marker.len()], tight);
        self.push_until(self.end_of_item(id), Close::Item(OpenItem { outer: before, list: saved, start }))
    }

    /// Where an item ends: a list that stands between items, as many old pages have it, is shown as part of the item
    /// before it.
    fn end_of_item(&self, id: NodeId) -> NodeId {
        let document = self.document;
        let list = document.parent(id);
        let mut end = document.end(id);
        if !is_list(document.tag(list)) {
            return end;
        }
        while end < document.end(list) && (document.node(end).has(flag::BLANK) || is_list(document.tag(end))) {
            end = document.end(end);
        }
        end
    }

    pub(super) fn close_item(&mut self, item: &OpenItem) {
        self.end_block();
        if !self.context.fresh {
            let last = self.list.map_or(Block::Paragraph, List::block);
            self.leave(Context { fresh: false, last, ..item.outer });
        } else if self.keep_empty {
            self.out.pop();
            let last = self.list.map_or(Block::Paragraph, List::block);
            self.leave(Context { fresh: false, last, ..item.outer });
        } else {
            self.out.truncate(item.start);
            self.list = item.list;
            self.leave(item.outer);
        }
    }
}

fn is_list(tag: Tag) -> bool {
    matches!(tag, Tag::Ul | Tag::Ol | Tag::Menu | Tag::Dir)
}
