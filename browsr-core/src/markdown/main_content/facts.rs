//! What is known about each node before anything is chosen.

use super::names::{self, says};
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
    /// Banners, side columns and footers, which stand at the edge of a text.
    pub(in crate::markdown) const EDGE: u16 = 1 << 6;
    /// Read out when it changes; often a copy of what is shown elsewhere.
    pub(in crate::markdown) const LIVE: u16 = 1 << 7;
    /// A grid of values that is made of other elements than those of tables.
    pub(in crate::markdown) const GRID: u16 = 1 << 8;
    /// `aria-expanded`: opens and closes what is described by it.
    pub(in crate::markdown) const OPENS: u16 = 1 << 9;
    /// An `<a>` that leads elsewhere: not one that names a place, or leads to one of the same page.
    pub(in crate::markdown) const LINK: u16 = 1 << 10;
    /// Not shown.
    pub(in crate::markdown) const HIDDEN: u16 = 1 << 3;
    /// Not read to those who cannot see: decoration, or closed for now.
    pub(in crate::markdown) const SILENT: u16 = 1 << 4;
    /// `role="heading"`.
    pub(in crate::markdown) const HEADING: u16 = 1 << 5;
}

/// Facts about an element, or the size of a text, in four bytes: there is one for every node.
///
/// Elements: [`says`] in 16 bits, [`role`] in 12, and how often class and id speak for and against
/// being the text, in 2 bits each. Texts: characters in 20 bits, commas in 11, and whether it is prose.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fact(u32);

const ROLES: u32 = 16;
const FOR: u32 = 28;
const AGAINST: u32 = 30;
const COMMAS: u32 = 20;
const PROSE: u32 = 1 << 31;

const _: () =
    assert!(says::DESCRIPTION < 1 << ROLES && (role::LINK as u32) < 1 << (FOR - ROLES), "no bit is used twice");

impl Fact {
    fn text(chars: u32, commas: u32) -> Self {
        Self(chars.min((1 << COMMAS) - 1) | commas.min(0x7FF) << COMMAS)
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
        self.0 >> COMMAS & 0x7FF
    }

    /// Texts: whether it is part of a sentence, of code, or of a text of some length.
    pub(super) fn is_prose(self) -> bool {
        self.0 & PROSE != 0
    }

    pub(super) fn set_prose(&mut self) {
        self.0 |= PROSE;
    }
}

/// Gathers the facts about every node.
pub(super) fn gather(document: &Document<'_>) -> Vec<Fact> {
    let mut facts: Vec<Fact> = (0..document.len())
        .map(|id| {
            let node = document.node(id);
            match node.tag {
                Tag::Text if node.has(flag::BLANK) => Fact::text(1, 0),
                Tag::Text => text(document.raw_text(id)),
                tag if tag.is(kind::UNSEEN) => Fact::default(),
                tag => element(document, id, tag),
            }
        })
        .collect();
    find_grids(document, &mut facts);
    facts
}

/// What was seen of a table so far.
struct OpenTable {
    id: NodeId,
    /// It says that it is data: a caption, a head, a header cell.
    declared: bool,
    rows: u32,
    /// Cells in the row that is read, and in each of the rows before.
    cells: u32,
    columns: u32,
    regular: bool,
}

impl OpenTable {
    fn new(id: NodeId) -> Self {
        Self { id, declared: false, rows: 0, cells: 0, columns: 0, regular: true }
    }

    fn end_row(&mut self) {
        if self.cells > 0 {
            self.regular &= self.rows == 0 || self.cells == self.columns;
            self.columns = self.cells;
            self.rows += 1;
        }
        self.cells = 0;
    }

    /// A grid of values has rows of equal length; a table that lays out a page has blocks in its cells.
    fn holds_data(mut self, has_blocks: bool) -> bool {
        self.end_row();
        self.declared || self.regular && !has_blocks && self.rows > 1 && self.columns > 1
    }
}

/// Marks the tables that hold data.
fn find_grids(document: &Document<'_>, facts: &mut [Fact]) {
    let mut open: Vec<OpenTable> = Vec::new();
    for id in 0..=document.len() {
        while open.last().is_some_and(|table| document.end(table.id) <= id) {
            let Some(table) = open.pop() else { break };
            let id = table.id;
            if table.holds_data(document.node(id).has(flag::HAS_BLOCK | flag::NESTED_TABLE)) {
                facts[id as usize].add_role(role::GRID);
            }
        }
        if id == document.len() {
            break;
        }
        let tag = document.tag(id);
        if tag == Tag::Table {
            let lays_out = document.attribute(id, "role").is_some_and(|role| role == "presentation" || role == "none");
            if !lays_out {
                open.push(OpenTable::new(id));
            }
        } else if let Some(table) = open.last_mut() {
            match tag {
                Tag::Caption | Tag::Thead => table.declared = true,
                Tag::Tr => table.end_row(),
                Tag::Th => {
                    table.declared = true;
                    table.cells += 1;
                }
                Tag::Td => table.cells += 1,
                _ => {}
            }
        }
    }
}

