//! The last look at an article: teasers, labels and leftovers around the sentences go.

use std::{collections::HashSet, iter, ops::Range};

use super::{
    cues::{self, Cue},
    facts::{Fact, ratio},
    is_inside,
    score::{Run, runs},
};
use crate::markdown::{
    document::{Document, NodeId, ROOT},
    selection::Selection,
    tag::{Tag, kind},
};

/// With less text than this in long runs there is no article to protect from its surroundings.
const ENOUGH: u32 = 400;

/// A label at the edge of an article has fewer characters than this.
const SHORT: u32 = 60;

/// A text as long as this does not come twice by chance.
const LONG_ENOUGH: u32 = 40;

/// How thorough to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Labels only: links and headings may be the content.
    Edges,
    All,
}

/// Drops link lists, linked headings, headings without content, and labels.
pub(super) fn tidy(document: &Document<'_>, facts: &[Fact], selection: &mut Selection, level: Level) {
    let mut tidy = Tidy { document, dropped: Vec::new(), kept: Vec::new() };
    runs(document, facts, &selection.dropped, |run| {
        if is_inside(document, &selection.roots, run.block) {
            tidy.kept.push(run);
        }
    });
    if level == Level::Edges {
        tidy.repeats();
    }
    let text: u32 = tidy.kept.iter().filter(|run| run.is_text()).map(|run| run.chars).sum();
    if text >= ENOUGH {
        if level == Level::All {
            tidy.teasers();
        }
        tidy.labels();
        if level == Level::All {
            tidy.orphans();
        }
        tidy.edges();
    } else if text > 0 {
        tidy.labels();
    }
    tidy.drop_from(selection);
}

struct Tidy<'d, 'a> {
    document: &'d Document<'a>,
    kept: Vec<Run>,
    dropped: Vec<Run>,
}

impl Tidy<'_, '_> {
    /// Leaves out the blocks of which nothing is kept, and what goes of the others.
    fn drop_from(&self, selection: &mut Selection) {
        let document = self.document;
        for run in &self.dropped {
            let from = self.kept.partition_point(|kept| kept.last < run.block);
            let empty = self.kept.get(from).is_none_or(|kept| kept.last >= document.end(run.block));
            if !empty {
                // A link with a description beside it names what is described.
                if !(is_linked(run) && document.tag(run.block) == Tag::Li) {
                    self.drop_run(run, selection);
                }
            } else if selection.roots.binary_search(&run.block).is_err() {
                selection.drop(document, run.block);
            }
        }
    }

    /// Leaves out the texts of a run, with the elements of the block that hold no other text.
    fn drop_run(&self, run: &Run, selection: &mut Selection) {
        let document = self.document;
        let after = self.kept.partition_point(|kept| kept.last < run.first);
        let from = after.checked_sub(1).map_or(0, |before| self.kept[before].last + 1);
        let to = self.kept.get(after).map_or(document.len(), |kept| kept.first);
        let mut at = run.first;
        while at <= run.last {
            let tag = document.tag(at);
            if tag == Tag::Text {
                let around = iter::successors(Some(at), |&id| Some(document.parent(id)));
                let alone = |id: &NodeId| *id > run.block && *id >= from && document.end(*id) <= to;
                let outermost = around.take_while(alone).last().unwrap_or(at);
                selection.drop(document, outermost);
                at = document.end(outermost);
            } else {
                at = if tag.is(kind::UNSEEN) { document.end(at) } else { at + 1 };
            }
        }
    }

    /// Drops the runs with these places.
    fn drop_where(&mut self, doomed: impl Fn(usize, &Run) -> bool) {
        let mut at = 0;
        let dropped = &mut self.dropped;
        self.kept.retain(|run| {
            let goes = doomed(at, run);
            at += 1;
            if goes {
                dropped.push(*run);
            }
            !goes
        });
    }

    /// Texts that were there before: written once for wide and once for narrow screens.
    fn repeats(&mut self) {
        let document = self.document;
        let mut seen = HashSet::new();
        let doomed: Vec<bool> = self
            .kept
            .iter()
            .map(|run| {
                run.chars >= LONG_ENOUGH
                    && !seen.insert((
                        run.chars,
                        document.raw_text(run.first).trim(),
                        document.raw_text(run.last).trim(),
                    ))
            })
            .collect();
        self.drop_where(|at, _| doomed[at]);
    }

    /// Links that stand alone lead elsewhere.
    fn teasers(&mut self) {
        let document = self.document;
        let headings = || self.kept.iter().filter(|run| document.tag(run.block).is(kind::HEADING));
        let linked = headings().filter(|run| is_linked(run)).count();
        // Where most headings are links, they head what is told in short.
        let is_list = linked >= 3 && linked * 3 > headings().count() * 2;
        // What a sentence with a colon announces belongs to it.
        let mut announced = false;
        let doomed: Vec<bool> = self
            .kept
            .iter()
            .map(|run| {
                let tag = document.tag(run.block);
                let teaser =
                    is_linked(run) && (matches!(tag, Tag::Li | Tag::P | Tag::Div) || tag.is(kind::HEADING) && !is_list);
                if !teaser {
                    announced = document.raw_text(run.last).trim_end().ends_with([':', '：']);
                }
                let item = tag == Tag::Li || document.tag(document.parent(run.block)) == Tag::Li;
                teaser && !(announced && item)
            })
            .collect();
        self.drop_where(|at, _| doomed[at]);
    }

