//! What is known about each node before anything is chosen.

use super::words::{self, says};
use crate::markdown::{
    attribute::{Attributes, is_space},
    document::{Document, NodeId, ROOT, flag},
    tag::{Tag, kind},
    work,
};

/// What attributes other than class and id say, as bits.
pub(super) mod role {
    /// `role="main"` or `<main>`.
    pub(in crate::markdown) const MAIN: u16 = 1;
    /// `role="article"` or `<article>`.
    pub(in crate::markdown) const ARTICLE: u16 = 1 << 1;
    /// Menus, search boxes, dialogs and the like.
    pub(in crate::markdown) const CHROME: u16 = 1 << 2;
    /// Not shown.
    pub(in crate::markdown) const HIDDEN: u16 = 1 << 3;
    /// Not read to those who cannot see: decoration, or closed for now.
    pub(in crate::markdown) const SILENT: u16 = 1 << 4;
    /// `role="heading"`.
    pub(in crate::markdown) const HEADING: u16 = 1 << 5;
}

/// Facts about an element, or the size of a text, in four bytes: there is one for every node.
///
/// Elements: [`says`] in 20 bits, [`role`] in 8, and how often class and id speak for and against
/// being the text, in 2 bits each. Texts: characters in 20 bits, commas in 12.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fact(u32);

const ROLES: u32 = 20;
const FOR: u32 = 28;
const AGAINST: u32 = 30;
const COMMAS: u32 = 20;

const _: () =
    assert!(says::DESCRIPTION < 1 << ROLES && (role::HEADING as u32) < 1 << (FOR - ROLES), "no bit is used twice");

impl Fact {
    fn text(chars: u32, commas: u32) -> Self {
        Self(chars.min((1 << COMMAS) - 1) | commas.min(0xFFF) << COMMAS)
    }

    fn add_role(&mut self, roles: u16) {
        self.0 |= u32::from(roles) << ROLES;
    }

    fn remove_role(&mut self, roles: u16) {
        self.0 &= !(u32::from(roles) << ROLES);
    }

    /// Adds what a class or an id says.
    fn add_name(&mut self, found: u32) {
        self.0 |= found;
        for (place, speaks) in [(FOR, found & says::POSITIVE != 0), (AGAINST, found & says::NEGATIVE != 0)] {
            if speaks && self.0 >> place & 3 < 2 {
                self.0 += 1 << place;
            }
        }
    }

    /// Elements: whether class or id say any of this.
    pub(super) fn says(self, bits: u32) -> bool {
        self.0 & bits != 0
    }

    /// Elements: whether any of these roles is given.
    pub(super) fn is(self, roles: u16) -> bool {
        self.0 & u32::from(roles) << ROLES != 0
    }

    /// Elements: class and id for and against being the text, from -2 to 2.
    pub(super) fn weight(self) -> i8 {
        let count = |place: u32| if self.0 >> place & 2 != 0 { 2 } else { i8::from(self.0 >> place & 1 != 0) };
        count(FOR) - count(AGAINST)
    }

    /// Texts: how many characters, white space collapsed.
    pub(super) fn chars(self) -> u32 {
        self.0 & ((1 << COMMAS) - 1)
    }

    /// Texts: how many commas.
    pub(super) fn commas(self) -> u32 {
        self.0 >> COMMAS
    }
}

/// Gathers the facts about every node.
pub(super) fn gather(document: &Document<'_>) -> Vec<Fact> {
    (0..document.len())
        .map(|id| {
            let node = document.node(id);
            match node.tag {
                Tag::Text if node.has(flag::BLANK) => Fact::text(1, 0),
                Tag::Text => text(document.raw_text(id)),
                tag if tag.is(kind::UNSEEN) => Fact::default(),
                tag => element(document, id, tag),
            }
        })
        .collect()
}

fn text(raw: &str) -> Fact {
    let (mut chars, mut commas) = (0u32, 0u32);
    let mut in_space = false;
    for byte in raw.bytes() {
        let space = is_space(byte);
        let continues = byte & 0xC0 == 0x80;
        chars += u32::from(!continues && (!space || !in_space));
        commas += u32::from(byte == b',');
        in_space = space;
    }
    // Commas of Chinese, Japanese and Arabic text.
    if !raw.is_ascii() {
        let others = raw.chars().filter(|character| matches!(character, '，' | '、' | '،' | '﹐' | '︐')).count();
        commas += u32::try_from(others).unwrap_or(0);
    }
    Fact::text(chars, commas)
}

