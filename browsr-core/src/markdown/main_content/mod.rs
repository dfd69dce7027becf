//! Finds the main content: a choice over one arena, made with masks.
//!
//! Read [`select`] first. `facts` gathers what is known about every node, `score` finds the
//! element that holds the text, `clean` takes out what does not belong.

mod clean;
mod cues;
mod facts;
mod score;
mod tidy;
mod words;

use self::facts::{Fact, Totals};
use super::{
    document::{Document, NodeId, ROOT},
    metadata::kind,
    selection::Selection,
    tag::Tag,
};
use url::Url;

/// Less text than this is not believed to be all of it.
const ENOUGH: u32 = 500;

/// Chooses the main content. The number says how sure the choice is, 0 to 1.
pub(super) fn select(document: &Document<'_>, kinds: u32, address: Option<&Url>) -> (Selection, f32) {
    let facts = facts::gather(document);
    let sizes = facts::sum(document, &facts, |_, _| false);
    let article = selected(document, &facts, &sizes);
    let frame = clean::strip_frame(document, &facts, &sizes, &article.0.roots, kinds & kind::THREAD != 0, kinds & kind::PRODUCT != 0);
    let kept = facts::sum(document, &facts, |id, _| frame[id as usize]);
    let body = document.elements(ROOT).find(|&id| document.tag(id) == Tag::Body).unwrap_or(ROOT);
    let mut root = body;
    for id in 0..document.len() {
        if document.tag(id) != Tag::Text
            && facts[id as usize].is(facts::role::MAIN)
            && kept[id as usize].chars * 2 > kept[0].chars
            && !frame[id as usize]
        {
            root = id;
            break;
        }
    }
    let env = |n: &str, d: f32| std::env::var(n).ok().and_then(|v| v.parse().ok()).unwrap_or(d);
    let _ = address;
    let is_article = kinds & kind::ARTICLE != 0;
    let hinted = kinds & kind::ARTICLE_HINT != 0;
    let t = if is_article { env("TA", 0.1) } else if hinted { env("TH", 0.1) } else { env("TN", 0.6) };
    let lt = if is_article { env("LA", 0.1) } else if hinted { env("LH", 0.1) } else if kinds & ((env("WK", 3.0) as u32) << 8) != 0 { env("LW", 0.3) } else { env("LN", 0.8) };
    let frame_long = long_text(document, &facts, &frame, &[root], env("LR", 80.0) as u32) as f32;
    let article_long = long_text(document, &facts, &article.0.dropped, &article.0.roots, env("LR", 80.0) as u32) as f32;
    let covered = article.1 as f32 / (kept[root as usize].chars as f32).max(1.0);
    let long_covered = article_long / frame_long.max(1.0);
    if std::env::var("FORCE").is_ok_and(|v| v == "B") {
        return (Selection { roots: vec![root], dropped: frame }, 0.6);
    }
    if !std::env::var("FORCE").is_ok_and(|v| v == "R") && (long_covered < lt || article_long < env("LM", 500.0) && covered < t) {
        return (Selection { roots: vec![root], dropped: frame }, 0.6);
    }
    if std::env::var("CLIMB").is_ok() && !std::env::var("FORCE").is_ok() {
        let runs = score::runs(document, &facts, &frame);
        let measure = |from: NodeId, to: NodeId| {
            let (mut good, mut bad) = (0.0f32, 0.0f32);
            for run in runs.all.iter().filter(|run| run.last >= from && run.last < to) {
                if run.chars >= 80 && facts::ratio(run.links, run.chars) < 0.5 { good += run.chars as f32 } else { bad += run.chars as f32 }
            }
            (good, bad)
        };
        let lambda = env("LAMBDA", 0.7);
        let delta = if is_article { env("DA", 0.6) } else if hinted { env("DH", 0.4) } else { env("DN", 0.15) };
        let (first, last) = (article.0.roots[0], article.0.roots[article.0.roots.len() - 1]);
        let (g0, b0) = measure(first, document.end(last));
        let mut best = (0.0, None);
        let mut around = document.parent(first);
        while around != ROOT {
            let (g, b) = measure(around, document.end(around));
            let gain = (g - g0) - lambda * (b - b0);
            if gain > delta * g0.max(200.0) && gain > best.0 { best = (gain, Some(around)); }
            around = document.parent(around);
        }
        if let Some(root) = best.1 {
            let mut s = Selection { roots: vec![root], dropped: frame };
            tidy::tidy(document, &facts, &mut s);
            return (s, 0.7);
        }
    }
    let mut article = article.0;
    tidy::tidy(document, &facts, &mut article);
    (article, 0.9)
}

fn selected(document: &Document<'_>, facts: &[Fact], sizes: &[Totals]) -> (Selection, u32) {
    let mut best: Option<(u32, Selection)> = None;
    for (strict, pruned) in [(true, true), (false, true), (false, false)] {
        let (selection, chars) = attempt(document, facts, sizes, strict, pruned);
        if chars >= ENOUGH {
            return (selection, chars);
        }
        if best.as_ref().is_none_or(|&(most, _)| chars > most) {
            best = Some((chars, selection));
        }
    }
    match best {
        Some((chars, selection)) if chars > 0 => (selection, chars),
        _ => (Selection::whole(), 0),
    }
}

fn attempt(document: &Document<'_>, facts: &[Fact], sizes: &[Totals], strict: bool, pruned: bool) -> (Selection, u32) {
    let mut dropped = clean::strip(document, facts, sizes, strict);
    let totals = facts::sum(document, facts, |id, _| dropped[id as usize]);
    let runs = score::runs(document, facts, &dropped);
    let scores = score::scores(document, facts, &totals, &runs);
    let top = top(document, &scores);
    let roots = with_siblings(document, facts, &scores, &totals, top, &dropped);
    if pruned {
        clean::prune(document, facts, &roots, &mut dropped);
    }
    let kept = facts::sum(document, facts, |id, _| dropped[id as usize]);
    let chars = roots.iter().map(|&root| kept[root as usize].chars).sum();
    (Selection { roots, dropped }, chars)
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
    _facts: &[Fact],
    scores: &[f32],
    totals: &[Totals],
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
        let all = &totals[sibling as usize];
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

fn long_text(document: &Document<'_>, facts: &[Fact], dropped: &[bool], roots: &[NodeId], limit: u32) -> u32 {
    let runs = score::runs(document, facts, dropped);
    runs.all
        .iter()
        .filter(|run| run.chars >= limit && roots.iter().any(|&root| run.block >= root && run.block < document.end(root)))
        .map(|run| run.chars)
        .sum()
}
