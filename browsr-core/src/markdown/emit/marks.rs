//! Emphasis, links and other marks around text.
//!
//! Read [`Mark`] first. Emphasis is noted with the text that has it, and its marks are written where
//! the block ends (see [`super::emphasis`]). A link opens when its first text comes and closes before the white space
//! that follows, so that it always touches text.

use super::{
    Close, Emitter, Walk,
    emphasis::{Key, Kind, Part, Piece, write_marks},
    writer::Block,
};
use crate::markdown::{
    document::{NodeId, flag},
    tag::{Tag, kind},
};

/// Deeper emphasis than this shows nothing new; its marks are left out.
const MAX_MARKS: usize = 16;

/// How often emphasis of one kind may be nested.
const MAX_REPEATS: u32 = 3;

/// How many nodes of a link to look at for a heading.
const LONGEST_CARD: usize = 64;

/// What an inline element means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Emphasis(Kind),
    /// No emphasis of this kind, whatever is around it.
    Without(Kind),
    Link,
}

/// An inline element that changes how its text is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) id: NodeId,
    pub(super) style: Style,
    pub(super) state: State,
    /// Means more inside of its like, as `<em>` and `<strong>` do.
    adds_up: bool,
    /// A link around a card: it goes to the heading of the card, not to the picture before it.
    for_heading: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Waits for text.
    Waiting,
    Open,
    /// Shows no marks, or none any more.
    Done,
}

impl Mark {
    /// Stands for the brackets of an image, so that brackets in its description are escaped.
    pub(super) fn inside_brackets(id: NodeId) -> Self {
        Self { id, style: Style::Link, state: State::Done, adds_up: false, for_heading: false }
    }
}

impl Emitter<'_, '_> {
    pub(super) fn mark(&mut self, id: NodeId, style: Style) -> Walk {
        let inside_link = style == Style::Link
            && self.marks.iter().any(|mark| mark.style == Style::Link && mark.state != State::Done);
        let state = if self.marks.len() < MAX_MARKS && !inside_link { State::Waiting } else { State::Done };
        let for_heading = style == Style::Link && self.has_heading(id);
        let adds_up = matches!(self.document.tag(id), Tag::Em | Tag::Strong);
        self.marks.push(Mark { id, style, state, adds_up, for_heading });
        self.flowing = false;
        self.push(id, Close::Mark)
    }

    /// An element that is drawn as an element of its kind is, unless its style says otherwise.
    pub(super) fn emphasis(&mut self, id: NodeId, kind: Kind) -> Walk {
        let plain = self.style_of(id).is_some_and(|style| drawn(&style, kind) == Some(false));
        self.mark(id, if plain { Style::Without(kind) } else { Style::Emphasis(kind) })
    }

    /// An element without a meaning of its own, whose style may draw it as emphasis.
    pub(super) fn styled(&mut self, id: NodeId) -> Walk {
        let Some(style) = self.style_of(id) else { return Walk::Into };
        for kind in [Kind::Strong, Kind::Emphasis, Kind::Strikethrough] {
            match drawn(&style, kind) {
                // Headings and terms are bold as they are.
                Some(true) if kind == Kind::Strong && self.is_bold_block() => {}
                Some(true) => {
                    self.mark(id, Style::Emphasis(kind));
                }
                Some(false) if self.marks.iter().any(|mark| mark.style == Style::Emphasis(kind)) => {
                    self.mark(id, Style::Without(kind));
                }
                _ => {}
            }
        }
        Walk::Into
    }

    /// The declarations in the `style` of an element, in lower case.
    fn style_of(&self, id: NodeId) -> Option<String> {
        if self.document.attributes(id).is_empty() {
            return None;
        }
        self.document.attribute(id, "style").map(|style| style.to_ascii_lowercase())
    }

    fn is_bold_block(&self) -> bool {
        let headed = |close: &Close| matches!(close, Close::Heading(_));
        self.open.iter().rev().any(|(_, close)| headed(close))
            || self.cell.is_some() && self.table.as_ref().is_some_and(|table| table.in_header())
    }

    /// Whether a link has a heading among its first few nodes.
    fn has_heading(&self, id: NodeId) -> bool {
        let has_block = self.document.node(id).has(flag::HAS_BLOCK);
        has_block
            && self.document.descendants(id).take(LONGEST_CARD).any(|node| self.document.tag(node).is(kind::HEADING))
    }

    pub(super) fn close_mark(&mut self) {
        if let Some(mark) = self.marks.pop() {
            if mark.style == Style::Link && mark.state == State::Open {
                self.end_link(mark.id);
            }
            self.flowing = false;
        }
    }

