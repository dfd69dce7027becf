//! Which element holds the text: paragraphs vote for what is around them.

use super::{
    LONG,
    facts::{self, Fact, Share, number, ratio, role},
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
    /// It stands in a table of data, or in code.
    pub(super) fixed: bool,
}

impl Run {
    fn new(block: NodeId) -> Self {
        Self { block, chars: 0, commas: 0, links: 0, first: 0, last: 0, fixed: false }
    }

    /// Adds a text node; white space counts only after a word.
    fn add(&mut self, id: NodeId, fact: Fact, blank: bool, linked: bool) {
        if blank && self.chars == 0 {
            return;
        }
        self.chars += fact.chars();
        self.commas += fact.commas();
        self.links += if linked { fact.chars() } else { 0 };
        if !blank {
            self.last = id;
            if self.first == 0 {
                self.first = id;
            }
        }
    }

    /// Whether it is long, and more than links.
    pub(super) fn is_text(&self) -> bool {
        self.chars >= LONG && ratio(self.links, self.chars) < 0.5
    }

    /// Whether it is a sentence, code, or a text of some length.
    fn is_prose(&self, document: &Document<'_>) -> bool {
        if self.links * 2 >= self.chars || self.chars < SHORTEST_VOTE / 3 {
            return false;
        }
        let notice = || document.raw_text(self.first).trim_start().starts_with(['©', '\u{1f12f}']);
        let sentence = || {
            let text = document.text(self.last);
            // Chinese and Japanese sentences are short.
            let long = self.chars >= SHORTEST_VOTE || text.trim_end().ends_with(['。', '！', '？']);
            long && (self.fixed || ends_sentence(&text))
        };
        (self.chars >= LONG || sentence()) && !notice()
    }
}

/// Whether a text ends as sentences do.
pub(super) fn ends_sentence(text: &str) -> bool {
    text.trim_end().ends_with(|last: char| ".!?:;…\"”»“’)。！？।".contains(last))
}

/// Marks the texts that are prose.
pub(super) fn mark_prose(document: &Document<'_>, facts: &mut [Fact]) {
    let mut prose = Vec::new();
    runs(
        document,
        facts,
        |_| false,
        |run| {
            if run.is_prose(document) {
                prose.push((run.first, run.last));
            }
        },
    );
    for (first, last) in prose {
        for id in first..=last {
            if document.tag(id) == Tag::Text {
                facts[id as usize].set_prose();
            }
        }
    }
}

/// Finds the runs of text of what is not dropped, and tells of them as they are met.
pub(super) fn runs(document: &Document<'_>, facts: &[Fact], drops: impl Fn(NodeId) -> bool, found: impl FnMut(Run)) {
    runs_and_holders(document, facts, drops, |_| {}, found);
}

