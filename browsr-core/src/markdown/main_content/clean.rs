//! What is taken out: before the text is looked for, and inside it afterwards.

use super::{
    LONG, Page,
    facts::{Fact, Totals, holds, ratio, role, sum},
    words::says,
};
use crate::markdown::{
    document::{Document, NodeId, flag},
    metadata,
    tag::{Tag, kind},
};

/// An element with more than this share of the page is not dropped for its names alone.
pub(super) const MOST: f32 = 0.4;

/// With more text than this for each picture, the pictures illustrate it.
const TEXT_BESIDE_IMAGE: u32 = 100;

/// Something with a larger share of the text than this belongs to it in spite of its names.
const SOME: f32 = 0.3;

/// Marks what is never part of the text. With `strict` also what its names make unlikely; the answer
/// tells whether there was any such thing.
pub(super) fn strip(page: &Page<'_, '_>, strict: bool) -> (Vec<bool>, bool) {
    let Page { document, facts, .. } = page;
    let mut dropped = vec![false; facts.len()];
    let mut at = 0;
    let mut keeps_names_until = 0;
    let mut by_name = false;
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
        let unlikely = strict
            && at >= keeps_names_until
            && !matches!(tag, Tag::Html | Tag::Body | Tag::A | Tag::Article | Tag::Main)
            && (fact.says(says::UNLIKELY) || is_header(tag, fact))
            && !fact.says(says::MAYBE);
        // A long menu is a menu all the same; only names mislead.
        let chrome = is_chrome(page, at, tag, role::CHROME | role::HIDDEN);
        let doubtful = (unlikely || fact.is(role::SILENT)) && page.share(at) <= MOST;
        if tag.is(kind::UNSEEN) || chrome || doubtful {
            by_name |= unlikely;
            dropped[at as usize] = true;
            at = document.end(at);
        } else {
            at += 1;
        }
    }
    (dropped, by_name)
}

/// Whether an element only serves the page around the text, by its kind or by one of these roles. One
/// with most of the page and its title inside does not: a menu that was never closed, or an article
/// that opens in a dialog.
pub(super) fn is_chrome(page: &Page<'_, '_>, id: NodeId, tag: Tag, roles: u16) -> bool {
    let document = page.document;
    let serves = match tag {
        Tag::Nav | Tag::Aside | Tag::Dialog | Tag::Select | Tag::Textarea | Tag::Object | Tag::Search => true,
        Tag::Button => {
            // The headings of an accordion are buttons.
            let parent = document.parent(id);
            let heads = document.tag(parent).is(kind::HEADING) || page.facts[parent as usize].is(role::HEADING);
            !(heads && page.sizes[id as usize] * 2 > page.sizes[parent as usize])
        }
        Tag::Footer => document.tag(document.parent(id)) != Tag::Blockquote,
        _ => false,
    };
    let holds_title = || page.title.is_some_and(|title| id < title && title < document.end(id));
    (serves || page.facts[id as usize].is(roles)) && !(page.share(id) > MOST && holds_title())
}

/// Whether an element is named as the header of something, and is not just its heading.
pub(super) fn is_header(tag: Tag, fact: Fact) -> bool {
    fact.says(says::HEADER) && !tag.is(kind::HEADING)
}

/// Drops boxes inside the text that are made of links, pictures or fields rather than sentences. The
/// answer tells whether there was one.
pub(super) fn prune(page: &Page<'_, '_>, roots: &[NodeId], dropped: &mut [bool]) -> bool {
    let Page { document, facts, .. } = page;
    // Links are cited beside sentences, except in threads: there they lead to other threads.
    let cites = !page.is(metadata::kind::THREAD);
    let mut inside = vec![false; facts.len()];
    let mut whole = 0;
    for &root in roots {
        inside[root as usize + 1..document.end(root) as usize].fill(true);
        whole += page.sizes[root as usize];
    }
    // Highlighters name the parts of a program by what they are in it: "comment", "meta".
    let mut code_until = 0;
    for id in 0..document.len() {
        if id < code_until {
            inside[id as usize] = false;
        } else if matches!(document.tag(id), Tag::Pre | Tag::Code) {
            code_until = document.end(id);
        }
    }
    let mut any = false;
    sum(document, facts, |id, totals| {
        let at = id as usize;
        if !dropped[at] && inside[at] {
            dropped[at] = is_box(document.tag(id)) && is_noise(document, facts, id, totals, cites)
                || is_extra(document, facts, id, totals.images) && ratio(totals.chars, whole) < SOME;
            any |= dropped[at];
        }
        dropped[at]
    });
    any
}

/// What stands inside articles without being part of them.
fn is_extra(document: &Document<'_>, facts: &[Fact], id: NodeId, images: u16) -> bool {
    const EXTRAS: u32 = says::SHARE
        | says::RELATED
        | says::OVERLAY
        | says::AD
        | says::COMMENTS
        | says::AUTHOR
        | says::NAVIGATION
        | says::META;
    let tag = document.tag(id);
    let keeps = matches!(tag, Tag::A | Tag::Article | Tag::Main | Tag::Pre | Tag::Code) || tag.is(kind::HEADING);
    let caption = tag == Tag::Figcaption || facts[id as usize].says(says::CAPTION) && images == 0;
    caption || !keeps && facts[id as usize].says(EXTRAS)
}

fn is_box(tag: Tag) -> bool {
    matches!(tag, Tag::Form | Tag::Fieldset | Tag::Ul | Tag::Ol | Tag::Div | Tag::Section | Tag::Table)
}

/// Whether an element is a list, or nothing but a box around one.
fn is_list(document: &Document<'_>, id: NodeId) -> bool {
    let list = |id: NodeId| matches!(document.tag(id), Tag::Ul | Tag::Ol);
    let mut inside = document.children(id).filter(|&child| !document.node(child).has(flag::BLANK));
    list(id) || inside.next().is_some_and(list) && inside.next().is_none()
}

fn is_noise(document: &Document<'_>, facts: &[Fact], id: NodeId, totals: &Totals, cites: bool) -> bool {
    let fact = facts[id as usize];
    if totals.chars == 0 && totals.images == 0 {
        return true;
    }
    if fact.weight() < 0 {
        return true;
    }
    if totals.commas >= 10 {
        return false;
    }
    let list = is_list(document, id);
    let links = totals.link_density();
    let figure = document.tag(document.parent(id)) == Tag::Figure || totals.holds(holds::FIGURE);
    let images = totals.images;
    let gallery = images > 1
        && u32::from(totals.paragraphs) * 2 < u32::from(images)
        && totals.chars - totals.links < TEXT_BESIDE_IMAGE * u32::from(images);
    let few_words = totals.chars < 25;
    // Text cites, beside headings and in sentences.
    let cites = cites && (totals.paragraphs > 0 && totals.holds(holds::HEADING) || totals.chars - totals.links >= LONG);
    !figure && gallery
        || !list && totals.items > totals.paragraphs.saturating_add(100)
        || !list && totals.inputs > totals.paragraphs / 3
        || !list && !figure && few_words && (images == 0 || images > 2) && links > 0.0
        || !list && fact.weight() < 1 && links > if cites { 0.5 } else { 0.2 }
        || fact.weight() >= 1 && links > 0.5
        || images == 0 && !totals.holds(holds::BLOCK | holds::HEADING)
}
