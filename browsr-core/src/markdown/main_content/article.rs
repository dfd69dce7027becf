//! The reading of a page as one article: the element whose paragraphs outweigh all others.
//!
//! Read [`find`] first.

use super::{
    Page,
    facts::{self, Share},
    names::says,
    rules, score,
};
use crate::markdown::{
    document::{Document, NodeId, ROOT},
    selection::{Reason, Selection},
    tag::Tag,
};

/// Less text than this is not believed to be all of it.
const ENOUGH: u32 = 500;

/// An article, as far as one was found.
#[derive(Debug)]
pub(super) struct Article {
    pub(super) selection: Selection,
    /// How many characters it has.
    pub(super) chars: u32,
}

/// Looks for the article, at first without the votes of everything that is named like something else.
pub(super) fn find(page: &Page<'_, '_>) -> Article {
    let strict = attempt(page, true);
    if strict.chars >= ENOUGH || strict.chars == page.sizes[ROOT as usize] {
        return strict;
    }
    let lenient = attempt(page, false);
    if lenient.chars > strict.chars { lenient } else { strict }
}

fn attempt(page: &Page<'_, '_>, strict: bool) -> Article {
    let Page { document, facts, .. } = page;
    let unlikely = says::SURROUNDINGS | says::HEADER;
    let muted = rules::mute(page, &[], true, |fact| strict && fact.says(unlikely) && !fact.says(says::POSITIVE));
    let (scores, shares) = score::scores(document, facts, &muted);
    let roots = with_siblings(document, &scores, &shares, top(document, &scores), &muted);
    let dropped = rules::apply(page, &roots, &[], rules::Reading::strict(page));
    let chars = facts::sum_of(document, facts, &roots, |id| dropped[id as usize] != Reason::Kept).chars;
    Article { selection: Selection { roots, dropped }, chars }
}

/// The element with the highest score, or one around it that the other good ones share.
fn top(document: &Document<'_>, scores: &[f32]) -> NodeId {
    let mut best: Vec<NodeId> = Vec::new();
    for id in 0..document.len() {
        let score = scores[id as usize];
        if score == f32::NEG_INFINITY || score.is_nan() {
            continue;
        }
        let place = best.iter().position(|&other| score > scores[other as usize]).unwrap_or(best.len());
        if place < 5 {
            best.insert(place, id);
            best.truncate(5);
        }
    }
    let Some(&first) = best.first() else {
        return document.elements(ROOT).find(|&id| document.tag(id) == Tag::Body).unwrap_or(ROOT);
    };
    let mut top = first;
    let score = |id: NodeId| scores[id as usize];
    let near: Vec<NodeId> = best[1..].iter().copied().filter(|&other| score(other) >= score(first) * 0.75).collect();
    if near.len() >= 3 {
        let mut around = document.parent(top);
        while document.tag(around) != Tag::Body && around != ROOT {
            let holds = |other: NodeId| other > around && other < document.end(around);
            if near.iter().filter(|&&other| holds(other)).count() >= 3 {
                top = around;
                break;
            }
            around = document.parent(around);
        }
    }
    // A parent that scores better has more of the text.
    let mut last = score(top);
    let lowest = last / 3.0;
    let mut around = document.parent(top);
    while document.tag(around) != Tag::Body && around != ROOT {
        let here = score(around);
        if here != f32::NEG_INFINITY {
            if here < lowest {
                break;
            }
            if here > last {
                top = around;
                break;
            }
            last = here;
        }
        around = document.parent(around);
    }
    // An only child says no more than its parent.
    loop {
        let parent = document.parent(top);
        if parent == ROOT || document.tag(parent) == Tag::Body || document.elements(parent).count() != 1 {
            return top;
        }
        top = parent;
    }
}

/// The top element with those beside it that look like more of the same.
fn with_siblings(
    document: &Document<'_>,
    scores: &[f32],
    shares: &[Share],
    top: NodeId,
    dropped: &[bool],
) -> Vec<NodeId> {
    if top == ROOT || document.tag(top) == Tag::Body {
        return vec![top];
    }
    let best = scores[top as usize];
    let threshold = (best * 0.2).max(10.0);
    let class = document.attribute(top, "class").filter(|class| !class.is_empty());
    let mut roots = Vec::new();
    for sibling in document.elements(document.parent(top)) {
        let all = shares[sibling as usize];
        if sibling == top {
            roots.push(sibling);
            continue;
        }
        if dropped[sibling as usize] {
            continue;
        }
        let same = class.is_some() && document.attribute(sibling, "class") == class;
        let bonus = if same { best * 0.2 } else { 0.0 };
        let paragraph = document.tag(sibling) == Tag::P
            && (all.chars > 80 && all.link_density() < 0.25
                || all.chars > 0 && all.links == 0 && document.inner_text(sibling).ends_with('.'));
        if scores[sibling as usize] + bonus >= threshold || paragraph {
            roots.push(sibling);
        }
    }
    roots
}
