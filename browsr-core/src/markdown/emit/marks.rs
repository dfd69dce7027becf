//! Emphasis, links and other marks around text.
//!
//! A mark opens when its first text comes and closes before the white space that follows, so that
//! it always touches text. Read [`Mark`] first.

use super::{Close, Emitter, Walk, escape::is_punctuation, writer::Block};
use crate::markdown::{
    document::{NodeId, flag},
    entity::{self, Place},
    tag::{Tag, kind},
    work,
};

/// Deeper emphasis than this shows nothing new; its marks are left out.
const MAX_MARKS: usize = 16;

/// How many nodes to look at for the character before or after the end of an element.
const LOOK: NodeId = 12;

/// How many nodes of a link to look at for a heading.
const LONGEST_CARD: usize = 64;

/// What an inline element means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Emphasis,
    Strong,
    Strikethrough,
    Html(&'static str),
    Link,
}

/// An inline element that puts marks around its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) id: NodeId,
    pub(super) style: Style,
    pub(super) state: State,
    /// The mark that opened it.
    delimiter: &'static str,
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
        Self { id, style: Style::Link, state: State::Done, delimiter: "", for_heading: false }
    }
}

impl Emitter<'_, '_> {
    pub(super) fn mark(&mut self, id: NodeId, style: Style) -> Walk {
        let state = if self.marks.len() < MAX_MARKS { State::Waiting } else { State::Done };
        let for_heading = style == Style::Link && self.has_heading(id);
        self.marks.push(Mark { id, style, state, delimiter: "", for_heading });
        self.flowing = false;
        self.push(id, Close::Mark)
    }

    /// Whether a link has a heading among its first few nodes.
    fn has_heading(&self, id: NodeId) -> bool {
        let has_block = self.document.node(id).has(flag::HAS_BLOCK);
        has_block
            && self.document.descendants(id).take(LONGEST_CARD).any(|node| self.document.tag(node).is(kind::HEADING))
    }

    pub(super) fn close_mark(&mut self, _end: NodeId) {
        if let Some(mark) = self.marks.pop()
            && mark.state == State::Open
        {
            self.write_closing(mark);
        }
    }

    /// Closes all marks where a block ends; emphasis goes on in the next block, a link does not.
    pub(super) fn suspend_marks(&mut self) {
        for at in (0..self.marks.len()).rev() {
            let mark = self.marks[at];
            if mark.state == State::Open {
                self.write_closing(mark);
                self.marks[at].state = if mark.style == Style::Link { State::Done } else { State::Waiting };
            }
        }
    }

    fn write_closing(&mut self, mark: Mark) {
        match mark.style {
            Style::Link => self.close_link(mark.id),
            Style::Html(name) => {
                self.out.push_str("</");
                self.out.push_str(name);
                self.out.push('>');
            }
            _ => {
                let moved = self.punctuation_to_move(mark);
                let tail = self.out.split_off(self.out.len() - moved);
                self.out.push_str(mark.delimiter);
                self.out.push_str(&tail);
            }
        }
    }

    /// A closing mark between punctuation and a letter would not close; the punctuation moves out.
    fn punctuation_to_move(&self, mark: Mark) -> usize {
        let trailing_space = self.out.len() - self.out.trim_end().len();
        if trailing_space > 0 {
            return trailing_space;
        }
        let last = self.out.chars().next_back();
        if last.is_some_and(may_move) && !self.pending_space && self.pending_breaks == 0 {
            let after = self.character_after(mark.id);
            if is_word(after) {
                let kept = self.out.trim_end_matches(may_move);
                let inside = kept.chars().next_back().is_some_and(|last| last != '\\' && !last.is_whitespace());
                if inside && !kept.ends_with(mark.delimiter) {
                    return self.out.len() - kept.len();
                }
            }
        }
        0
    }

