//! What is left out of a page, and why: one table of rules.
//!
//! Read [`RULES`] first. An element, a role or a name hints that something is no part of the text. Only
//! `nav` and its like, and what is hidden, go for that alone; anything else goes if its structure says
//! the same. What reads as text and stands between the first and the last sentence stays.

use super::{
    Page,
    facts::{self, Fact, Totals, role},
    holds_root,
    names::says,
};
use crate::markdown::{
    document::{Document, NodeId},
    metadata,
    selection::Reason,
    tag::{Tag, kind},
};

/// An element with more than this share of the page is not left out for its name.
pub(super) const MOST: f32 = 0.4;

/// A box has fields and little else if it has fewer characters than this for each of them.
const TEXT_BESIDE_CONTROL: u32 = 100;

/// With fewer characters of sentences than this a page has no text that anything could stand outside of.
pub(super) const ENOUGH: u32 = 400;

/// A label has fewer characters than this.
const SHORT: u32 = 150;

/// What hints that an element is no part of the text, as bits.
mod hint {
    /// Not shown, or not shown at first.
    pub(super) const HIDDEN: u8 = 1;
    /// Its element or role serves the page: menus, dialogs, lists of choices.
    pub(super) const SERVES: u8 = 1 << 1;
    /// Its element or role says that it stands at the edge: `header`, `aside`, `footer`.
    pub(super) const EDGE: u8 = 1 << 2;
    /// It is named like the surroundings of a text.
    pub(super) const NAME: u8 = 1 << 3;
    /// It is named like a list of entries that others wrote.
    pub(super) const ENTRIES: u8 = 1 << 4;
    /// It is named like a button or a note beside the text.
    pub(super) const LABEL: u8 = 1 << 5;
    /// It is a form.
    pub(super) const FORM: u8 = 1 << 6;
    /// It is an `aside` of the text, or named like one: a column of the page, or a box of the text.
    pub(super) const ASIDE: u8 = 1 << 7;
}

/// What structure can say about an element, as bits.
mod proof {
    /// Nothing needs to be said.
    pub(super) const NONE: u8 = 1;
    /// Links are most of it.
    pub(super) const LINKS: u8 = 1 << 1;
    /// Fields and buttons are most of it.
    pub(super) const CONTROLS: u8 = 1 << 2;
    /// It stands before the first or after the last sentence of the text; with sentences inside, before
    /// the title.
    pub(super) const OUTSIDE: u8 = 1 << 3;
    /// Its parts are alike.
    pub(super) const CARDS: u8 = 1 << 4;
    /// It has a few words, and no sentence.
    pub(super) const BARE: u8 = 1 << 5;
}
use proof::{BARE, CARDS, CONTROLS, LINKS, NONE, OUTSIDE};

/// What goes: a hint, what must confirm it (any of these), and the reason that is given.
const RULES: &[(u8, u8, Reason)] = &[
    (hint::HIDDEN, NONE, Reason::Hidden),
    (hint::SERVES, NONE, Reason::Element),
    (hint::EDGE, LINKS | CONTROLS | OUTSIDE, Reason::Element),
    (hint::ASIDE, LINKS | CONTROLS | BARE, Reason::Element),
    (hint::NAME, LINKS | CONTROLS | OUTSIDE, Reason::Name),
    (hint::ENTRIES, CARDS, Reason::Name),
    (hint::LABEL, BARE, Reason::Name),
    (hint::FORM, CONTROLS, Reason::Controls),
];

/// How strictly names and styles are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// Whether what is hidden goes. Outside of articles it is mostly answers, tabs and slides.
    pub(super) hidden: bool,
    /// Whether what is not read out goes.
    silent: bool,
    /// The names that hint at something.
    pub(super) names: u32,
}

impl Reading {
    pub(super) fn of(page: &Page<'_, '_>) -> Self {
        let silent = page.is(metadata::kind::ARTICLE | metadata::kind::ARTICLE_HINT);
        let mut names = says::SURROUNDINGS | says::HEADER;
        if page.is(metadata::kind::THREAD) {
            names &= !says::COMMENTS;
        }
        if page.is(metadata::kind::PRODUCT) {
            names |= says::REVIEWS;
        }
        Self { hidden: silent, silent, names }
    }

    /// For an article that was found: what it hides is not read with it.
    pub(super) fn strict(page: &Page<'_, '_>) -> Self {
        Self { hidden: true, ..Self::of(page) }
    }
}