fn element(document: &Document<'_>, id: NodeId, tag: Tag) -> Fact {
    let attributes = document.attributes(id);
    let mut fact = Fact::default();
    match tag {
        Tag::Main => fact.add_role(role::MAIN),
        Tag::Article => fact.add_role(role::ARTICLE),
        _ => {}
    }
    if attributes.len() < 4 {
        return fact;
    }
    // The sections of an accordion and the panels of tabs open on a click; a script puts the parts that
    // React streams into their places.
    let mut shown = false;
    // Many pages hide themselves until their styles are there.
    let hidden = if matches!(tag, Tag::Html | Tag::Body) { 0 } else { role::HIDDEN };
    for (name, value) in Attributes::new(attributes) {
        match name.len() {
            5 if name.eq_ignore_ascii_case("class") => fact.add_name(words::read(value)),
            2 if name.eq_ignore_ascii_case("id") => {
                let found = words::read(value);
                if found != 0 && !is_anchor(document, id, value) {
                    fact.add_name(found);
                }
                shown |= value.starts_with("S:");
            }
            5 if name.eq_ignore_ascii_case("style") => {
                let hides = value.contains("display:none")
                    || value.contains("display: none")
                    || value.contains("visibility:hidden")
                    || value.contains("visibility: hidden");
                fact.add_role(if hides { hidden } else { 0 });
            }
            4 if name.eq_ignore_ascii_case("role") => {
                fact.add_role(by_role(value));
                shown |= matches!(value, "region" | "tabpanel");
            }
            6 if name.eq_ignore_ascii_case("hidden") => {
                fact.add_role(if value == "until-found" { 0 } else { hidden });
            }
            11 if name.eq_ignore_ascii_case("aria-hidden") && value == "true" => fact.add_role(role::SILENT),
            10 if name.eq_ignore_ascii_case("aria-modal") && value == "true" => fact.add_role(role::CHROME),
            _ => {}
        }
    }
    if shown {
        fact.remove_role(role::HIDDEN);
    }
    fact
}

/// Whether an id is the text of a heading, made for links to it: it tells what the section is about, not
/// what it is for. One word may do both.
fn is_anchor(document: &Document<'_>, id: NodeId, value: &str) -> bool {
    /// How many nodes may come before the heading, and before the end of its text.
    const NEAR: NodeId = 8;
    if !value.contains(['-', '_', ' ']) {
        return false;
    }
    let mut near = id..document.end(id).min(id + NEAR);
    let Some(heading) = near.find(|&at| document.tag(at).is(kind::HEADING)) else { return false };
    let texts = (heading..document.end(heading).min(heading + NEAR)).filter(|&at| document.tag(at) == Tag::Text);
    // No more of a long heading is read than could be the id.
    let text = texts.flat_map(|at| document.raw_text(at).chars()).take(2 * value.len());
    let letters = |letter: &char| letter.is_alphanumeric();
    let mut text = text.filter(letters).flat_map(char::to_lowercase);
    let mut wanted = value.chars().filter(letters).flat_map(char::to_lowercase);
    wanted.all(|letter| text.next() == Some(letter))
}

fn by_role(value: &str) -> u16 {
    match value {
        "main" => role::MAIN,
        "article" => role::ARTICLE,
        "heading" => role::HEADING,
        "navigation" | "banner" | "contentinfo" | "complementary" | "search" | "dialog" | "alertdialog" | "alert"
        | "menu" | "menubar" | "toolbar" | "tooltip" => role::CHROME,
        _ => 0,
    }
}

/// Sums over a subtree, without what was dropped from it. The lesser counts stop at their limit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) chars: u32,
    /// Characters inside links.
    pub(super) links: u32,
    pub(super) commas: u16,
    pub(super) paragraphs: u16,
    pub(super) items: u16,
    pub(super) images: u16,
    pub(super) inputs: u16,
    /// See [`holds`].
    holds: u8,
}

/// What there is in a subtree, as bits.
pub(super) mod holds {
    /// Text inside a heading.
    pub(in crate::markdown) const HEADING: u8 = 1;
    /// Text inside paragraphs, items, cells and the like.
    pub(in crate::markdown) const BLOCK: u8 = 1 << 1;
    /// A figure.
    pub(in crate::markdown) const FIGURE: u8 = 1 << 2;
}