    /// The first character after an element, if it stands in the same line.
    fn character_after(&self, id: NodeId) -> Option<char> {
        let document = self.document;
        let mut at = document.end(id);
        let mut inside = document.parent(id);
        for _ in 0..LOOK {
            work::step();
            while at >= document.end(inside) {
                work::step();
                if inside == 0 || document.tag(inside).is(kind::BLOCK) {
                    return None;
                }
                inside = document.parent(inside);
            }
            let node = document.node(at);
            match node.tag {
                Tag::Text => {
                    let text = document.raw_text(at);
                    if text.starts_with('&')
                        && let Some(((first, _), _)) = entity::reference(text, Place::Text)
                    {
                        return Some(first);
                    }
                    return text.chars().next();
                }
                Tag::Br => return None,
                tag if tag.is(kind::BLOCK) => return None,
                Tag::Img => return Some('!'),
                Tag::Code => return Some('`'),
                tag if tag.is(kind::UNSEEN) => at = node.end,
                _ => at += 1,
            }
        }
        None
    }

    /// The last visible character inside an element.
    fn last_character_of(&self, id: NodeId) -> Option<char> {
        let document = self.document;
        let mut at = document.end(id);
        let first = at.saturating_sub(LOOK).max(id + 1);
        while at > first {
            at -= 1;
            let node = document.node(at);
            match node.tag {
                Tag::Text if !node.has(flag::BLANK) => {
                    return document.raw_text(at).trim_ascii_end().chars().next_back();
                }
                Tag::Img => return Some(')'),
                _ => {}
            }
        }
        None
    }

    /// Opens the marks that wait, before text that begins with `next`.
    pub(super) fn open_marks(&mut self, next: char) {
        let before = self.out.chars().next_back().filter(|_| !self.at_line_start());
        for at in 0..self.marks.len() {
            let Mark { style, state, for_heading, .. } = self.marks[at];
            let in_heading = matches!(self.context.last, Block::Heading(_));
            if state != State::Waiting || for_heading && !in_heading {
                continue;
            }
            self.marks[at].state = State::Open;
            match style {
                Style::Link => self.begin_link(),
                Style::Html(name) => {
                    self.out.push('<');
                    self.out.push_str(name);
                    self.out.push('>');
                }
                _ => match self.delimiter_for(at, before, next) {
                    Some(delimiter) => {
                        self.marks[at].delimiter = delimiter;
                        self.out.push_str(delimiter);
                    }
                    None => self.marks[at].state = State::Done,
                },
            }
        }
    }

    /// Chooses marks that Markdown will read as emphasis between `before` and `next`; none if
    /// there are no such marks.
    fn delimiter_for(&self, at: usize, before: Option<char>, next: char) -> Option<&'static str> {
        let Mark { id, style, .. } = self.marks[at];
        let after = self.character_after(id);
        if is_word(before) && !is_word(Some(next)) {
            return None;
        }
        if is_word(after) {
            let last = self.last_character_of(id);
            if !is_word(last) && !last.is_some_and(may_move) {
                return None;
            }
        }
        if style == Style::Strikethrough {
            return Some("~~");
        }
        let outer = self.marks[..at].iter().rev().find(|mark| mark.state == State::Open);
        let touches_star = self.out.ends_with('*') && !self.out.ends_with("\\*");
        let prefers_underscore = touches_star || outer.is_some_and(|mark| mark.delimiter.starts_with('*'));
        let underscore_works = !is_word(before) && !is_word(after) && !self.out.ends_with('_');
        Some(match (prefers_underscore && underscore_works, style == Style::Strong) {
            (true, true) => "__",
            (true, false) => "_",
            (false, true) => "**",
            (false, false) => "*",
        })
    }
}

/// Whether emphasis next to this character must be careful: it is neither space nor punctuation.
fn is_word(character: Option<char>) -> bool {
    character.is_some_and(|character| !character.is_whitespace() && !is_punctuation(character))
}

/// Punctuation that reads the same just outside of the emphasis that it ended.
fn may_move(character: char) -> bool {
    matches!(character, '.' | ',' | ':' | ';' | '!' | '?')
}