    /// Ends a block: its link closes, and its emphasis is written. Emphasis goes on in the next block, a link does not.
    pub(super) fn suspend_marks(&mut self) {
        for at in (0..self.marks.len()).rev() {
            let mark = self.marks[at];
            if mark.style == Style::Link && mark.state == State::Open {
                self.marks[at].state = State::Done;
                self.end_link(mark.id);
            }
        }
        if !self.pieces.is_empty() {
            write_marks(&mut self.out, std::mem::take(&mut self.pieces), &self.line_escapes);
        }
        self.line_escapes.clear();
    }

    /// The emphasis of text that comes now, the outermost first; inside a link only what is inside it too.
    pub(super) fn keys(&self) -> Vec<Key> {
        self.keys_inside(self.marks.len())
    }

    /// The emphasis of text that would come if only so many of the marks were there.
    fn keys_inside(&self, marks: usize) -> Vec<Key> {
        let marks = &self.marks[..marks];
        let mut keys: Vec<Key> = Vec::new();
        let mut before_link = 0;
        for mark in marks.iter().filter(|mark| mark.state != State::Done || mark.style == Style::Link) {
            match mark.style {
                Style::Link if mark.state == State::Open => before_link = keys.len(),
                Style::Link => {}
                Style::Emphasis(kind @ Kind::Html(_)) => keys.push(Key { kind, which: mark.id }),
                Style::Emphasis(kind) => {
                    let around = keys.iter().filter(|key| key.kind == kind).count();
                    let which = u32::try_from(around).unwrap_or(MAX_REPEATS);
                    // A bold element in bold text shows nothing.
                    let all_add_up = || {
                        let alike = |other: &&Mark| other.style == mark.style && other.state != State::Done;
                        marks.iter().filter(alike).all(|other| other.adds_up)
                    };
                    if which == 0 || which < MAX_REPEATS && all_add_up() {
                        keys.push(Key { kind, which });
                    }
                }
                Style::Without(kind) => {
                    let gone = keys[..before_link].iter().filter(|key| key.kind == kind).count();
                    keys.retain(|key| key.kind != kind);
                    before_link -= gone;
                }
            }
        }
        keys.split_off(before_link)
    }

    /// Takes the emphasis that ends inside of the open link from all of the link.
    pub(super) fn limit_link(&mut self) {
        let open = self.marks.iter().position(|mark| mark.style == Style::Link && mark.state == State::Open);
        let Some(link) = open else { return };
        for at in link..self.marks.len() {
            if let Style::Without(kind) = self.marks[at].style
                && let Some(piece) = self.pieces.iter_mut().rfind(|piece| piece.part == Part::LinkStart)
            {
                piece.keys.retain(|key| key.kind != kind);
            }
        }
    }

    /// Notes that a piece of the block begins here.
    pub(super) fn piece(&mut self, part: Part, keys: Vec<Key>) {
        let start = self.out.len();
        if keys.is_empty() && self.pieces.is_empty()
            || part == Part::Text && self.pieces.last().is_some_and(|last| last.part == part && last.keys == keys)
        {
            return;
        }
        self.pieces.push(Piece { start, part, keys });
    }

    /// Opens the link that waits for text.
    pub(super) fn open_links(&mut self) {
        let in_heading = matches!(self.context.last, Block::Heading(_));
        for at in 0..self.marks.len() {
            let Mark { style, state, for_heading, .. } = self.marks[at];
            if style == Style::Link && state == State::Waiting && (in_heading || !for_heading) {
                let keys = self.keys_inside(at);
                self.begin_link(keys);
                self.line_start = false;
                self.marks[at].state = State::Open;
            }
        }
    }
}

/// Whether a style says that text has emphasis of this kind, or has not.
fn drawn(style: &str, kind: Kind) -> Option<bool> {
    let property = match kind {
        Kind::Strong => "font-weight",
        Kind::Emphasis => "font-style",
        Kind::Strikethrough => "text-decoration",
        Kind::Html(_) => return None,
    };
    let declared = |declaration: &str| {
        let (name, value) = declaration.split_once(':')?;
        let name = name.trim();
        let matches = name == property || kind == Kind::Strikethrough && name == "text-decoration-line";
        matches.then(|| value.trim().trim_end_matches("!important").trim().to_owned())
    };
    let value = style.split(';').filter_map(declared).next_back()?;
    match (kind, value.as_str()) {
        (Kind::Strong, "bold" | "bolder") | (Kind::Emphasis, "italic" | "oblique") => Some(true),
        (Kind::Strong, "normal" | "lighter" | "initial") | (Kind::Emphasis, "normal" | "initial") => Some(false),
        (Kind::Strong, weight) => weight.parse::<u32>().ok().map(|weight| weight >= 600),
        // A line below does not end what is struck through around it.
        (Kind::Strikethrough, line) => line.contains("line-through").then_some(true),
        _ => None,
    }
}
