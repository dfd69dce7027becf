//! Emphasis: which marks are written around the text of a block, chosen when all of it is known.
//!
//! Read [`write_marks`] first. The text of a block is a row of [`Piece`]s, each with the emphasis
//! that it has. Neighbours with the same emphasis share their marks. Marks that Markdown would not
//! read as meant (see [`super::delimiters`]) are left out; the text stays.

use super::{
    delimiters::{self, Event, Span},
    escape::is_punctuation,
};
use crate::markdown::work;

/// After so many marks were left out of a row of them, all of the row are.
const MAX_OMISSIONS: usize = 12;

/// What an inline element means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Emphasis,
    Strong,
    Strikethrough,
    Html(&'static str),
}

/// A kind of emphasis, and which of those that are nested; elements of HTML are told apart by their node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) kind: Kind,
    pub(super) which: u32,
}

impl Key {
    /// Whether it is emphasis inside of its like.
    pub(super) fn repeats(self) -> bool {
        self.which > 0 && !matches!(self.kind, Kind::Html(_))
    }
}

/// What a piece of a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text,
    /// White space, or the end of a line.
    Space,
    /// Code, an image and the like: nothing in it can be moved.
    Atom,
    /// The opening bracket of a link, and all of its end.
    LinkStart,
    LinkEnd,
}

/// A piece of a block, from `start` to the next piece.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) part: Part,
    /// The emphasis around it, the outermost first; inside a link only what is inside it too.
    pub(super) keys: Vec<Key>,
}

/// A backslash that is not needed where a mark begins the line at `line`.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineEscape {
    pub(super) line: usize,
    pub(super) at: usize,
}

/// Writes the marks of a block whose text ends `out`.
pub(super) fn write_marks(out: &mut String, pieces: Vec<Piece>, escapes: &[LineEscape]) {
    if pieces.iter().all(|piece| piece.keys.is_empty()) {
        return;
    }
    let mut insertions: Vec<(usize, String)> = Vec::new();
    let (mut outside, mut inside) = (Vec::new(), Vec::new());
    let mut link: Option<Piece> = None;
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        work::step();
        let end = pieces.peek().map_or(out.len(), |next| next.start);
        match (piece.part, &link) {
            (Part::LinkStart, _) => link = Some(piece),
            (Part::LinkEnd, Some(start)) => {
                insertions.extend(marks_of(out, std::mem::take(&mut inside)));
                outside.push(Item { start: start.start, end, part: Part::Atom, keys: start.keys.clone() });
                link = None;
            }
            (part, in_link) => {
                let items = if in_link.is_some() { &mut inside } else { &mut outside };
                items.push(Item { start: piece.start, end, part, keys: piece.keys });
            }
        }
    }
    insertions.extend(marks_of(out, outside));
    insertions.sort_by_key(|&(at, _)| at);
    splice(out, &insertions, escapes);
}

/// Puts the insertions in, and takes needless escapes out.
fn splice(out: &mut String, insertions: &[(usize, String)], escapes: &[LineEscape]) {
    let Some(&(first, _)) = insertions.first() else { return };
    let old = out.split_off(first);
    let needless = |escape: &&LineEscape| insertions.binary_search_by_key(&escape.line, |&(at, _)| at).is_ok();
    let mut escapes = escapes.iter().filter(needless).peekable();
    let mut copied = first;
    for (at, text) in insertions {
        while let Some(escape) = escapes.next_if(|escape| escape.at < *at) {
            out.push_str(&old[copied - first..escape.at - first]);
            copied = escape.at + 1;
        }
        out.push_str(&old[copied - first..at - first]);
        out.push_str(text);
        copied = *at;
    }
    for escape in escapes {
        out.push_str(&old[copied - first..escape.at - first]);
        copied = escape.at + 1;
    }
    out.push_str(&old[copied - first..]);
}

/// A piece with its end.
#[derive(Clone, Debug)]
struct Item {
    start: usize,
    end: usize,
    part: Part,
    keys: Vec<Key>,
}

impl Item {
    fn touches(&self, next: &Self) -> bool {
        self.end == next.start && self.part != Part::Space && next.part != Part::Space
    }
}