/// Leaves out what a rule says of the elements inside of `roots`. Names say nothing about an element with
/// one of `kept` inside.
pub(super) fn apply(page: &Page<'_, '_>, roots: &[NodeId], kept: &[NodeId], reading: Reading) -> Vec<Reason> {
    let document = page.document;
    let hints = hints(page, roots, kept, reading);
    let mut reasons = vec![Reason::Kept; page.facts.len()];
    if hints.iter().all(|&hint| hint == 0) {
        return reasons;
    }
    let flow = Flow::find(page, roots, &hints);
    facts::sum(document, &page.facts, |id, totals| {
        let hints = hints[id as usize];
        if hints == 0 {
            return false;
        }
        let proofs = flow.proofs(document, &page.facts, id, hints, totals);
        // A name on some words of a sentence is about these words.
        let inline = !document.tag(id).is(kind::BLOCK) && totals.prose > 0;
        let rule = RULES.iter().find(|(hint, needed, _)| {
            hints & hint != 0 && proofs & needed != 0 && !(inline && hint & (hint::HIDDEN | hint::SERVES) == 0)
        });
        if let Some(&(_, _, reason)) = rule {
            reasons[id as usize] = reason;
        }
        rule.is_some()
    });
    reasons
}

/// What hints at every element.
fn hints(page: &Page<'_, '_>, roots: &[NodeId], kept: &[NodeId], reading: Reading) -> Vec<u8> {
    let Page { document, facts, .. } = page;
    let mut hints = vec![0; facts.len()];
    for &root in roots {
        // Inside of code and of tables of data, names are about what is written there.
        let (mut fixed_until, mut main_until) = (0, if is_body(document.tag(root)) { 0 } else { document.end(root) });
        for id in root..document.end(root) {
            let tag = document.tag(id);
            if tag == Tag::Text {
                continue;
            }
            let fact = facts[id as usize];
            if fact.is(role::MAIN | role::ARTICLE) {
                main_until = main_until.max(document.end(id));
            }
            let mut found = 0;
            if id != root {
                if reading.hidden && fact.is(role::HIDDEN)
                    || reading.silent && fact.is(role::SILENT) && page.share(id) <= MOST
                {
                    found |= hint::HIDDEN;
                }
                if serves(page, id, tag) {
                    found |= hint::SERVES;
                }
                let named = id >= fixed_until && may_be_named(tag);
                let names = if fact.is(role::GRID) { says::NAVIGATION | says::SIDEBAR } else { reading.names };
                let large = page.share(id) > MOST || page.holds_title(id) || holds_root(document, kept, id);
                if !large {
                    if is_edge(tag, fact, id < main_until) {
                        let column = fact.says(says::NEGATIVE);
                        found |= if tag == Tag::Aside { hint::ASIDE } else { 0 };
                        found |= if tag == Tag::Aside && id < main_until && !column { 0 } else { hint::EDGE };
                    }
                    found |= if named { by_name(fact, names, id < main_until) } else { 0 };
                    found |= if matches!(tag, Tag::Form | Tag::Fieldset) { hint::FORM } else { 0 };
                }
            }
            hints[id as usize] = found;
            if matches!(tag, Tag::Pre | Tag::Code) || fact.is(role::GRID) {
                fixed_until = fixed_until.max(document.end(id));
            }
        }
    }
    hints
}

fn is_body(tag: Tag) -> bool {
    matches!(tag, Tag::Html | Tag::Body)
}

fn is_edge(tag: Tag, fact: Fact, in_main: bool) -> bool {
    matches!(tag, Tag::Aside | Tag::Footer) || tag == Tag::Header && !in_main || fact.is(role::EDGE)
}

/// Items, cells and the like stay with their siblings whatever they are named; so do headings.
fn may_be_named(tag: Tag) -> bool {
    !tag.is(kind::HEADING)
        && !matches!(
            tag,
            Tag::Html
                | Tag::Body
                | Tag::A
                | Tag::Article
                | Tag::Main
                | Tag::Li
                | Tag::Dl
                | Tag::Dt
                | Tag::Dd
                | Tag::Tr
                | Tag::Th
                | Tag::Caption
                | Tag::Figcaption
                | Tag::Pre
                | Tag::Code
        )
}

fn by_name(fact: Fact, names: u32, in_main: bool) -> u8 {
    let says = |bits: u32| fact.says(bits & names);
    let (header, aside) = (if in_main { says::HEADER } else { 0 }, says::SIDEBAR);
    let mut found = if says(!(header | aside)) { hint::NAME } else { 0 };
    found |= if says(aside) { hint::ASIDE } else { 0 };
    if says(says::COMMENTS | says::RELATED | says::REVIEWS) {
        found |= hint::ENTRIES;
    }
    if says(says::SHARE | says::AD | says::OVERLAY | says::NAVIGATION | says::META) {
        found |= hint::LABEL;
    }
    found
}

/// Whether an element only serves the page around the text, by its kind or role. One with most of the
/// page and its title inside does not: a menu that was never closed, or an article that opens in a dialog.
fn serves(page: &Page<'_, '_>, id: NodeId, tag: Tag) -> bool {
    let document = page.document;
    let fact = page.facts[id as usize];
    let serves = match tag {
        Tag::Nav | Tag::Dialog | Tag::Select | Tag::Textarea | Tag::Object | Tag::Search => true,
        // The headings of an accordion are buttons; so is what opens the description of something.
        Tag::Button => {
            let parent = document.parent(id);
            let heads = document.tag(parent).is(kind::HEADING) || page.facts[parent as usize].is(role::HEADING);
            let opens = fact.is(role::OPENS) && document.elements(id).nth(1).is_some();
            !(opens || heads && page.sizes[id as usize] * 2 > page.sizes[parent as usize])
        }
        _ => fact.is(role::CHROME),
    };
    serves && !(page.share(id) > MOST && page.holds_title(id))
}

