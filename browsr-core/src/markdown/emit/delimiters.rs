//! Marks of emphasis, and whether Markdown reads them as they are meant.
//!
//! Read [`choose`] first. [`read`] follows the rules of
//! [CommonMark](https://spec.commonmark.org/0.31.2/#phase-2-inline-structure) for runs of delimiters, and
//! gives up at the first mark that would be paired with another one than its own.

use super::{
    emphasis::{Key, Kind},
    escape::is_punctuation,
};
use crate::markdown::work;

/// Text between a mark and its counterpart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) key: Key,
    /// The first and the last item of the row in it.
    pub(super) first: usize,
    pub(super) last: usize,
    /// Where it is in the text.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A mark to be written at a place of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) at: usize,
    pub(super) span: usize,
    pub(super) opens: bool,
}

/// How to choose between the two characters for emphasis.
#[derive(Clone, Copy, Debug)]
enum Preference {
    /// Stars outside, underscores inside stars.
    Alternate,
    Stars,
    UnderscoresFirst,
}

/// Finds characters for all marks so that they are read as meant, or the span to leave out.
pub(super) fn choose(text: &str, spans: &[Span], events: &[Event]) -> Result<Vec<char>, usize> {
    let mut unreadable = Vec::new();
    // Emphasis in its like inside of a word is not worth odd marks.
    let plain = !spans.iter().any(|span| span.key.repeats());
    let preferences = [Preference::Alternate, Preference::Stars, Preference::UnderscoresFirst];
    for preference in preferences.into_iter().take(if plain { 3 } else { 2 }) {
        let marks = characters(text, spans, events, preference);
        // Renderers differ in what they take for punctuation.
        match [is_punctuation, is_old_punctuation]
            .into_iter()
            .try_for_each(|rule| read(text, spans, events, &marks, rule))
        {
            Ok(()) => return Ok(marks),
            Err(span) => unreadable.push(span),
        }
    }
    // The less text loses its emphasis, the better.
    let shortest = unreadable.into_iter().min_by_key(|&span| spans[span].end - spans[span].start);
    Err(shortest.unwrap_or_default())
}

/// What is written for a mark.
pub(super) fn mark(spans: &[Span], marks: &[char], event: Event) -> String {
    match spans[event.span].key.kind {
        Kind::Html(name) if event.opens => format!("<{name}>"),
        Kind::Html(name) => format!("</{name}>"),
        kind => String::from(marks[event.span]).repeat(length(kind)),
    }
}

fn length(kind: Kind) -> usize {
    if kind == Kind::Emphasis { 1 } else { 2 }
}

fn characters(text: &str, spans: &[Span], events: &[Event], preference: Preference) -> Vec<char> {
    let mut marks = vec!['*'; spans.len()];
    let closing: Vec<usize> = {
        let mut closing = vec![0; spans.len()];
        for (index, event) in events.iter().enumerate().filter(|(_, event)| !event.opens) {
            closing[event.span] = index;
        }
        closing
    };
    let mut open: Vec<usize> = Vec::new();
    for (index, &event) in events.iter().enumerate() {
        let kind = spans[event.span].key.kind;
        if !event.opens {
            open.pop();
            continue;
        }
        marks[event.span] = match kind {
            Kind::Strikethrough => '~',
            Kind::Html(_) => '<',
            Kind::Emphasis | Kind::Strong => {
                let before = index.checked_sub(1).map(|index| events[index]).filter(|before| before.at == event.at);
                let word_before = before.is_none() && text[..event.at].chars().next_back().is_some_and(is_letter);
                let close = closing[event.span];
                let end = events[close].at;
                let touched = events.get(close + 1).is_some_and(|after| after.at == end);
                let word_after = !touched && text[end..].chars().next().is_some_and(is_letter);
                let outer = open.iter().rev().map(|&span| marks[span]).find(|&mark| matches!(mark, '*' | '_'));
                let touches_star = before.is_some_and(|before| marks[before.span] == '*');
                let underscore = match preference {
                    Preference::Alternate => touches_star || outer == Some('*'),
                    Preference::Stars => false,
                    Preference::UnderscoresFirst => outer != Some('_'),
                };
                if underscore && !word_before && !word_after { '_' } else { '*' }
            }
        };
        open.push(event.span);
    }
    marks
}

/// Whether a character is no punctuation by any rule, nor space.
fn is_letter(character: char) -> bool {
    !character.is_whitespace() && !is_old_punctuation(character)
}

