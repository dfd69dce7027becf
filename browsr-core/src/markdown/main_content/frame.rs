//! The reading of a page as whatever it is: everything but what surrounds the content.
//!
//! Read [`find`] first.

use super::{
    LONG, Page,
    article::Article,
    facts::{self, Totals, role},
    holds_root, is_inside,
    rules::{self, MOST},
    score,
};
use crate::markdown::{
    document::{NodeId, ROOT},
    metadata,
    selection::Reason,
    tag::Tag,
};

/// The page without its frame.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) root: NodeId,
    /// What the rules leave out of it.
    pub(super) dropped: Vec<Reason>,
    /// The same with groups of links, which are nothing that a longer text would be taken for.
    pub(super) aside: Vec<Reason>,
    /// What had no say in the figures below.
    pub(super) muted: Vec<bool>,
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
    let body = document.elements(ROOT).find(|&id| document.tag(id) == Tag::Body).unwrap_or(ROOT);
    let reading = rules::Reading::of(page);
    let dropped = rules::apply(page, &[body], roots, reading);
    let muted = rules::mute(page, roots, reading.hidden, |fact| fact.says(reading.names));
    let mut long_of_article = 0;
    score::runs(
        document,
        facts,
        |id| article.selection.drops(id),
        |run| {
            if run.chars >= LONG && is_inside(document, roots, run.block) {
                long_of_article += run.chars;
            }
        },
    );
    let mut aside = dropped.clone();
    drop_link_groups(page, roots, long_of_article, &mut aside);
    let about_one = page.is(metadata::kind::PRODUCT | metadata::kind::ARTICLE_TRACE);
    let dropped = if about_one { aside.clone() } else { dropped };
    let (root, totals) = root(page, body, &muted);
    let (mut text, mut long) = (0, 0);
    score::runs(
        document,
        facts,
        |id| muted[id as usize],
        |run| {
            text += if run.is_text() { run.chars } else { 0 };
            if run.chars >= LONG && run.block >= root && run.block < document.end(root) {
                long += run.chars;
            }
        },
    );
    Frame { root, dropped, aside, muted, totals, text, long, long_of_article }
}

/// `<main>`, if most of the page is in it, otherwise the body; and the sums of what is kept of it.
fn root(page: &Page<'_, '_>, body: NodeId, muted: &[bool]) -> (NodeId, Totals) {
    let document = page.document;
    let mut of_body = Totals::default();
    let mut mains: Vec<(NodeId, Totals)> = Vec::new();
    let whole = facts::sum(document, &page.facts, |id, kept| {
        if id == body {
            of_body = *kept;
        }
        if id != ROOT && page.facts[id as usize].is(role::MAIN) && !muted[id as usize] {
            mains.push((id, *kept));
        }
        muted[id as usize]
    });
    let main = mains.into_iter().rev().find(|(_, kept)| kept.chars * 2 > whole.chars);
    main.unwrap_or((body, of_body))
}

/// Where the page is about its text, groups of links lead elsewhere; where it is a list of links,
/// they are its content.
fn drop_link_groups(page: &Page<'_, '_>, roots: &[NodeId], long: u32, dropped: &mut [Reason]) {
    let Page { document, facts, .. } = page;
    let limit = if page.is(metadata::kind::PRODUCT) {
        0.5
    } else if page.is(metadata::kind::ARTICLE | metadata::kind::ARTICLE_HINT | metadata::kind::LISTING) {
        return;
    } else {
        0.6
    };
    let whole = facts::sum(document, facts, |id, _| dropped[id as usize] != Reason::Kept);
    let about_text = whole.link_density() < 0.5 && facts::ratio(long, whole.chars) > 0.3;
    let may_be_article = page.is(metadata::kind::ARTICLE_TRACE) && whole.link_density() < 0.75;
    if !about_text && !may_be_article {
        return;
    }
    facts::sum(document, facts, |id, totals| {
        let group = dropped[id as usize] == Reason::Kept
            && matches!(document.tag(id), Tag::Div | Tag::Section | Tag::Ul | Tag::Ol)
            && totals.link_density() > limit
            && page.share(id) < MOST
            && !holds_root(document, roots, id);
        if group {
            dropped[id as usize] = Reason::Links;
        }
        dropped[id as usize] != Reason::Kept
    });
}
