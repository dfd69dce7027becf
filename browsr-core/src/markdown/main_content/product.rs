//! The reading of a page as one thing for sale: its name and what describes it.
//!
//! Read [`find`] first.

use super::{
    Page,
    frame::Frame,
    is_inside,
    score::{self, Run},
    words::says,
};
use crate::markdown::{
    document::{NodeId, ROOT},
    selection::Selection,
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
    let mut roots: Vec<NodeId> = Vec::new();
    let mut described = false;
    let mut at = ROOT + 1;
    while at < document.len() {
        let tag = document.tag(at);
        let size = page.sizes[at as usize];
        let name = tag == Tag::H1 && size.chars > 3;
        let describes = tag != Tag::Text
            && page.facts[at as usize].says(says::DESCRIPTION)
            && page.share(at) < MOST
            && size.chars > SHORTEST
            && size.link_density() < MOST_LINKS;
        described |= describes;
        let dropped = frame.dropped[at as usize] && !name;
        if name || describes && !dropped {
            roots.push(at);
        }
        at = if name || describes || dropped { document.end(at) } else { at + 1 };
    }
    let runs = score::runs(document, &page.facts, &frame.dropped).all;
    let inside = |run: &&Run| is_inside(document, &roots, run.block);
    let chars: u32 = runs.iter().filter(inside).map(|run| run.chars).sum();
    let long: u32 = runs.iter().filter(|run| run.is_text()).filter(inside).map(|run| run.chars).sum();
    let all: u32 = frame.runs.iter().filter(|run| run.is_text()).map(|run| run.chars).sum();
    let enough = described && chars >= ENOUGH && long * 2 >= all;
    enough.then(|| Selection { roots, dropped: frame.dropped.clone() })
}