impl Totals {
    fn add(&mut self, other: &Self) {
        self.chars += other.chars;
        self.links += other.links;
        self.commas = self.commas.saturating_add(other.commas);
        self.paragraphs = self.paragraphs.saturating_add(other.paragraphs);
        self.items = self.items.saturating_add(other.items);
        self.images = self.images.saturating_add(other.images);
        self.inputs = self.inputs.saturating_add(other.inputs);
        self.holds |= other.holds;
    }

    pub(super) fn holds(&self, what: u8) -> bool {
        self.holds & what != 0
    }

    /// The share of the text that is links, 0 to 1.
    pub(super) fn link_density(&self) -> f32 {
        ratio(self.links, self.chars)
    }
}

/// A part as a share of the whole; 0 of nothing.
pub(super) fn ratio(part: u32, whole: u32) -> f32 {
    if whole == 0 { 0.0 } else { number(part) / number(whole) }
}

/// A count, ready to be weighed.
#[expect(clippy::cast_precision_loss, reason = "shares of a page need no more digits")]
pub(super) fn number(count: u32) -> f32 {
    count as f32
}

/// How much text there is in a subtree: as much of [`Totals`] as is kept of every element.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    pub(super) chars: u32,
    /// Characters inside links.
    pub(super) links: u32,
}

impl Share {
    /// The share of the text that is links, 0 to 1.
    pub(super) fn link_density(self) -> f32 {
        ratio(self.links, self.chars)
    }
}

/// Sums up every subtree from the leaves to the root, and answers the sums of all. `drop` is asked
/// once for every element, with the sums of what is kept inside it; what it drops counts for nothing
/// further out.
pub(super) fn sum(document: &Document<'_>, facts: &[Fact], mut drop: impl FnMut(NodeId, &Totals) -> bool) -> Totals {
    // The elements around the place that was reached, and what was found in them so far.
    let mut open: Vec<(NodeId, Totals)> = Vec::new();
    for id in (0..document.len()).rev() {
        work::step();
        let node = document.node(id);
        let mine = if node.tag == Tag::Text {
            let fact = facts[id as usize];
            Totals {
                chars: fact.chars(),
                commas: u16::try_from(fact.commas()).unwrap_or(u16::MAX),
                ..Totals::default()
            }
        } else {
            let mut mine = open.pop_if(|(element, _)| *element == id).map(|(_, totals)| totals).unwrap_or_default();
            if node.tag.is(kind::UNSEEN) {
                continue;
            }
            count(node.tag, &mut mine);
            let dropped = drop(id, &mine);
            if id == ROOT {
                return mine;
            }
            if dropped {
                continue;
            }
            mine
        };
        match open.last_mut() {
            Some((parent, totals)) if *parent == node.parent => totals.add(&mine),
            _ => open.push((node.parent, mine)),
        }
    }
    Totals::default()
}

/// The sums of what is kept of some elements, given in document order, together.
pub(super) fn sum_of(
    document: &Document<'_>,
    facts: &[Fact],
    roots: &[NodeId],
    drops: impl Fn(NodeId) -> bool,
) -> Totals {
    let mut all = Totals::default();
    sum(document, facts, |id, totals| {
        if roots.binary_search(&id).is_ok() {
            all.add(totals);
        }
        drops(id)
    });
    all
}

fn count(tag: Tag, totals: &mut Totals) {
    match tag {
        Tag::A => totals.links = totals.chars,
        Tag::P | Tag::Dd => totals.paragraphs = totals.paragraphs.saturating_add(1),
        Tag::Li => totals.items = totals.items.saturating_add(1),
        Tag::Img => totals.images = totals.images.saturating_add(1),
        Tag::Figure => totals.holds |= holds::FIGURE,
        Tag::Input => totals.inputs = totals.inputs.saturating_add(1),
        _ => {}
    }
    if totals.chars == 0 {
        return;
    }
    let block = matches!(
        tag,
        Tag::Span
            | Tag::Li
            | Tag::Td
            | Tag::Blockquote
            | Tag::Dl
            | Tag::Div
            | Tag::Ol
            | Tag::P
            | Tag::Pre
            | Tag::Table
            | Tag::Ul
    );
    if block {
        totals.holds |= holds::BLOCK;
    } else if tag.is(kind::HEADING) {
        totals.holds |= holds::HEADING;
    }
}
