//! What is taken out: before the text is looked for, and inside it afterwards.

use super::{
    facts::{Fact, Totals, ratio, role, sum},
    words::says,
};
use crate::markdown::{
    document::{Document, NodeId},
    tag::{Tag, kind},
};

/// An element with more than this share of the page is not dropped for its names alone.
const MOST: f32 = 0.4;

/// Marks what is never part of the text. With `strict` also what its names make unlikely.
pub(super) fn strip(document: &Document<'_>, facts: &[Fact], sizes: &[Totals], strict: bool) -> Vec<bool> {
    let mut dropped = vec![false; facts.len()];
    let whole = sizes[0].chars;
    let mut at = 0;
    let mut keeps_names_until = 0;
    while at < document.len() {
        let tag = document.tag(at);
        if tag == Tag::Text {
            at += 1;
            continue;
        }
        let fact = facts[at as usize];
        if matches!(tag, Tag::Table | Tag::Code | Tag::Pre) {
            keeps_names_until = keeps_names_until.max(document.end(at));
        }
        let most = ratio(sizes[at as usize].chars, whole) > MOST;
        let unlikely = strict
            && at >= keeps_names_until
            && !matches!(tag, Tag::Html | Tag::Body | Tag::A | Tag::Article | Tag::Main)
            && fact.says(says::UNLIKELY)
            && !fact.says(says::MAYBE);
        let chrome = is_chrome(document, at, tag) || fact.is(role::HIDDEN | role::CHROME);
        if tag.is(kind::UNSEEN) || (chrome || unlikely) && !most {
            dropped[at as usize] = true;
            at = document.end(at);
        } else {
            at += 1;
        }
    }
    dropped
}

/// Marks what surrounds the content of any kind of page, whatever the content is made of.
pub(super) fn strip_frame(
    document: &Document<'_>,
    facts: &[Fact],
    sizes: &[Totals],
    roots: &[NodeId],
    thread: bool, product: bool) -> Vec<bool> {
    let mut dropped = vec![false; facts.len()];
    let whole = sizes[0].chars;
    let mut bits =
        says::NAVIGATION | says::FOOTER | says::SIDEBAR | says::OVERLAY | says::SHARE | says::RELATED | says::AD;
    if !thread {
        bits |= says::COMMENTS;
    }
    if product {
        bits |= says::REVIEWS;
    }
    let mut main_until = 0;
    let mut at = 0;
    while at < document.len() {
        let tag = document.tag(at);
        if tag == Tag::Text {
            at += 1;
            continue;
        }
        let fact = facts[at as usize];
        let most =
            ratio(sizes[at as usize].chars, whole) > MOST || roots.iter().any(|&r| r >= at && r < document.end(at));
        if fact.is(role::MAIN | role::ARTICLE) {
            main_until = main_until.max(document.end(at));
        }
        let named = !matches!(tag, Tag::Html | Tag::Body | Tag::A | Tag::Article | Tag::Main) && fact.says(bits);
        let chrome = is_chrome(document, at, tag)
            || fact.is(role::HIDDEN | role::CHROME)
            || at >= main_until && (tag == Tag::Header || fact.says(says::HEADER));
        if tag.is(kind::UNSEEN) || (chrome || named) && !most {
            dropped[at as usize] = true;
            at = document.end(at);
        } else {
            at += 1;
        }
    }
    dropped
}

fn is_chrome(document: &Document<'_>, id: NodeId, tag: Tag) -> bool {
    match tag {
        Tag::Nav | Tag::Aside | Tag::Dialog | Tag::Button | Tag::Select | Tag::Textarea | Tag::Object | Tag::Search => {
            true
        }
        Tag::Footer => document.tag(document.parent(id)) != Tag::Blockquote,
        _ => false,
    }
}

/// Drops boxes inside the text that are made of links, pictures or fields rather than sentences.
pub(super) fn prune(document: &Document<'_>, facts: &[Fact], roots: &[NodeId], dropped: &mut [bool]) {
    let mut inside = vec![false; facts.len()];
    for &root in roots {
        inside[root as usize + 1..document.end(root) as usize].fill(true);
    }
    let before = dropped.to_vec();
    let before_total = facts.iter().enumerate().filter(|&(at, _)| inside[at] && document.tag(at as u32) == Tag::Text).map(|(_, f)| f.bits).sum::<u32>();
    let _ = sum(document, facts, |id, totals| {
        let at = id as usize;
        if before[at] {
            return true;
        }
        if !inside[at] {
            return false;
        }
        let drop = is_box(document.tag(id)) && is_noise(document, facts, id, totals)
            || is_extra(document, facts, id) && ratio(totals.chars, before_total) < 0.3;
        dropped[at] |= drop;
        drop
    });
}

fn is_extra(document: &Document<'_>, facts: &[Fact], id: NodeId) -> bool {
    let fact = facts[id as usize];
    let tag = document.tag(id);
    let on = |n: &str| std::env::var(n).is_ok();
    let mut bits = 0;
    if !on("NOSHARE") { bits |= says::SHARE }
    if !on("NOREL") { bits |= says::RELATED }
    if !on("NOOVER") { bits |= says::OVERLAY }
    if !on("NOAD") { bits |= says::AD }
    if !on("NOCOM") { bits |= says::COMMENTS }
    if !on("NOAUT") { bits |= says::AUTHOR }
    if !on("NONAV") { bits |= says::NAVIGATION }
    if !on("NOMETA") { bits |= says::META }
    if on("CAP") && tag == Tag::Figcaption { return true }
    if on("FIG") && tag == Tag::Figure { return true }
    !matches!(tag, Tag::A | Tag::Article | Tag::Main | Tag::Pre | Tag::Code) && !tag.is(kind::HEADING) && fact.says(bits)
}

fn is_box(tag: Tag) -> bool {
    matches!(tag, Tag::Form | Tag::Fieldset | Tag::Ul | Tag::Ol | Tag::Div | Tag::Section | Tag::Table)
}

fn is_noise(document: &Document<'_>, facts: &[Fact], id: NodeId, totals: &Totals) -> bool {
    let fact = facts[id as usize];
    let tag = document.tag(id);
    if totals.chars == 0 && totals.images == 0 {
        return true;
    }
    if fact.weight < 0 {
        return true;
    }
    if totals.commas >= 10 {
        return false;
    }
    let list = matches!(tag, Tag::Ul | Tag::Ol);
    let links = totals.link_density();
    let figure = document.tag(document.parent(id)) == Tag::Figure || document.first(id, Tag::Figure).is_some();
    let images = totals.images;
    let few_words = totals.chars < 25;
    !figure && images > 1 && totals.paragraphs * 2 < images
        || !list && totals.items > totals.paragraphs + 100
        || totals.inputs > totals.paragraphs / 3
        || !list && !figure && few_words && (images == 0 || images > 2) && links > 0.0
        || !list && fact.weight < 1 && links > 0.2
        || fact.weight >= 1 && links > 0.5
        || images == 0 && totals.blocks == 0 && totals.headings == 0
}
