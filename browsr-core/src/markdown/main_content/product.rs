//! The reading of a page as one thing for sale: its name and what describes it.
//!
//! Read [`find`] first.

use super::{
    Page,
    facts::{self, ratio},
    frame::Frame,
    is_inside,
    names::says,
    score,
};
use crate::markdown::{
    document::{NodeId, ROOT},
    selection::{Reason, Selection},
    tag::Tag,
};

/// An element that describes has more characters than this, and a smaller share of links.
const SHORTEST: u32 = 30;
const MOST_LINKS: f32 = 0.5;

/// Less text than this describes nothing.
const ENOUGH: u32 = 400;

/// Something with a larger share of the page than this is the page, whatever it is named.
const MOST: f32 = 0.5;

/// The name and the description, if they hold at least half of the page's long text: the rest is
/// reviews, questions and other products.
pub(super) fn find(page: &Page<'_, '_>, frame: &Frame) -> Option<Selection> {
    let document = page.document;
    let descriptions = descriptions(page);
    let mut roots: Vec<NodeId> = Vec::new();
    let mut described = false;
    let mut at = ROOT + 1;
    while at < document.len() {
        let tag = document.tag(at);
        let name = tag == Tag::H1 && page.sizes[at as usize] > 3;
        let describes = descriptions.binary_search_by(|id| at.cmp(id)).is_ok();
        described |= describes;
        let dropped = frame.dropped[at as usize] != Reason::Kept && !name;
        if name || describes && !dropped {
            roots.push(at);
        }
        at = if name || describes || dropped { document.end(at) } else { at + 1 };
    }
    let (mut chars, mut long) = (0, 0);
    score::runs(
        document,
        &page.facts,
        |id| frame.dropped[id as usize] != Reason::Kept,
        |run| {
            if is_inside(document, &roots, run.block) {
                chars += run.chars;
                long += if run.is_text() { run.chars } else { 0 };
            }
        },
    );
    let enough = described && chars >= ENOUGH && long * 2 >= frame.text;
    enough.then(|| Selection { roots, dropped: frame.dropped.clone() })
}

/// The elements that describe, last one first.
fn descriptions(page: &Page<'_, '_>) -> Vec<NodeId> {
    let mut found = Vec::new();
    facts::sum(page.document, &page.facts, |id, all| {
        let describes = page.facts[id as usize].says(says::DESCRIPTION)
            && page.share(id) < MOST
            && all.chars > SHORTEST
            && ratio(all.links, all.chars) < MOST_LINKS;
        if describes {
            found.push(id);
        }
        false
    });
    found
}
