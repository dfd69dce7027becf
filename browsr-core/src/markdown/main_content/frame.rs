//! The reading of a page as whatever it is: everything but what surrounds the content.
//!
//! Read [`find`] first.

use super::{
    LONG, Page,
    article::Article,
    clean::{MOST, is_chrome, is_header},
    facts::{self, Totals, role},
    holds_root, is_inside, score,
    words::says,
};
use crate::markdown::{
    document::{NodeId, ROOT},
    metadata,
    tag::{Tag, kind},
};

/// The page without its frame.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) root: NodeId,
    pub(super) dropped: Vec<bool>,
    pub(super) totals: Totals,
    /// Characters in runs that are text.
    pub(super) text: u32,
    /// Characters in long runs, here and in the article.
    pub(super) long: u32,
    pub(super) long_of_article: u32,
}

/// Takes menus, banners, side columns and the like away; what holds the article stays.
pub(super) fn find(page: &Page<'_, '_>, article: &Article) -> Frame {
    let Page { document, facts, .. } = page;
    let roots = &article.selection.roots;
    let mut dropped = strip(page, roots);
    let mut long_of_article = 0;
    score::runs(document, facts, &article.selection.dropped, |run| {
        if run.chars >= LONG && is_inside(document, roots, run.block) {
            long_of_article += run.chars;
        }
    });
    drop_link_groups(page, roots, long_of_article, &mut dropped);
    let (root, totals) = root(page, &dropped);
    let (mut text, mut long) = (0, 0);
    score::runs(document, facts, &dropped, |run| {
        text += if run.is_text() { run.chars } else { 0 };
        if run.chars >= LONG && run.block >= root && run.block < document.end(root) {
            long += run.chars;
        }
    });
    Frame { root, dropped, totals, text, long, long_of_article }
}

/// `<main>`, if most of the page is in it, otherwise the body; and the sums of what is kept of it.
fn root(page: &Page<'_, '_>, dropped: &[bool]) -> (NodeId, Totals) {
    let document = page.document;
    let body = document.elements(ROOT).find(|&id| document.tag(id) == Tag::Body).unwrap_or(ROOT);
    let mut of_body = Totals::default();
    let mut mains: Vec<(NodeId, Totals)> = Vec::new();
    let whole = facts::sum(document, &page.facts, |id, kept| {
        if id == body {
            of_body = *kept;
        }
        if id != ROOT && page.facts[id as usize].is(role::MAIN) && !dropped[id as usize] {
            mains.push((id, *kept));
        }
        dropped[id as usize]
    });
    let main = mains.into_iter().rev().find(|(_, kept)| kept.chars * 2 > whole.chars);
    main.unwrap_or((body, of_body))
}

fn strip(page: &Page<'_, '_>, roots: &[NodeId]) -> Vec<bool> {
    let Page { document, facts, .. } = page;
    let mut surroundings =
        says::NAVIGATION | says::FOOTER | says::SIDEBAR | says::OVERLAY | says::SHARE | says::RELATED | says::AD;
    if !page.is(metadata::kind::THREAD) {
        surroundings |= says::COMMENTS;
    }
    if page.is(metadata::kind::PRODUCT) {
        surroundings |= says::REVIEWS;
    }
    // Outside of articles what is not shown at first is mostly answers, tabs and slides.
    let article = page.is(metadata::kind::ARTICLE | metadata::kind::ARTICLE_HINT);
    let unseen = if article { role::HIDDEN } else { 0 };
    let mut dropped = vec![false; facts.len()];
    let (mut main_until, mut code_until) = (0, 0);
    let mut at = 0;
    while at < document.len() {
        let tag = document.tag(at);
        if tag == Tag::Text {
            at += 1;
            continue;
        }
        let fact = facts[at as usize];
        if fact.is(role::MAIN | role::ARTICLE) {
            main_until = main_until.max(document.end(at));
        }
        if matches!(tag, Tag::Pre | Tag::Code) {
            code_until = code_until.max(document.end(at));
        }
        let named = !matches!(tag, Tag::Html | Tag::Body | Tag::A | Tag::Article | Tag::Main)
            && at >= code_until
            && fact.says(surroundings);
        let chrome = is_chrome(page, at, tag, role::CHROME);
        let doubtful = named || fact.is(unseen) || at >= main_until && (tag == Tag::Header || is_header(tag, fact));
        let kept = page.share(at) > MOST || holds_root(document, roots, at);
        if tag.is(kind::UNSEEN) || chrome || doubtful && !kept {
            dropped[at as usize] = true;
            at = document.end(at);
        } else {
            at += 1;
        }
    }
    dropped
}

/// Where the page is about its text, groups of links lead elsewhere; where it is a list of links,
/// they are its content.
fn drop_link_groups(page: &Page<'_, '_>, roots: &[NodeId], long: u32, dropped: &mut [bool]) {
    let Page { document, facts, .. } = page;
    let limit = if page.is(metadata::kind::PRODUCT) {
        0.5
    } else if page.is(metadata::kind::ARTICLE | metadata::kind::ARTICLE_HINT | metadata::kind::LISTING) {
        return;
    } else {
        0.6
    };
    let whole = facts::sum(document, facts, |id, _| dropped[id as usize]);
    let about_text = whole.link_density() < 0.5 && facts::ratio(long, whole.chars) > 0.3;
    let may_be_article = page.is(metadata::kind::ARTICLE_TRACE) && whole.link_density() < 0.75;
    if !about_text && !may_be_article {
        return;
    }
    facts::sum(document, facts, |id, totals| {
        let group = !dropped[id as usize]
            && matches!(document.tag(id), Tag::Div | Tag::Section | Tag::Ul | Tag::Ol)
            && totals.link_density() > limit
            && page.share(id) < MOST
            && !holds_root(document, roots, id);
        dropped[id as usize] |= group;
        dropped[id as usize]
    });
}
