//! Footnotes: what a kept mark leads to is kept too, wherever it stands.
//!
//! Read [`keep`] first.

use super::{holds_root, is_inside};
use crate::markdown::{
    document::{Document, NodeId},
    emit,
    selection::{Reason, Selection},
};

/// Takes the notes back in that the kept text refers to, and nothing that stands around them.
pub(super) fn keep(document: &Document<'_>, selection: &mut Selection) {
    let mut notes = emit::notes(document, selection);
    // An item with kept text inside is more than a note.
    notes.retain(|&note| is_inside(document, &selection.roots, note) || !holds_root(document, &selection.roots, note));
    if notes.is_empty() || selection.dropped.is_empty() {
        return;
    }
    let before = selection.roots.clone();
    for &root in &before {
        let mut at = root;
        while at < document.end(root) {
            if at != root && selection.drops(at) {
                reveal(document, selection, &notes, at);
                at = document.end(at);
            } else {
                at += 1;
            }
        }
    }
    for &note in &notes {
        for id in note..document.end(note) {
            selection.dropped[id as usize] = Reason::Kept;
        }
    }
    let outside = notes.iter().filter(|&&note| !is_inside(document, &before, note));
    selection.roots.extend(outside);
    selection.roots.sort_unstable();
}

/// Shows the notes inside a dropped element, and drops everything else in it.
fn reveal(document: &Document<'_>, selection: &mut Selection, notes: &[NodeId], dropped: NodeId) {
    let mut at = dropped;
    while at < document.end(dropped) {
        let next = notes.get(notes.partition_point(|&note| note < at));
        let holds = next.is_some_and(|&note| note < document.end(at));
        selection.dropped[at as usize] = if holds { Reason::Kept } else { Reason::Element };
        at = if holds && next != Some(&at) { at + 1 } else { document.end(at) };
    }
}
