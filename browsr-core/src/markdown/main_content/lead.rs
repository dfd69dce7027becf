//! The lead of an article: the sentences between the title and the element that holds the rest.
//!
//! Read [`add`] first.

use super::{
    Page,
    article::Article,
    facts::{ratio, role},
    frame::Frame,
    score::{self, Run},
};
use crate::markdown::{
    document::{Document, NodeId, ROOT},
    selection::{Reason, Selection},
    tag::{Tag, kind},
};

/// Shorter texts below a title are bylines, dates and notes as often as leads.
const SHORTEST: u32 = 150;

/// With a larger share of links it leads elsewhere.
const MOST_LINKS: f32 = 0.3;

/// Adds the lead to the article, if there is one outside of it.
pub(super) fn add(page: &Page<'_, '_>, article: &mut Article, frame: &Frame) {
    let document = page.document;
    let Selection { roots, dropped } = &mut article.selection;
    let Some(&first) = roots.first() else { return };
    let is_title = |&id: &NodeId| document.tag(id) == Tag::H1 && page.sizes[id as usize] > 0;
    let Some(title) = (0..first).rev().find(is_title) else { return };
    // Before the article nothing was dropped for being a box. What its names make unlikely may hold the
    // lead; what the frame drops, and what is not shown, does not.
    for id in 0..first {
        let hidden = document.tag(id) != Tag::Text && page.facts[id as usize].is(role::HIDDEN | role::SILENT);
        let reason = if hidden { Reason::Hidden } else { frame.dropped[id as usize] };
        dropped[id as usize] = if document.end(id) <= first { reason } else { Reason::Kept };
    }
    let mut leads: Vec<NodeId> = Vec::new();
    score::runs(
        document,
        &page.facts,
        |id| dropped[id as usize] != Reason::Kept,
        |run| {
            let between = run.block >= document.end(title) && document.end(run.block) <= first;
            if between && is_lead(page, &run) {
                while leads.last().is_some_and(|&lead| lead >= run.block) {
                    leads.pop();
                }
                if leads.last().is_none_or(|&lead| document.end(lead) <= run.block) {
                    leads.push(run.block);
                }
            }
        },
    );
    if leads.first().is_none_or(|&lead| lead > title) && is_shown(document, dropped, title) {
        leads.insert(0, title);
    }
    roots.splice(0..0, leads);
}

/// Whether neither an element nor anything around it is dropped.
fn is_shown(document: &Document<'_>, dropped: &[Reason], id: NodeId) -> bool {
    let mut around = id;
    while around != ROOT {
        if dropped[around as usize] != Reason::Kept {
            return false;
        }
        around = document.parent(around);
    }
    true
}

fn is_lead(page: &Page<'_, '_>, run: &Run) -> bool {
    let document = page.document;
    let tag = document.tag(run.block);
    run.chars >= SHORTEST
        && ratio(run.links, run.chars) < MOST_LINKS
        && (matches!(tag, Tag::P | Tag::Div | Tag::Section | Tag::Header) || tag.is(kind::HEADING))
        && score::ends_sentence(&document.text(run.last))
}