/// Marks what has no say in the choice: the surroundings, for their kind, and those that are named so. What
/// holds one of `kept` has.
pub(super) fn mute(page: &Page<'_, '_>, kept: &[NodeId], hidden: bool, named: impl Fn(Fact) -> bool) -> Vec<bool> {
    let Page { document, facts, .. } = page;
    let mut muted = vec![false; facts.len()];
    let (mut fixed_until, mut at) = (0, 0);
    while at < document.len() {
        let tag = document.tag(at);
        let fact = facts[at as usize];
        let doubtful = || hidden && fact.is(role::SILENT) || at >= fixed_until && may_be_named(tag) && named(fact);
        let edge = || is_edge(tag, fact, true) && !(page.share(at) > MOST && page.holds_title(at));
        let goes = tag != Tag::Text
            && (tag.is(kind::UNSEEN)
                || serves(page, at, tag)
                || edge()
                || (hidden && fact.is(role::HIDDEN) || doubtful() && page.share(at) <= MOST)
                    && !holds_root(document, kept, at));
        if matches!(tag, Tag::Table | Tag::Code | Tag::Pre) {
            fixed_until = fixed_until.max(document.end(at));
        }
        muted[at as usize] = goes;
        at = if goes { document.end(at) } else { at + 1 };
    }
    muted
}

/// Where the sentences of the text begin and end.
#[derive(Clone, Copy, Debug)]
struct Flow {
    /// Its title, or its first sentence without one.
    title: NodeId,
    first: NodeId,
    last: NodeId,
}

impl Flow {
    /// Looks at what nothing hints at.
    fn find(page: &Page<'_, '_>, roots: &[NodeId], hints: &[u8]) -> Self {
        let document = page.document;
        let (mut title, mut first, mut last) = (None, None, None);
        let mut chars = 0;
        for &root in roots {
            let mut at = root;
            while at < document.end(root) {
                let tag = document.tag(at);
                if tag == Tag::Text {
                    if page.facts[at as usize].is_prose() {
                        first.get_or_insert(at);
                        last = Some(at);
                        chars += page.facts[at as usize].chars();
                    }
                } else if tag.is(kind::UNSEEN) || hints[at as usize] != 0 {
                    at = document.end(at);
                    continue;
                } else if tag == Tag::H1 && first.is_none() {
                    title.get_or_insert(at);
                }
                at += 1;
            }
        }
        if chars < ENOUGH {
            return Self { title: 0, first: 0, last: NodeId::MAX };
        }
        let first = first.unwrap_or(0);
        Self { title: title.unwrap_or(first), first, last: last.unwrap_or(NodeId::MAX) }
    }

    /// What the structure of an element says.
    fn proofs(self, document: &Document<'_>, facts: &[Fact], id: NodeId, hints: u8, totals: &Totals) -> u8 {
        let words = totals.chars - totals.links;
        let controls = u32::from(totals.controls);
        let begin = if totals.prose > 0 { self.title } else { self.first };
        let proofs = [
            (NONE, true),
            (LINKS, totals.links * 2 > totals.chars || is_in_link(document, facts, id)),
            (CONTROLS, controls > 0 && words < TEXT_BESIDE_CONTROL * controls),
            (OUTSIDE, document.end(id) <= begin || id > self.last),
            (CARDS, hints & hint::ENTRIES != 0 && totals.prose > 0 && has_cards(document, id)),
            (BARE, totals.prose == 0 && totals.chars < SHORT),
        ];
        proofs.iter().filter(|(_, holds)| *holds).fold(0, |all, (proof, _)| all | proof)
    }
}

/// Whether a link is right around an element.
fn is_in_link(document: &Document<'_>, facts: &[Fact], id: NodeId) -> bool {
    let around = std::iter::successors(Some(id), |&id| Some(document.parent(id)));
    around.skip(1).take(3).any(|id| facts[id as usize].is(role::LINK))
}

/// Whether an element, or what is right inside it, has several children of the same class.
fn has_cards(document: &Document<'_>, id: NodeId) -> bool {
    /// How many of the children are looked at, and how many must be alike.
    const SEEN: usize = 8;
    const ALIKE: usize = 3;
    let alike = |id: NodeId| {
        let classes: Vec<_> =
            document.elements(id).take(SEEN).filter_map(|child| document.attribute(child, "class")).collect();
        classes.iter().any(|class| !class.is_empty() && classes.iter().filter(|other| *other == class).count() >= ALIKE)
    };
    alike(id) || document.elements(id).take(SEEN).any(alike)
}