/// The marks for a text without links, or for the text of one link.
fn marks_of(text: &str, items: Vec<Item>) -> Vec<(usize, String)> {
    if items.iter().all(|item| item.keys.is_empty()) {
        return Vec::new();
    }
    let items = with_moved_punctuation(text, with_emphasized_space(without_outer_space(text, items)));
    let mut insertions = Vec::new();
    for row in items.split(|item| item.keys.is_empty()).filter(|row| !row.is_empty()) {
        row_marks(text, row.to_vec(), &mut insertions);
    }
    insertions
}

/// Sets the white space at the ends of every text apart, as items of their own.
fn without_outer_space(text: &str, items: Vec<Item>) -> Vec<Item> {
    let mut apart: Vec<Item> = Vec::with_capacity(items.len());
    for item in items {
        let content = &text[item.start..item.end];
        let (mut from, mut to) = (item.start, item.end);
        match item.part {
            Part::Text => {
                from = item.end - content.trim_start().len();
                to = from.max(item.start + content.trim_end().len());
            }
            Part::Space => to = item.start,
            _ => {}
        }
        let space = |start, end| Item { start, end, part: Part::Space, keys: item.keys.clone() };
        let ends = if item.part == Part::Space {
            [Some(space(item.start, item.end)), None, None]
        } else {
            let kept = Item { start: from, end: to, ..item.clone() };
            [Some(space(item.start, from)), Some(kept), Some(space(to, item.end))]
        };
        for part in ends.into_iter().flatten().filter(|part| part.start < part.end) {
            match apart.last_mut() {
                Some(last) if last.part == Part::Space && part.part == Part::Space => {
                    last.end = part.end;
                    last.keys.retain(|key| part.keys.contains(key));
                }
                _ => apart.push(part),
            }
        }
    }
    apart
}

/// Space has the emphasis that it shares with what is on both sides of it, so that no mark stands beside it.
fn with_emphasized_space(mut items: Vec<Item>) -> Vec<Item> {
    for at in 0..items.len() {
        if items[at].part == Part::Space {
            let (before, after) = (at.checked_sub(1).map(|at| &items[at]), items.get(at + 1));
            let shared = match (before, after) {
                (Some(before), Some(after)) => {
                    let in_all = |key: &&Key| items[at].keys.contains(key) && after.keys.contains(key);
                    before.keys.iter().filter(in_all).copied().collect()
                }
                _ => Vec::new(),
            };
            items[at].keys = shared;
        }
    }
    items
}

/// A mark between punctuation and a letter would not be one: the punctuation moves out of the emphasis.
fn with_moved_punctuation(text: &str, items: Vec<Item>) -> Vec<Item> {
    let mut moved: Vec<Item> = Vec::with_capacity(items.len());
    let mut items = items.into_iter().peekable();
    while let Some(mut item) = items.next() {
        if item.part == Part::Text && !item.keys.is_empty() {
            let content = &text[item.start..item.end];
            let before = moved.last().filter(|last| last.touches(&item));
            let outer_keys = before.map_or(&[][..], |before| &before.keys);
            let word_before = before.map_or_else(
                || moved.is_empty() && text[..item.start].chars().next_back().is_some_and(is_word),
                |before| text[..before.end].chars().next_back().is_some_and(is_word),
            );
            let rest = content.trim_start_matches(opens_quote);
            if word_before
                && ends_between(&item.keys, outer_keys)
                && rest.len() < content.len()
                && rest.starts_with(is_word)
            {
                let middle = item.end - rest.len();
                let keys = shared(&item.keys, outer_keys);
                moved.push(Item { start: item.start, end: middle, part: Part::Text, keys });
                item.start = middle;
            }
            let content = &text[item.start..item.end];
            let next = items.peek().filter(|next| item.touches(next));
            if let Some(next) = next
                && text[next.start..].starts_with(is_word)
                && ends_between(&item.keys, &next.keys)
            {
                let rest = content.trim_end_matches(closes_phrase);
                if rest.len() < content.len() && rest.ends_with(is_word) {
                    let middle = item.start + rest.len();
                    let tail = Item { start: middle, keys: shared(&item.keys, &next.keys), ..item };
                    item.end = middle;
                    moved.push(item);
                    moved.push(tail);
                    continue;
                }
            }
        }
        moved.push(item);
    }
    moved
}

