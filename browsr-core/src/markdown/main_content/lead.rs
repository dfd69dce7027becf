//! The lead of an article: the sentences between the title and the element that holds the rest.
//!
//! Read [`add`] first.

use super::{
    Page,
    article::Article,
    facts::ratio,
    frame::Frame,
    score::{self, Run},
};
use crate::markdown::{
    document::NodeId,
    tag::{Tag, kind},
};

/// Shorter texts below a title are bylines, dates and notes as often as leads.
const SHORTEST: u32 = 150;

/// With a larger share of links it leads elsewhere.
const MOST_LINKS: f32 = 0.3;

/// Adds the lead to the article, if there is one outside of it.
pub(super) fn add(page: &Page<'_, '_>, article: &mut Article, frame: &Frame) {
    let document = page.document;
    let Some(&first) = article.selection.roots.first() else { return };
    let Some(title) = (0..first).rev().find(|&id| document.tag(id) == Tag::H1) else { return };
    let mut leads: Vec<NodeId> = Vec::new();
    score::runs(document, &page.facts, &frame.dropped, |run| {
        let between = run.block >= document.end(title) && document.end(run.block) <= first;
        if between && is_lead(page, &run) {
            leads.retain(|&lead| lead < run.block);
            if leads.last().is_none_or(|&lead| document.end(lead) <= run.block) {
                leads.push(run.block);
            }
        }
    });
    for &lead in &leads {
        article.selection.dropped[lead as usize] = false;
    }
    article.selection.roots.splice(0..0, leads);
}

fn is_lead(page: &Page<'_, '_>, run: &Run) -> bool {
    let document = page.document;
    let tag = document.tag(run.block);
    run.chars >= SHORTEST
        && ratio(run.links, run.chars) < MOST_LINKS
        && (matches!(tag, Tag::P | Tag::Div | Tag::Section | Tag::Header) || tag.is(kind::HEADING))
        && super::tidy::ends_sentence(document.raw_text(run.last))
}
