//! Text inside a line: white space, character references, escapes.
//!
//! Read [`Emitter::prepare`] first: white space and links wait until something visible follows.

use super::{
    Emitter, Walk,
    emphasis::{LineEscape, Part, Piece},
    escape::{self, CLASSES, Class},
    marks::{State, Style},
    writer::Block,
};
use crate::markdown::{
    document::{NodeId, flag},
    entity::{self, Place},
};

impl Emitter<'_, '_> {
    /// Makes the output ready for visible inline content.
    pub(super) fn prepare(&mut self, part: Part) {
        if self.pending_breaks > 0 {
            self.write_breaks();
        }
        if !self.in_block {
            let block = self.upcoming;
            self.begin_block(block);
        } else if self.pending_space {
            self.write_space();
        }
        self.pending_space = false;
        self.flowing = true;
        if self.in_atom {
            return;
        }
        if self.marks.is_empty() {
            self.piece(part, Vec::new());
        } else {
            self.open_links();
            self.limit_link();
            let keys = self.keys();
            self.piece(part, keys);
        }
    }

    fn write_space(&mut self) {
        if !self.in_atom {
            let keys = std::mem::take(&mut self.space_keys);
            self.piece(Part::Space, keys);
        }
        self.out.push(' ');
    }

    /// Writes marks and other syntax that needs no escapes.
    pub(super) fn write(&mut self, text: &str) {
        if !self.flowing {
            self.prepare(Part::Text);
        }
        self.out.push_str(text);
        self.line_start = false;
    }

    /// Begins something that is written as a whole, such as code or an image.
    pub(super) fn begin_atom(&mut self, text: &str) {
        self.flowing = false;
        self.prepare(Part::Atom);
        self.in_atom = true;
        self.out.push_str(text);
        self.line_start = false;
    }

    pub(super) fn end_atom(&mut self) {
        self.in_atom = false;
        self.flowing = false;
    }

    pub(super) fn line_break(&mut self) -> Walk {
        if self.in_block {
            self.note_space();
            self.pending_breaks += 1;
            self.pending_space = false;
            self.flowing = false;
        }
        Walk::Past
    }

    fn write_breaks(&mut self) {
        if self.cell.is_some() {
            let keys = std::mem::take(&mut self.space_keys);
            self.piece(Part::Space, keys);
            self.out.push_str("<br>");
        } else if self.context.last != Block::Paragraph {
            self.pending_space = true;
        } else if self.pending_breaks == 1 {
            let keys = std::mem::take(&mut self.space_keys);
            self.piece(Part::Space, keys);
            self.out.push_str("  ");
            self.new_line();
            self.line_start = true;
            self.after_break = true;
            self.pending_space = false;
        } else {
            self.end_block();
        }
        self.pending_breaks = 0;
    }

    /// Keeps what follows apart from what stands before it on the same line.
    pub(super) fn space(&mut self) {
        if self.in_block {
            self.note_space();
            self.pending_space = true;
            self.flowing = false;
        }
    }

    /// Keeps in mind which emphasis the space has that is to be written.
    fn note_space(&mut self) {
        if !self.pending_space && self.pending_breaks == 0 {
            self.space_keys = if self.marks.is_empty() { Vec::new() } else { self.keys() };
        }
    }

    /// Writes a text node.
    pub(super) fn text(&mut self, id: NodeId) {
        let node = self.document.node(id);
        if node.has(flag::BLANK) {
            return self.space();
        }
        let raw = node.has(flag::RAW);
        self.write_text(self.document.raw_text(id), raw);
    }