    /// Labels go; below a heading that is one, what is not text goes too, or all of its section.
    fn labels(&mut self) {
        let document = self.document;
        let mut doomed = vec![false; self.kept.len()];
        let before = self.sums();
        // The level of the heading above, if that is a label.
        let mut below: Option<usize> = None;
        // Whether it stands for a section, so that lesser headings belong to it.
        let mut in_section = false;
        for (at, run) in self.kept.iter().enumerate() {
            let level = document.tag(run.block).heading_level();
            let code = matches!(document.tag(run.block), Tag::Pre | Tag::Td | Tag::Th);
            let text = document.raw_text(run.first);
            let cue = match level {
                _ if code || run.chars > cues::LONGEST => None,
                Some(_) => cues::find_heading(text),
                None => cues::find(text),
            };
            below = match level {
                Some(level) if cue.is_some() => Some(level),
                Some(level) => below.filter(|&above| in_section && level > above),
                None => below.filter(|_| cue.is_none() && !code && !run.is_text()),
            };
            if level.is_some() && cue.is_some() {
                in_section = cue == Some(Cue::Section);
            }
            doomed[at] |= cue.is_some() || below.is_some();
            if let Some(level) = level
                && cue == Some(Cue::Section)
            {
                doomed[self.section(at, level, &before)].fill(true);
            }
        }
        self.drop_where(|at, _| doomed[at]);
    }

    /// The characters before each run, and of all.
    fn sums(&self) -> Vec<u32> {
        let mut sum = 0;
        let all = self.kept.iter().map(|run| {
            sum += run.chars;
            sum
        });
        iter::once(0).chain(all).collect()
    }

    /// The runs of the largest element that begins with this heading, is not most of what is kept, and
    /// has no other heading of its level. `before` has the characters before each run.
    fn section(&self, at: usize, level: usize, before: &[u32]) -> Range<usize> {
        let document = self.document;
        let most = before[self.kept.len()] / 5 * 2;
        let mut section = at..at + 1;
        let mut around = document.parent(self.kept[at].block);
        while around != ROOT {
            let from = self.kept.partition_point(|run| run.last < around);
            let to = self.kept.partition_point(|run| run.last < document.end(around));
            let heads = |run: &Run| document.tag(run.block).heading_level().is_some_and(|other| other <= level);
            if from < at || before[to] - before[from] > most || self.kept[section.end..to].iter().any(heads) {
                break;
            }
            section = from..to;
            around = document.parent(around);
        }
        section
    }

    /// Headings with nothing left below them.
    fn orphans(&mut self) {
        let mut doomed = vec![false; self.kept.len()];
        // The level of the next thing kept; text counts as the deepest.
        let mut below = 0;
        for (at, run) in self.kept.iter().enumerate().rev() {
            // An item that is written as a heading heads nothing.
            let item = self.document.tag(self.document.parent(run.block)) == Tag::Li;
            let level = self.document.tag(run.block).heading_level().filter(|_| !item);
            doomed[at] = level.is_some_and(|level| below <= level);
            if !doomed[at] {
                below = level.unwrap_or(usize::MAX);
            }
        }
        self.drop_where(|at, _| doomed[at]);
    }

    /// Labels before the first and after the last text.
    fn edges(&mut self) {
        let document = self.document;
        let first = self.kept.iter().position(Run::is_text).unwrap_or(0);
        let last = self.kept.iter().rposition(|run| !is_short(document, run)).unwrap_or(self.kept.len());
        self.drop_where(|at, run| {
            at > last || at < first && is_short(document, run) && !document.tag(run.block).is(kind::HEADING)
        });
    }
}

fn is_linked(run: &Run) -> bool {
    ratio(run.links, run.chars) > 0.8
}

/// Whether a run is a few words that end no sentence, or mostly a link.
fn is_short(document: &Document<'_>, run: &Run) -> bool {
    let kept = matches!(
        document.tag(run.block),
        Tag::Pre | Tag::Td | Tag::Th | Tag::Li | Tag::Dd | Tag::Dt | Tag::Blockquote | Tag::Figcaption
    );
    if kept {
        return false;
    }
    ratio(run.links, run.chars) > 0.5 || run.chars < SHORT && !ends_sentence(&document.text(run.last))
}

/// Whether a text ends as sentences do.
pub(super) fn ends_sentence(text: &str) -> bool {
    text.trim_end().ends_with(|last: char| ".!?:…\"”»“’)。！？।".contains(last))
}