/// Like [`runs`], and tells of the blocks that have blocks inside.
fn runs_and_holders(
    document: &Document<'_>,
    facts: &[Fact],
    drops: impl Fn(NodeId) -> bool,
    mut holds_block: impl FnMut(NodeId),
    mut found: impl FnMut(Run),
) {
    let mut open: Vec<NodeId> = vec![0];
    let mut run = Run::new(0);
    let mut flush = |run: &mut Run, block: NodeId| {
        let ended = std::mem::replace(run, Run::new(block));
        if ended.chars > 0 && ended.first > 0 {
            found(ended);
        }
    };
    let (mut link_until, mut fixed_until) = (0, 0);
    let mut at = 0;
    while at < document.len() {
        work::step();
        while open.len() > 1 && document.end(open[open.len() - 1]) <= at {
            open.pop();
            flush(&mut run, open[open.len() - 1]);
        }
        let node = document.node(at);
        if node.tag == Tag::Text {
            run.add(at, facts[at as usize], node.has(flag::BLANK), at < link_until);
            run.fixed |= at < fixed_until;
        } else if node.tag.is(kind::UNSEEN) || drops(at) {
            at = node.end;
            continue;
        } else if node.tag == Tag::A {
            if facts[at as usize].is(role::LINK) {
                link_until = link_until.max(node.end);
            }
        } else if node.tag.is(kind::BLOCK) {
            if node.tag == Tag::Pre || facts[at as usize].is(role::GRID) {
                fixed_until = fixed_until.max(node.end);
            }
            if splits(node.tag) {
                holds_block(open[open.len() - 1]);
            }
            flush(&mut run, at);
            open.push(at);
        }
        at += 1;
    }
    flush(&mut run, 0);
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

/// Scores of all elements, negative infinity for those without a vote, and how much text they have.
pub(super) fn scores(document: &Document<'_>, facts: &[Fact], dropped: &[bool]) -> (Vec<f32>, Vec<Share>) {
    let mut scores = vec![f32::NEG_INFINITY; facts.len()];
    vote_by_runs(document, facts, dropped, &mut scores);
    let (shares, sections) = measure(document, facts, dropped);
    // A section votes once more for what is around it.
    for (id, vote_of) in sections.into_iter().rev() {
        vote(document, facts, &mut scores, document.parent(id), vote_of);
    }
    for (score, share) in scores.iter_mut().zip(&shares) {
        *score *= 1.0 - share.link_density();
    }
    (scores, shares)
}

fn vote_by_runs(document: &Document<'_>, facts: &[Fact], dropped: &[bool], scores: &mut [f32]) {
    let mut has_blocks = vec![false; facts.len()];
    let mut voters: Vec<(NodeId, f32)> = Vec::new();
    runs_and_holders(
        document,
        facts,
        |id| dropped[id as usize],
        |block| has_blocks[block as usize] = true,
        |run| {
            if run.chars >= SHORTEST_VOTE && may_vote(document.tag(run.block)) {
                voters.push((run.block, weight(run.commas, run.chars)));
            }
        },
    );
    for (block, vote_of) in voters {
        let tag = document.tag(block);
        let whole = matches!(tag, Tag::P | Tag::Pre | Tag::Td)
            || tag.is(kind::HEADING)
            || tag == Tag::Div && !has_blocks[block as usize];
        vote(document, facts, scores, if whole { document.parent(block) } else { block }, vote_of);
    }
}

/// Whether text right inside such an element counts, for the element or for what is around it.
fn may_vote(tag: Tag) -> bool {
    matches!(tag, Tag::P | Tag::Pre | Tag::Td | Tag::Div | Tag::Section | Tag::Article | Tag::Main | Tag::Body)
        || tag.is(kind::HEADING)
}

fn weight(commas: u32, chars: u32) -> f32 {
    1.0 + number(commas) + (number(chars) / 100.0).min(3.0)
}

/// How much text each element has, and the votes of sections, last one first.
fn measure(document: &Document<'_>, facts: &[Fact], dropped: &[bool]) -> (Vec<Share>, Vec<(NodeId, f32)>) {
    let mut shares = vec![Share::default(); facts.len()];
    let mut sections = Vec::new();
    facts::sum(document, facts, |id, totals| {
        shares[id as usize] = Share { chars: totals.chars, links: totals.links };
        if document.tag(id) == Tag::Section && totals.chars >= SHORTEST_VOTE {
            sections.push((id, weight(u32::from(totals.commas), totals.chars)));
        }
        dropped[id as usize]
    });
    (shares, sections)
}

fn vote(document: &Document<'_>, facts: &[Fact], scores: &mut [f32], first: NodeId, vote: f32) {
    let mut id = first;
    for level in 0..LEVELS {
        if document.tag(id) == Tag::Html {
            return;
        }
        let score = &mut scores[id as usize];
        if *score == f32::NEG_INFINITY {
            *score = start(document.tag(id)) + 25.0 * f32::from(facts[id as usize].weight());
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
