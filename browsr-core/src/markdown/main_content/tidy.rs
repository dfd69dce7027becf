//! The last look at what was chosen, run by run: labels, references and leftovers at its edges go.
//!
//! Read [`tidy`] first. Each rule has the structure that confirms it; see docs/markdown.md for the table.

use std::{
    collections::{HashMap, hash_map::Entry},
    iter,
};

use super::{
    Page,
    facts::{ratio, role},
    is_inside, labels,
    rules::ENOUGH,
    score::{Run, ends_sentence, runs},
};
use crate::markdown::{
    document::{Document, NodeId},
    selection::{Reason, Selection},
    tag::{Tag, kind},
};

/// A label at the edge of an article has fewer characters than this.
const SHORT: u32 = 60;

/// A text as long as this does not come twice by chance.
const LONG_ENOUGH: u32 = 40;

/// A list of links with more items leads through the site.
const SHORT_LIST: u32 = 8;

/// How thorough to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Links and headings may be the content.
    Edges,
    All,
}

/// Drops labels, references to other texts, and headings of what was dropped.
pub(super) fn tidy(page: &Page<'_, '_>, selection: &mut Selection, level: Level) {
    let mut tidy = Tidy { page, runs: Vec::new(), gone: Vec::new(), roots: selection.roots.clone() };
    let document = page.document;
    runs(
        document,
        &page.facts,
        |id| selection.drops(id),
        |run| {
            if is_inside(document, &selection.roots, run.block) {
                tidy.runs.push(run);
            }
        },
    );
    let is_live = |&id: &NodeId| document.tag(id) != Tag::Text && page.facts[id as usize].is(role::LIVE);
    let live = Selection::of(document, &(0..document.len()).filter(is_live).collect::<Vec<_>>()).roots;
    tidy.gone = vec![Reason::Kept; tidy.runs.len()];
    tidy.repeats(&live);
    tidy.labels();
    let prose = |run: &&Run| tidy.is_prose(run);
    if tidy.runs.iter().filter(prose).map(|run| run.chars).sum::<u32>() >= ENOUGH {
        tidy.sections();
        tidy.edges(level);
        tidy.orphans(selection);
    }
    tidy.drop_from(selection);
}

struct Tidy<'p, 'd, 'a> {
    page: &'p Page<'d, 'a>,
    runs: Vec<Run>,
    /// Why a run goes.
    gone: Vec<Reason>,
    roots: Vec<NodeId>,
}

