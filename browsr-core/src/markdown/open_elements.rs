//! The stack of open elements, with the answers to the parser's questions kept beside it.
//!
//! Read [`OpenElements`] first. Each entry remembers the nearest boundaries below it and the
//! previous entry of its own kind, so a question costs the same at any depth.

use super::{
    document::NodeId,
    tag::{Tag, kind},
    work,
};

/// How far an end tag looks for an element that only its name tells apart.
const NAME_SEARCH: usize = 8;

/// One open element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) node: NodeId,
    pub(super) tag: Tag,
    /// SVG or `MathML`.
    pub(super) foreign: bool,
    /// Ends together with what is inside it; its end tag came too early.
    pub(super) closing: bool,
    /// HTML may stand inside, although the element is foreign.
    integration: bool,
    /// The entry's own place, counted from the root.
    pub(super) depth: usize,
    /// Place + 1 of the entry of the same kind below; 0 for none.
    previous: usize,
    /// The nearest place at or below this one that ends a scope.
    scope: usize,
    /// The nearest special element at or below.
    special: usize,
    /// The nearest special element at or below that also ends a search for a list item.
    hard: usize,
}

/// The open elements, outermost first.
#[derive(Debug)]
pub(super) struct OpenElements {
    entries: Vec<Open>,
    /// Place + 1 of the innermost entry of each kind; 0 for none.
    last: [usize; Tag::COUNT],
}

impl OpenElements {
    pub(super) fn new() -> Self {
        Self { entries: Vec::with_capacity(64), last: [0; Tag::COUNT] }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The innermost open element. The root stays open until the end.
    #[inline]
    pub(super) fn top(&self) -> &Open {
        &self.entries[self.entries.len() - 1]
    }

    pub(super) fn push(&mut self, node: NodeId, tag: Tag, foreign: bool) {
        let depth = self.entries.len();
        let below = self.entries.last();
        let html = !foreign;
        let boundary = |ends: bool, below: Option<usize>| if ends { depth } else { below.unwrap_or(0) };
        let special = html && tag.is(kind::SPECIAL);
        let entry = Open {
            node,
            tag,
            foreign,
            closing: false,
            integration: false,
            depth,
            previous: self.last[tag as usize],
            scope: boundary(html && tag.is(kind::SCOPE), below.map(|entry| entry.scope)),
            special: boundary(special, below.map(|entry| entry.special)),
            hard: boundary(special && !matches!(tag, Tag::Address | Tag::Div | Tag::P), below.map(|entry| entry.hard)),
        };
        self.last[tag as usize] = depth + 1;
        self.entries.push(entry);
    }

    /// Closes the innermost element. The stack must not be empty.
    pub(super) fn pop(&mut self) -> Open {
        let entry = self.entries.pop().expect("the parser never closes more than it opened");
        self.last[entry.tag as usize] = entry.previous;
        entry
    }

    /// The innermost open element of a kind.
    #[inline]
    pub(super) fn last(&self, tag: Tag) -> Option<Open> {
        self.last[tag as usize].checked_sub(1).map(|depth| self.entries[depth])
    }

    /// Whether an element of this kind is open.
    #[inline]
    pub(super) fn has(&self, tag: Tag) -> bool {
        self.last[tag as usize] != 0
    }

    fn within(&self, tag: Tag, boundary: usize) -> Option<usize> {
        self.last[tag as usize].checked_sub(1).filter(|&depth| depth >= boundary)
    }

    fn ends(&self, tags: &[Tag]) -> usize {
        tags.iter().map(|&tag| self.last[tag as usize].saturating_sub(1)).max().unwrap_or(0)
    }

    pub(super) fn in_scope(&self, tag: Tag) -> bool {
        self.within(tag, self.top().scope).is_some()
    }

    pub(super) fn in_button_scope(&self, tag: Tag) -> Option<usize> {
        if !self.has(tag) {
            return None;
        }
        self.within(tag, self.top().scope.max(self.ends(&[Tag::Button])))
    }

    pub(super) fn in_list_scope(&self, tag: Tag) -> bool {
        self.within(tag, self.top().scope.max(self.ends(&[Tag::Ol, Tag::Ul]))).is_some()
    }

    pub(super) fn in_table_scope(&self, tag: Tag) -> Option<Open> {
        let boundary = self.ends(&[Tag::Table, Tag::Template, Tag::Noscript]);
        self.within(tag, boundary).map(|depth| self.entries[depth])
    }

    /// The innermost special element, passing over `address`, `div` and `p`.
    pub(super) fn hard_top(&self) -> Option<Open> {
        self.entries.get(self.top().hard).copied()
    }

    /// The innermost element of a kind, if no special element is open inside it.
    pub(super) fn above_special(&self, tag: Tag) -> Option<usize> {
        self.within(tag, self.top().special)
    }

    /// Whether a special element is open inside the one at `depth`.
    pub(super) fn special_above(&self, depth: usize) -> bool {
        self.top().special > depth
    }

    /// Like [`Self::above_special`] for elements without a kind of their own.
    pub(super) fn find_unknown(&self, matches: impl Fn(&Open) -> bool) -> Option<usize> {
        let mut depth = self.within(Tag::Unknown, self.top().special)?;
        for _ in 0..NAME_SEARCH {
            work::step();
            let entry = &self.entries[depth];
            if matches(entry) {
                return Some(depth);
            }
            depth = entry.previous.checked_sub(1).filter(|&below| below >= self.top().special)?;
        }
        None
    }

    /// The innermost SVG or `MathML` element that matches, looking no further than the HTML around.
    pub(super) fn find_foreign(&self, matches: impl Fn(&Open) -> bool) -> Option<usize> {
        let foreign = self.entries.iter().rev().take(NAME_SEARCH).take_while(|entry| entry.foreign);
        foreign.into_iter().find(|entry| matches(entry)).map(|entry| entry.depth)
    }

    /// Whether tags are read by the rules of SVG and `MathML` now.
    #[inline]
    pub(super) fn in_foreign(&self) -> bool {
        self.entries.last().is_some_and(|entry| entry.foreign && !entry.integration)
    }

    /// Lets HTML stand inside the innermost element, which is foreign.
    pub(super) fn mark_integration_point(&mut self) {
        if let Some(entry) = self.entries.last_mut() {
            entry.integration = true;
            entry.scope = entry.depth;
            entry.special = entry.depth;
            entry.hard = entry.depth;
        }
    }

    /// Lets the element at `depth` end when everything inside it has ended.
    pub(super) fn close_later(&mut self, depth: usize) {
        self.entries[depth].closing = true;
    }

    /// How many open elements keep formatting out.
    pub(super) fn markers(&self) -> usize {
        const KEEPERS: [Tag; 8] =
            [Tag::Td, Tag::Th, Tag::Caption, Tag::Template, Tag::Noscript, Tag::Applet, Tag::Marquee, Tag::Object];
        if KEEPERS.iter().all(|&tag| !self.has(tag)) {
            return 0;
        }
        self.entries.iter().filter(|entry| KEEPERS.contains(&entry.tag)).count()
    }
}