fn text(raw: &str) -> Fact {
    let bytes = raw.as_bytes();
    let count = |wanted: fn(u8) -> bool| bytes.iter().map(|&byte| u32::from(wanted(byte))).sum::<u32>();
    let mut commas = count(|byte| byte == b',');
    // White space counts once in a row.
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    let in_row: u32 = pairs.map(|(&one, &next)| u32::from(is_space(one) & is_space(next))).sum();
    let chars = count(|byte| byte & 0xC0 != 0x80) - in_row;
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
            5 if name.eq_ignore_ascii_case("class") => fact.add_name(names::read(value)),
            2 if name.eq_ignore_ascii_case("id") => {
                let found = names::read(value);
                if found != 0 && !is_anchor(document, id, value) {
                    fact.add_name(found);
                    // There is one element with an id: this is the column of the page, and no box of the text.
                    fact.add_name(if found & says::SIDEBAR != 0 { says::FOOTER } else { 0 });
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
            4 if tag == Tag::A && name.eq_ignore_ascii_case("href") => {
                let within = value.len() > 1 && value.starts_with('#');
                fact.add_role(if within { 0 } else { role::LINK });
            }
            4 if name.eq_ignore_ascii_case("role") => {
                fact.add_role(by_role(value));
                shown |= matches!(value, "region" | "tabpanel");
            }
            6 if name.eq_ignore_ascii_case("hidden") => {
                fact.add_role(if value == "until-found" { 0 } else { hidden });
            }
            9 if name.eq_ignore_ascii_case("aria-live") => fact.add_role(if value == "off" { 0 } else { role::LIVE }),
            11 if name.eq_ignore_ascii_case("aria-hidden") && value == "true" => fact.add_role(role::SILENT),
            13 if name.eq_ignore_ascii_case("aria-expanded") => fact.add_role(role::OPENS),
            10 if name.eq_ignore_ascii_case("aria-modal") && value == "true" => fact.add_role(role::CHROME),
            _ => {}
        }
    }
    if shown {
        fact.remove_role(role::HIDDEN);
    }
    fact
}

/// Whether an id is the text of a heading, or a part of it, made for links to it: it tells what the section
/// is about, not what it is for.
fn is_anchor(document: &Document<'_>, id: NodeId, value: &str) -> bool {
    /// How many nodes may come before the heading, and before the end of its text.
    const NEAR: NodeId = 8;
    /// No more letters are compared.
    const LONGEST: usize = 100;
    let mut near = id..document.end(id).min(id + NEAR);
    let Some(heading) = near.find(|&at| document.tag(at).is(kind::HEADING)) else { return false };
    let texts = (heading..document.end(heading).min(heading + NEAR)).filter(|&at| document.tag(at) == Tag::Text);
    let letters = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_alphanumeric()).take(LONGEST).flat_map(char::to_lowercase).collect()
    };
    let text: String = texts.map(|at| letters(document.raw_text(at))).collect();
    let value = letters(value);
    !text.is_empty() && (text.contains(&value) || value.contains(&text))
}

fn by_role(value: &str) -> u16 {
    match value {
        "main" => role::MAIN,
        "article" => role::ARTICLE,
        "heading" => role::HEADING,
        "navigation" | "search" | "dialog" | "alertdialog" | "menu" | "menubar" | "toolbar" | "tooltip" => role::CHROME,
        "banner" | "contentinfo" | "complementary" => role::EDGE,
        "grid" | "table" | "treegrid" => role::GRID,
        "alert" | "status" | "log" => role::LIVE,
        _ => 0,
    }
}

/// Sums over a subtree, without what was dropped from it. The lesser counts stop at their limit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) chars: u32,
    /// Characters inside links.
    pub(super) links: u32,
    /// Characters of prose, see [`Fact::is_prose`].
    pub(super) prose: u32,
    pub(super) commas: u16,
    pub(super) images: u16,
    /// Fields and buttons.
    pub(super) controls: u16,
}

impl Totals {
    fn add(&mut self, other: &Self) {
        self.chars += other.chars;
        self.links += other.links;
        self.prose += other.prose;
        self.commas = self.commas.saturating_add(other.commas);
        self.images = self.images.saturating_add(other.images);
        self.controls = self.controls.saturating_add(other.controls);
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
                prose: if fact.is_prose() { fact.chars() } else { 0 },
                ..Totals::default()
            }
        } else {
            let mut mine = open.pop_if(|(element, _)| *element == id).map(|(_, totals)| totals).unwrap_or_default();
            if node.tag.is(kind::UNSEEN) {
                continue;
            }
            count(node.tag, facts[id as usize], &mut mine);
            let dropped = drop(id, &mine);
            if id == ROOT {
                return mine;
            }
            if dropped {
                // What is left out around a field still says that there is one.
                Totals { controls: mine.controls, ..Totals::default() }
            } else {
                mine
            }
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

fn count(tag: Tag, fact: Fact, totals: &mut Totals) {
    match tag {
        Tag::A if fact.is(role::LINK) => totals.links = totals.chars,
        Tag::Img => totals.images = totals.images.saturating_add(1),
        Tag::Input | Tag::Button | Tag::Select | Tag::Textarea => totals.controls = totals.controls.saturating_add(1),
        _ => {}
    }
}