    /// Writes text, decoding character references and escaping what Markdown would read.
    pub(super) fn write_text(&mut self, text: &str, raw: bool) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match CLASSES[bytes[at] as usize] {
                Class::Space => {
                    at += 1;
                    if at < bytes.len() && self.flowing && CLASSES[bytes[at] as usize] == Class::Plain {
                        self.out.push(' ');
                    } else {
                        self.space();
                    }
                }
                Class::Plain | Class::LineStart => {
                    let mut end = at + 1;
                    while end < bytes.len() && matches!(CLASSES[bytes[end] as usize], Class::Plain | Class::LineStart) {
                        end += 1;
                    }
                    self.plain(&text[at..end], &text[at..]);
                    at = end;
                }
                Class::Ampersand => {
                    let found = if raw { None } else { entity::reference(&text[at..], Place::Text) };
                    if let Some(((one, two), length)) = found {
                        at += length;
                        self.character(one, &text[at..]);
                        if let Some(two) = two {
                            self.character(two, &text[at..]);
                        }
                    } else {
                        at += 1;
                        self.character('&', &text[at..]);
                    }
                }
                Class::Special => {
                    at += self.special(&text[at..]);
                }
            }
        }
    }

    fn plain(&mut self, run: &str, rest: &str) {
        if !self.flowing {
            self.prepare(Part::Text);
        }
        if self.line_start {
            self.line_start = false;
            if CLASSES[rest.as_bytes()[0] as usize] == Class::LineStart
                && let Some(at) = escape::block_marker(rest, self.after_break)
                && at < run.len()
            {
                let line = self.out.len();
                self.line_escapes.push(LineEscape { line, at: line + at });
                self.out.push_str(&run[..at]);
                self.out.push('\\');
                self.out.push_str(&run[at..]);
                return;
            }
        }
        self.out.push_str(run);
    }

    /// Writes one decoded character.
    fn character(&mut self, character: char, rest: &str) {
        if character.is_ascii() {
            let byte = character as u8;
            match CLASSES[byte as usize] {
                Class::Space => return self.space(),
                Class::Special => return self.one_special(character, rest),
                Class::Ampersand => {
                    if !self.flowing {
                        self.prepare(Part::Text);
                    }
                    self.line_start = false;
                    if escape::forms_reference(rest) {
                        self.out.push('\\');
                    }
                    self.out.push('&');
                    return;
                }
                Class::LineStart if self.line_start || !self.flowing => {
                    // The run that decides about the escape is the decoded character and what follows.
                    let mut following = String::with_capacity(rest.len().min(40) + 1);
                    following.push(character);
                    following.extend(rest.chars().take(34));
                    return self.plain(&following[..1], &following);
                }
                Class::LineStart | Class::Plain => {}
            }
        }
        if !self.flowing {
            if character.is_whitespace() && self.in_block && self.pending_breaks == 0 && self.has_waiting_link() {
                // A link does not begin with a no-break space.
                if self.pending_space {
                    self.write_space();
                    self.pending_space = false;
                }
                let keys = self.keys();
                self.piece(Part::Space, keys);
                self.out.push(character);
                return;
            }
            self.prepare(Part::Text);
        }
        self.line_start = false;
        self.out.push(character);
    }

    pub(super) fn has_waiting_link(&self) -> bool {
        self.marks.iter().any(|mark| mark.style == Style::Link && mark.state == State::Waiting)
    }

    /// Writes a run of one special character; the answer is how many bytes were used.
    fn special(&mut self, rest: &str) -> usize {
        let first = rest.as_bytes()[0];
        // A bracket before another one means nothing.
        if rest.starts_with("<<") {
            return self.brackets(rest);
        }
        let run = match first {
            b'*' | b'_' | b'~' => rest.bytes().take_while(|&byte| byte == first).count(),
            _ => 1,
        };
        let after = &rest[run..];
        if run == 1 {
            self.one_special(char::from(first), after);
        } else {
            let escaped = self.needs_escape(char::from(first), after, run);
            if !self.flowing {
                self.prepare(Part::Text);
            }
            for _ in 0..run {
                if escaped {
                    self.out.push('\\');
                }
                self.out.push(char::from(first));
            }
            self.line_start = false;
        }
        run
    }

    /// Writes all brackets of a run but the last.
    fn brackets(&mut self, rest: &str) -> usize {
        if !self.flowing {
            self.prepare(Part::Text);
        }
        self.line_start = false;
        let length = rest.bytes().take_while(|&byte| byte == b'<').count() - 1;
        self.out.push_str(&rest[..length]);
        length
    }

    fn one_special(&mut self, character: char, after: &str) {
        let escaped = self.needs_escape(character, after, 1);
        if !self.flowing {
            self.prepare(Part::Text);
        }
        self.line_start = false;
        if escaped {
            self.out.push('\\');
        }
        self.out.push(character);
    }

    fn needs_escape(&self, character: char, after: &str, run: usize) -> bool {
        // A mark may come to stand where the text or its emphasis ends.
        let next = after.chars().next().filter(|next| !next.is_whitespace() || !after.trim_start().is_empty());
        let begins_piece = |piece: &Piece| self.out[piece.start..].trim_start().is_empty();
        let beside_mark = !self.flowing && (!self.marks.is_empty() || !self.pieces.is_empty())
            || self.pieces.last().is_some_and(begins_piece);
        let spaced_before = self.pending_space || !self.in_block || self.pending_breaks > 0 || self.line_start;
        let before = match (beside_mark, spaced_before) {
            (true, _) => Some('*'),
            (false, true) => None,
            (false, false) => self.out.chars().next_back(),
        };
        let is_space = |side: Option<char>| side.is_none_or(char::is_whitespace);
        let is_word = |side: Option<char>| side.is_some_and(char::is_alphanumeric);
        let starts_line = (!self.in_block || self.line_start || self.pending_breaks > 0) && self.cell.is_none();
        match character {
            '\\' => next.is_none_or(|next| next.is_ascii_punctuation()),
            '`' => true,
            '*' => starts_line || !(is_space(before) && next.is_some_and(char::is_whitespace)),
            '_' => {
                starts_line
                    || !(is_word(before) && is_word(next) || is_space(before) && next.is_some_and(char::is_whitespace))
            }
            '~' => run > 2 && starts_line || !is_space(before) || run > 1 || next.is_none(),
            '[' => {
                self.marks.iter().any(|mark| mark.style == Style::Link)
                    || next == Some('^')
                    || starts_line && ["[ ] ", "[x] ", "[X] "].iter().any(|task| after.starts_with(&task[1..]))
                    || next.is_none()
            }
            ']' => {
                self.marks.iter().any(|mark| mark.style == Style::Link)
                    || next.is_none_or(|next| matches!(next, '(' | '[' | ':'))
            }
            '<' => next.is_none_or(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?')),
            '|' => self.cell.is_some(),
            _ => false,
        }
    }
}