/// Punctuation without symbols, as CommonMark had it before version 0.31.
fn is_old_punctuation(character: char) -> bool {
    character.is_ascii_punctuation()
        || matches!(character, '¡' | '§' | '«' | '¶' | '·' | '»' | '¿')
        || matches!(
            u32::from(character),
            0x2010..=0x2027 | 0x2030..=0x2043 | 0x2045..=0x2051 | 0x2053..=0x205e | 0x3001..=0x3003
                | 0x3008..=0x3011 | 0x3014..=0x301f | 0x3030 | 0x30fb | 0xff01..=0xff03 | 0xff05..=0xff0a
                | 0xff0c..=0xff0f | 0xff1a | 0xff1b | 0xff1f | 0xff20 | 0xff3b..=0xff3d | 0xff5b | 0xff5d
                | 0xff5f..=0xff65
        )
}

/// A run of one delimiter.
#[derive(Debug)]
struct Run {
    character: char,
    /// Its length as written.
    written: usize,
    opens: bool,
    closes: bool,
    /// Its marks that have no counterpart yet.
    marks: std::collections::VecDeque<Event>,
}

/// Reads the marks as Markdown does. The error is a span that is not read as meant.
fn read(
    text: &str,
    spans: &[Span],
    events: &[Event],
    marks: &[char],
    is_punctuation: fn(char) -> bool,
) -> Result<(), usize> {
    let kind = |event: Event| spans[event.span].key.kind;
    let mut open: Vec<Run> = Vec::new();
    let mut at = 0;
    while at < events.len() {
        work::step();
        let event = events[at];
        if matches!(kind(event), Kind::Html(_)) {
            at += 1;
            continue;
        }
        let character = marks[event.span];
        let same = |other: &&Event| other.at == event.at && marks[other.span] == character;
        let length_of_run = events[at..].iter().take_while(same).count();
        let next = events.get(at + length_of_run).filter(|next| next.at == event.at);
        let previous = at.checked_sub(1).map(|at| events[at]).filter(|previous| previous.at == event.at);
        // What stands beside the run: another mark, or text.
        let before = previous.map_or_else(|| text[..event.at].chars().next_back(), |_| Some('*'));
        let after = next.map_or_else(|| text[event.at..].chars().next(), |_| Some('*'));
        let space = |side: Option<char>| side.is_none_or(char::is_whitespace);
        let punctuation = |side: Option<char>| side.is_some_and(is_punctuation);
        let left = !space(after) && (!punctuation(after) || space(before) || punctuation(before));
        let right = !space(before) && (!punctuation(before) || space(after) || punctuation(after));
        let underscore = character == '_';
        let run_marks: std::collections::VecDeque<Event> = events[at..at + length_of_run].iter().copied().collect();
        let mut run = Run {
            character,
            written: run_marks.iter().map(|&event| length(kind(event))).sum(),
            opens: left && (!underscore || !right || punctuation(before)),
            closes: right && (!underscore || !left || punctuation(after)),
            marks: run_marks,
        };
        at += length_of_run;
        while run.closes
            && let Some(&closing) = run.marks.front()
            && let Some(found) = open.iter().rposition(|opener| may_pair(opener, &run))
        {
            if found + 1 < open.len() {
                return Err(open[found + 1].marks[0].span);
            }
            let opener = &mut open[found];
            let Some(&opening) = opener.marks.back() else { return Err(closing.span) };
            let rest = |marks: &std::collections::VecDeque<Event>| -> usize {
                marks.iter().map(|&event| length(kind(event))).sum()
            };
            let used = if character == '~' || rest(&opener.marks) >= 2 && rest(&run.marks) >= 2 { 2 } else { 1 };
            if opening.span != closing.span || closing.opens || !opening.opens || length(kind(closing)) != used {
                return Err(if closing.opens { opening.span } else { closing.span });
            }
            opener.marks.pop_back();
            run.marks.pop_front();
            if opener.marks.is_empty() {
                open.pop();
            }
        }
        match run.marks.front() {
            None => {}
            Some(&mark) if !mark.opens || !run.opens => return Err(mark.span),
            Some(_) => open.push(run),
        }
    }
    open.first().map_or(Ok(()), |run| Err(run.marks[0].span))
}

/// Whether Markdown would take a run for the counterpart of one before it.
fn may_pair(opener: &Run, closer: &Run) -> bool {
    if opener.character != closer.character {
        return false;
    }
    if closer.character == '~' {
        return opener.written == closer.written;
    }
    let either = opener.closes || closer.opens;
    let odd = (opener.written + closer.written).is_multiple_of(3) && !closer.written.is_multiple_of(3);
    !(either && odd)
}