fn shared(keys: &[Key], others: &[Key]) -> Vec<Key> {
    keys.iter().filter(|key| others.contains(key)).copied().collect()
}

/// Whether a mark of Markdown stands between texts with these keys.
fn ends_between(keys: &[Key], others: &[Key]) -> bool {
    keys.iter().any(|key| !matches!(key.kind, Kind::Html(_)) && !others.contains(key))
}

fn is_word(character: char) -> bool {
    !character.is_whitespace() && !is_punctuation(character)
}

/// Punctuation that reads the same just outside of the emphasis that it ends.
fn closes_phrase(character: char) -> bool {
    matches!(character, '.' | ',' | ':' | ';' | '!' | '?' | ')' | '"' | '\'' | '…' | '”' | '’' | '»')
        || "。，、：；！？．）」』》】〉".contains(character)
}

/// Punctuation that reads the same just outside of the emphasis that it begins.
fn opens_quote(character: char) -> bool {
    matches!(character, '(' | '"' | '\'' | '“' | '‘' | '„' | '«' | '¿' | '¡') || "（「『《【〈".contains(character)
}

/// Chooses the marks of a row of items that all have emphasis.
fn row_marks(text: &str, mut row: Vec<Item>, insertions: &mut Vec<(usize, String)>) {
    for omitted in 0..=MAX_OMISSIONS {
        if omitted == MAX_OMISSIONS {
            for item in &mut row {
                item.keys.retain(|key| matches!(key.kind, Kind::Html(_)));
            }
        }
        let (spans, events) = spans_of(&row);
        match delimiters::choose(text, &spans, &events) {
            Ok(marks) => {
                insertions.extend(events.iter().map(|event| (event.at, delimiters::mark(&spans, &marks, *event))));
                return;
            }
            // Emphasis inside of its like goes first: it shows least.
            Err(_) if omitted == 0 && spans.iter().any(|span| span.key.repeats()) => {
                for item in &mut row {
                    item.keys.retain(|key| !key.repeats());
                }
            }
            Err(unreadable) => {
                let Span { key, first, last, .. } = spans[unreadable];
                for item in &mut row[first..=last] {
                    item.keys.retain(|&other| other != key);
                }
            }
        }
    }
}

/// Nests the emphasis of a row: what lasts longest is outside, and of equals what the page has outside.
fn spans_of(row: &[Item]) -> (Vec<Span>, Vec<Event>) {
    let mut ends: Vec<Vec<usize>> = vec![Vec::new(); row.len()];
    for at in (0..row.len()).rev() {
        work::step();
        let following = row.get(at + 1);
        ends[at] = row[at]
            .keys
            .iter()
            .map(|key| {
                let next = following.and_then(|next| next.keys.iter().position(|other| other == key));
                next.map_or(at, |place| ends[at + 1][place])
            })
            .collect();
    }
    let (mut spans, mut events): (Vec<Span>, Vec<Event>) = (Vec::new(), Vec::new());
    let mut open: Vec<usize> = Vec::new();
    for (at, item) in row.iter().enumerate() {
        let kept = open.iter().position(|&span| !item.keys.contains(&spans[span].key)).unwrap_or(open.len());
        for span in open.drain(kept..).rev() {
            let end = row[at - 1].end;
            (spans[span].last, spans[span].end) = (at - 1, end);
            events.push(Event { at: end, span, opens: false });
        }
        if item.part == Part::Space {
            continue;
        }
        let mut new: Vec<usize> = (0..item.keys.len())
            .filter(|&place| !open.iter().any(|&span| spans[span].key == item.keys[place]))
            .collect();
        new.sort_by_key(|&place| std::cmp::Reverse(ends[at][place]));
        for place in new {
            events.push(Event { at: item.start, span: spans.len(), opens: true });
            open.push(spans.len());
            spans.push(Span { key: item.keys[place], first: at, last: at, start: item.start, end: item.end });
        }
    }
    if let Some(last) = row.last() {
        for span in open.drain(..).rev() {
            (spans[span].last, spans[span].end) = (row.len() - 1, last.end);
            events.push(Event { at: last.end, span, opens: false });
        }
    }
    (spans, events)
}
