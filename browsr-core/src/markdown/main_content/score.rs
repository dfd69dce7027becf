//! Which element holds the text: paragraphs vote for what is around them.

use super::{
    LONG,
    facts::{Fact, Totals, number, ratio},
};
use crate::markdown::{
    document::{Document, NodeId, flag},
    tag::{Tag, kind},
    work,
};

/// Shorter paragraphs do not vote.
const SHORTEST_VOTE: u32 = 25;

/// How many elements around a paragraph get a share of its vote.
const LEVELS: usize = 5;

/// Text between two block edges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// The block that it stands in.
    pub(super) block: NodeId,
    pub(super) chars: u32,
    pub(super) commas: u32,
    /// Characters inside links.
    pub(super) links: u32,
    /// The first and the last text node.
    pub(super) first: NodeId,
    pub(super) last: NodeId,
}

impl Run {
    /// Whether it is long, and more than links.
    pub(super) fn is_text(&self) -> bool {
        self.chars >= LONG && ratio(self.links, self.chars) < 0.5
    }
}

/// Runs of text, and which blocks have blocks inside.
#[derive(Debug)]
pub(super) struct Runs {
    pub(super) all: Vec<Run>,
    pub(super) has_blocks: Vec<bool>,
}

/// Collects the runs of text of what is not dropped.
pub(super) fn runs(document: &Document<'_>, facts: &[Fact], dropped: &[bool]) -> Runs {
    let mut all = Vec::new();
    let mut has_blocks = vec![false; facts.len()];
    let mut open: Vec<NodeId> = vec![0];
    let mut run = Run { block: 0, chars: 0, commas: 0, links: 0, first: 0, last: 0 };
    let mut link_until = 0;
    let mut at = 0;
    while at < document.len() {
        work::step();
        while open.len() > 1 && document.end(open[open.len() - 1]) <= at {
            open.pop();
            flush(&mut run, &mut all, open[open.len() - 1]);
        }
        let node = document.node(at);
        if node.tag == Tag::Text {
            let fact = facts[at as usize];
            if run.chars > 0 || !node.has(flag::BLANK) {
                run.chars += fact.bits;
                run.commas += u32::from(fact.more);
                if at < link_until {
                    run.links += fact.bits;
                }
                if !node.has(flag::BLANK) {
                    run.last = at;
                    if run.first == 0 {
                        run.first = at;
                    }
                }
            }
        } else if node.tag.is(kind::UNSEEN) || dropped[at as usize] {
            at = node.end;
            continue;
        } else if node.tag == Tag::A {
            link_until = link_until.max(node.end);
        } else if node.tag.is(kind::BLOCK) {
            let outer = open[open.len() - 1];
            if splits(node.tag) {
                has_blocks[outer as usize] = true;
            }
            flush(&mut run, &mut all, at);
            open.push(at);
        }
        at += 1;
    }
    flush(&mut run, &mut all, 0);
    Runs { all, has_blocks }
}

/// Whether an element with this inside is more than a paragraph.
fn splits(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Blockquote
            | Tag::Dl
            | Tag::Div
            | Tag::Ol
            | Tag::P
            | Tag::Pre
            | Tag::Table
            | Tag::Ul
            | Tag::Section
            | Tag::Article
    )
}

fn flush(run: &mut Run, all: &mut Vec<Run>, block: NodeId) {
    if run.chars > 0 {
        all.push(*run);
    }
    *run = Run { block, chars: 0, commas: 0, links: 0, first: 0, last: 0 };
}

/// Scores of all elements; negative infinity for those without a vote.
pub(super) fn scores(document: &Document<'_>, facts: &[Fact], totals: &[Totals], runs: &Runs) -> Vec<f32> {
    let mut scores = vec![f32::NEG_INFINITY; facts.len()];
    for run in &runs.all {
        let tag = document.tag(run.block);
        let whole = matches!(tag, Tag::P | Tag::Pre | Tag::Td)
            || tag.is(kind::HEADING)
            || matches!(tag, Tag::Div) && !runs.has_blocks[run.block as usize];
        let part = matches!(tag, Tag::Div | Tag::Section | Tag::Article | Tag::Main | Tag::Body) && !whole;
        if run.chars < SHORTEST_VOTE || !(whole || part) {
            continue;
        }
        let first = if whole { document.parent(run.block) } else { run.block };
        vote(document, facts, &mut scores, first, 1.0 + number(run.commas) + (number(run.chars) / 100.0).min(3.0));
    }
    // A section votes once more for what is around it.
    for id in 0..document.len() {
        if document.tag(id) == Tag::Section && totals[id as usize].chars >= SHORTEST_VOTE {
            let all = &totals[id as usize];
            vote(
                document,
                facts,
                &mut scores,
                document.parent(id),
                1.0 + f32::from(all.commas) + (number(all.chars) / 100.0).min(3.0),
            );
        }
    }
    for (score, totals) in scores.iter_mut().zip(totals) {
        *score *= 1.0 - totals.link_density();
    }
    scores
}

fn vote(document: &Document<'_>, facts: &[Fact], scores: &mut [f32], first: NodeId, vote: f32) {
    let mut id = first;
    for level in 0..LEVELS {
        if document.tag(id) == Tag::Html {
            return;
        }
        let score = &mut scores[id as usize];
        if *score == f32::NEG_INFINITY {
            *score = start(document.tag(id)) + 25.0 * f32::from(facts[id as usize].weight);
        }
        *score += match level {
            0 => vote,
            1 => vote / 2.0,
            _ => vote / (3.0 * number(u32::try_from(level).unwrap_or(1))),
        };
        // Inline elements around a block do not count as a level of their own.
        id = document.parent(id);
    }
}

/// What an element of this kind begins with.
fn start(tag: Tag) -> f32 {
    match tag {
        Tag::Div => 5.0,
        Tag::Pre | Tag::Td | Tag::Blockquote => 3.0,
        Tag::Address | Tag::Ol | Tag::Ul | Tag::Dl | Tag::Dd | Tag::Dt | Tag::Li | Tag::Form => -3.0,
        Tag::Th => -5.0,
        _ if tag.is(kind::HEADING) => -5.0,
        _ => 0.0,
    }
}
