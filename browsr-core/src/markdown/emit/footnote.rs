//! Footnotes: raised links to items of a list become `[^1]`, the items `[^1]: …`.
//!
//! Read [`Footnotes`] first. A link without its item, or an item without a link, stays what it is.

use std::{collections::HashMap, fmt::Write as _};

use super::{
    Close, Emitter, Walk,
    writer::{Block, Context, MAX_PREFIX},
};
use crate::markdown::{
    document::{Document, NodeId, ROOT},
    selection::Selection,
    tag::{Tag, kind},
    work,
};

/// The longest mark of a footnote, in bytes: a number, perhaps in brackets.
const LONGEST_MARK: usize = 8;

/// The footnotes of what is converted.
#[derive(Debug, Default)]
pub(super) struct Footnotes {
    /// The numbers of marks and of items, by node.
    numbers: HashMap<NodeId, u32>,
}

impl Footnotes {
    /// Finds the marks whose items are converted too, and these items.
    pub(super) fn find(document: &Document<'_>, selection: &Selection) -> Self {
        let mut footnotes = Self::default();
        let marks = marks(document, selection);
        if marks.is_empty() {
            return footnotes;
        }
        let mut items = HashMap::new();
        for &root in &selection.roots {
            find_items(document, root, |id| selection.drops(id), &mut items);
        }
        let mut last = 0;
        for (mark, name) in marks {
            let Some(&item) = items.get(&name).filter(|&&item| mark < item || mark >= document.end(item)) else {
                continue;
            };
            let number = *footnotes.numbers.entry(item).or_insert_with(|| {
                last += 1;
                last
            });
            footnotes.numbers.insert(mark, number);
        }
        footnotes
    }

    /// The number of a mark or an item.
    pub(super) fn number(&self, id: NodeId) -> Option<u32> {
        if self.numbers.is_empty() { None } else { self.numbers.get(&id).copied() }
    }
}

/// The items that the marks of what is converted lead to, converted themselves or not, in document order.
pub(in crate::markdown) fn notes(document: &Document<'_>, selection: &Selection) -> Vec<NodeId> {
    let marks = marks(document, selection);
    if marks.is_empty() {
        return Vec::new();
    }
    let mut items = HashMap::new();
    find_items(document, ROOT, |_| false, &mut items);
    let mut notes: Vec<_> = marks
        .iter()
        .filter_map(|(mark, name)| items.get(name).copied().filter(|&item| *mark < item || *mark >= document.end(item)))
        .collect();
    notes.sort_unstable();
    notes.dedup();
    // A list inside a note is part of it.
    let mut covered = 0;
    notes.retain(|&note| {
        let apart = note >= covered;
        covered = covered.max(document.end(note));
        apart
    });
    notes
}

/// The marks in what is converted, and the names that they lead to.
fn marks(document: &Document<'_>, selection: &Selection) -> Vec<(NodeId, String)> {
    let mut marks = Vec::new();
    if !document.nodes.iter().any(|node| node.tag == Tag::Sup) {
        return marks;
    }
    for &root in &selection.roots {
        each(
            document,
            root,
            |id| selection.drops(id),
            |id| {
                if matches!(document.tag(id), Tag::Sup | Tag::A) {
                    marks.extend(target(document, id).map(|name| (id, name)));
                }
            },
        );
    }
    marks
}

/// Adds the items below a root, outside of tables, by their ids.
fn find_items(
    document: &Document<'_>,
    root: NodeId,
    drops: impl Fn(NodeId) -> bool,
    items: &mut HashMap<String, NodeId>,
) {
    let mut table_until = 0;
    each(document, root, drops, |id| match document.tag(id) {
        Tag::Table => table_until = table_until.max(document.end(id)),
        Tag::Li if id >= table_until => {
            let name = document.attribute(id, "id").filter(|name| !name.is_empty());
            items.extend(name.map(|name| (name.into_owned(), id)));
        }
        _ => {}
    });
}

/// Tells of the elements below a root that are shown and not dropped.
fn each(document: &Document<'_>, root: NodeId, drops: impl Fn(NodeId) -> bool, mut found: impl FnMut(NodeId)) {
    let mut at = root;
    while at < document.end(root) {
        work::step();
        let node = document.node(at);
        if node.tag.is(kind::UNSEEN) || drops(at) {
            at = node.end;
            continue;
        }
        if node.tag != Tag::Text {
            found(at);
        }
        at += 1;
    }
}

/// Where a mark leads: a raised link within the page, or a link within the page to something raised,
/// that is a short text and all there is.
fn target(document: &Document<'_>, id: NodeId) -> Option<String> {
    let mut children = document.children(id).filter(|&child| document.tag(child) != Tag::Text);
    let (outer, inner) = (document.tag(id), children.next()?);
    let pair = (outer, document.tag(inner));
    let link = match pair {
        (Tag::Sup, Tag::A) => inner,
        (Tag::A, Tag::Sup) => id,
        _ => return None,
    };
    let href = document.attribute(link, "href")?;
    let name = href.strip_prefix('#').filter(|name| !name.is_empty())?;
    let text = document.inner_text_up_to(id, LONGEST_MARK);
    let whole = text.len() <= LONGEST_MARK
        && children.next().is_none()
        && text == document.inner_text_up_to(inner, LONGEST_MARK);
    (whole && !text.is_empty()).then(|| name.to_owned())
}

impl Emitter<'_, '_> {
    pub(super) fn footnote_mark(&mut self, number: u32) -> Walk {
        self.begin_atom(&format!("[^{number}]"));
        self.end_atom();
        Walk::Past
    }

    pub(super) fn open_footnote(&mut self, id: NodeId, number: u32) -> Walk {
        if self.prefix.len() >= MAX_PREFIX {
            return self.push(id, Close::Block);
        }
        self.separate(Block::Paragraph);
        let _ = write!(self.out, "[^{number}]: ");
        self.context.last = Block::Paragraph;
        self.context.fresh = false;
        let outer = self.enter("    ", false);
        self.in_footnote += 1;
        self.push(id, Close::Footnote(outer))
    }

    pub(super) fn close_footnote(&mut self, outer: Context) {
        self.end_block();
        self.in_footnote -= 1;
        self.leave(outer);
        self.context.last = Block::Paragraph;
    }

    /// Whether a link in a footnote only leads back to its mark.
    pub(super) fn leads_back(&self, id: NodeId, href: &str) -> bool {
        self.in_footnote > 0
            && href.starts_with('#')
            && self.document.inner_text_up_to(id, LONGEST_MARK).chars().count() <= 3
    }
}