impl Tidy<'_, '_, '_> {
    fn is_prose(&self, run: &Run) -> bool {
        self.page.facts[run.first as usize].is_prose()
    }

    fn level(&self, run: &Run) -> Option<usize> {
        self.page.document.tag(run.block).heading_level()
    }

    /// The first and the last run that reads as text.
    fn flow(&self) -> Option<(usize, usize)> {
        let text = |(at, run): (usize, &Run)| (self.gone[at] == Reason::Kept && self.is_prose(run)).then_some(at);
        let first = self.runs.iter().enumerate().find_map(text)?;
        Some((first, self.runs.iter().enumerate().rev().find_map(text).unwrap_or(first)))
    }

    /// Captions that were there before, and what is read out to those who cannot see and shown elsewhere. Any
    /// other text may come twice, the steps of a guide above all.
    fn repeats(&mut self, live: &[NodeId]) {
        let document = self.page.document;
        let is_live = |run: &Run| !live.is_empty() && is_inside(document, live, run.block);
        let is_caption = |run: &Run| run.chars >= LONG_ENOUGH && document.tag(run.block) == Tag::Figcaption;
        let words = |run: &Run| {
            let texts = (run.first..=run.last).filter(|&id| document.tag(id) == Tag::Text);
            texts.flat_map(|id| document.raw_text(id).split_whitespace())
        };
        let mut seen: HashMap<_, &Run> = HashMap::new();
        let (read_out, shown): (Vec<usize>, Vec<usize>) = (0..self.runs.len()).partition(|&at| is_live(&self.runs[at]));
        for (at, live_run) in shown.into_iter().map(|at| (at, false)).chain(read_out.into_iter().map(|at| (at, true))) {
            let run = &self.runs[at];
            if live.is_empty() && !is_caption(run) {
                continue;
            }
            let key = (run.chars, document.raw_text(run.first).trim(), document.raw_text(run.last).trim());
            match seen.entry(key) {
                Entry::Vacant(place) => {
                    place.insert(run);
                }
                Entry::Occupied(before) => {
                    if (live_run || is_caption(run)) && words(run).eq(words(before.get())) {
                        self.gone[at] = Reason::Repeat;
                    }
                }
            }
        }
    }

    /// Headings of what surrounds texts, with the box that they head, if that is mostly links or tells other
    /// texts in short, or else with the links right below them. Any other section stays whatever heads it.
    fn sections(&mut self) {
        let document = self.page.document;
        for at in 0..self.runs.len() {
            let run = &self.runs[at];
            if run.fixed || self.level(run).is_none() {
                continue;
            }
            let text = document.text(run.first);
            if !(labels::heads_surroundings(&text) || self.page.is_article() && labels::begins_reference(&text)) {
                continue;
            }
            let boxed = self.headed(at);
            let below = &self.runs[at + 1..boxed.max(at + 1)];
            let (chars, links) = below.iter().fold((0, 0), |sum, run| (sum.0 + run.chars, sum.1 + run.links));
            let mut headings = below.iter().filter(|run| self.level(run).is_some()).peekable();
            // Each text below is told in short under a link to it.
            let cards = headings.peek().is_some() && headings.all(is_linked);
            let leads = |run: &&Run| is_linked(run) && self.level(run).is_none();
            let linked = self.runs[at + 1..].iter().take_while(leads).count();
            if chars > 0 && (cards || links * 2 >= chars) {
                self.gone[at..boxed].fill(Reason::Section);
            } else if linked > 0 {
                self.gone[at..=at + linked].fill(Reason::Section);
            }
        }
    }

    /// Where the largest element ends that begins with this run and is no root.
    fn headed(&self, at: usize) -> usize {
        /// How many elements around a heading are looked at.
        const NEAR: usize = 6;
        let document = self.page.document;
        let before = at.checked_sub(1).map_or(0, |before| self.runs[before].last);
        let around = iter::successors(Some(self.runs[at].block), |&id| Some(document.parent(id)));
        let heads = |id: &NodeId| *id > before && !self.roots.contains(id);
        let end = around.take(NEAR).take_while(heads).last().map_or(0, |id| document.end(id));
        self.runs.partition_point(|run| run.first < end)
    }

    /// Labels, and in articles references that are links.
    fn labels(&mut self) {
        let document = self.page.document;
        for (at, run) in self.runs.iter().enumerate() {
            let tag = document.tag(run.block);
            if run.fixed || is_item(tag) || tag.is(kind::HEADING) {
                continue;
            }
            let reference =
                || self.page.is_article() && is_linked(run) && labels::begins_reference(&document.text(run.first));
            let whole = || run.first == run.last && labels::is_label(&document.text(run.first));
            if labels::LENGTHS.contains(&run.chars) && whole() || reference() {
                self.gone[at] = Reason::Label;
            }
        }
    }

    /// What stands before the first and after the last sentence: links that neither a heading nor a colon
    /// announces, and in articles words that are no sentence. Pages that do not say that they are articles
    /// keep short lists of links there, too: references often end with such.
    fn edges(&mut self, level: Level) {
        let document = self.page.document;
        let Some((first, last)) = self.flow() else { return };
        let article = self.page.is_article();
        let mut announced = false;
        // How many runs of links stand in a row.
        let mut row = 0;
        for (at, run) in self.runs.iter().enumerate() {
            let tag = document.tag(run.block);
            let heading = tag.is(kind::HEADING);
            let item = is_item(tag) || document.tag(document.parent(run.block)) == Tag::Li;
            let is_linked = is_linked(run);
            row = if is_linked { row + 1 } else { 0 };
            let leads = is_linked
                && match (article, item) {
                    (true, _) => level == Level::All || !item,
                    (false, true) => row > SHORT_LIST,
                    (false, false) => !heading,
                };
            let outside = at < first || at > last;
            if heading && !leads {
                announced = true;
                if article && at > last && level == Level::All {
                    self.gone[at] = Reason::Edge;
                }
                continue;
            }
            if !leads {
                announced = document.text(run.last).trim_end().ends_with([':', '：']);
            }
            if run.fixed || !outside || announced && (item || !article) || self.gone[at] != Reason::Kept {
                continue;
            }
            if leads {
                self.gone[at] = Reason::Links;
            } else if article && !item && is_short(document, run) {
                self.gone[at] = Reason::Edge;
            }
        }
    }

    /// Headings of which everything below is gone.
    fn orphans(&mut self, selection: &Selection) {
        // The level of the next thing kept, text being the deepest, and whether something went before it.
        let (mut below, mut went) = (0, false);
        let mut next = self.page.document.len();
        for at in (0..self.runs.len()).rev() {
            let run = &self.runs[at];
            if self.gone[at] != Reason::Kept {
                went = true;
                continue;
            }
            went |= (run.last..next).any(|id| selection.drops(id) && self.page.sizes[id as usize] > 0);
            next = run.first;
            match self.level(run).filter(|_| !run.fixed && run.chars < SHORT) {
                Some(level) if below <= level && went && level > 1 => self.gone[at] = Reason::Orphan,
                level => {
                    below = level.unwrap_or(usize::MAX);
                    went = false;
                }
            }
        }
    }

    /// Leaves out the blocks of which nothing is kept, and what goes of the others.
    fn drop_from(&self, selection: &mut Selection) {
        let document = self.page.document;
        let kept: Vec<&Run> =
            self.runs.iter().zip(&self.gone).filter(|(_, gone)| **gone == Reason::Kept).map(|(run, _)| run).collect();
        for (run, &reason) in self.runs.iter().zip(&self.gone) {
            if reason == Reason::Kept {
                continue;
            }
            let from = kept.partition_point(|kept| kept.last < run.block);
            let empty = kept.get(from).is_none_or(|kept| kept.first >= document.end(run.block));
            if empty && selection.roots.binary_search(&run.block).is_err() {
                selection.drop(document, run.block, reason);
            } else {
                drop_run(document, run, selection, reason);
            }
        }
    }
}

/// Leaves out the texts of a run.
fn drop_run(document: &Document<'_>, run: &Run, selection: &mut Selection, reason: Reason) {
    let mut at = run.first;
    while at <= run.last {
        let tag = document.tag(at);
        if tag == Tag::Text || document.end(at) <= run.last + 1 {
            selection.drop(document, at, reason);
            at = document.end(at);
        } else {
            at += 1;
        }
    }
}

/// Whether a run in such an element stands in a row with others.
fn is_item(tag: Tag) -> bool {
    matches!(tag, Tag::Li | Tag::Dd | Tag::Dt | Tag::Blockquote | Tag::Figcaption | Tag::Td | Tag::Th)
}

/// Whether a run is a few words that end no sentence, or mostly a link.
fn is_short(document: &Document<'_>, run: &Run) -> bool {
    ratio(run.links, run.chars) > 0.5 || run.chars < SHORT && !ends_sentence(&document.text(run.last))
}

fn is_linked(run: &Run) -> bool {
    ratio(run.links, run.chars) > 0.8
}
