//! Line numbers beside code: cells, elements or blocks that hold nothing but consecutive numbers, one for each line.

use super::{Emitter, table};
use crate::markdown::{
    document::{Document, NodeId, flag},
    tag::{Tag, kind},
    work,
};

/// How many nodes to look at from a block of numbers to the code beside it.
const LOOK: NodeId = 40;

/// A longer text is not asked whether it is numbers.
const LONGEST_GUTTER: usize = 20_000;

/// Class names of line numbers; whoever has one is still asked for digits.
const NAMES: [&str; 9] = [
    "lineno",
    "linenos",
    "line-number",
    "line-numbers",
    "line-numbers-rows",
    "gutter",
    "linenodiv",
    "linenumber",
    "react-syntax-highlighter-line-number",
];

/// Class names of numbers that are part of the code.
const LITERALS: [&str; 8] = ["number", "hljs-number", "mi", "mf", "m", "mh", "il", "pl-c1"];

/// Consecutive numbers with white space between them: the first, and how many they are.
fn numbers(text: &str) -> Option<(u64, usize)> {
    let mut words = text.split_whitespace();
    let first = number(words.next()?)?;
    let mut count = 1;
    for (word, expected) in words.zip(first + 1..) {
        if number(word)? != expected {
            return None;
        }
        count += 1;
    }
    Some((first, count))
}

fn number(word: &str) -> Option<u64> {
    let digits = word.strip_suffix(['.', ':']).unwrap_or(word);
    (digits.len() <= 7 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

fn line_count(code: &str) -> usize {
    code.trim_end().lines().count()
}

/// The cells with the code, if a table holds lines of code beside their numbers.
pub(super) fn code_cells(document: &Document<'_>, id: NodeId) -> Option<Vec<NodeId>> {
    let holds = |cell: NodeId, tag: Tag| document.first(cell, tag).is_some();
    let (mut found, mut last, mut only_pre, mut marked) = (Vec::new(), None::<u64>, true, true);
    let rows: Vec<NodeId> = table::sections(document, id).concat();
    for &row in &rows {
        work::step();
        let cells: Vec<NodeId> = table::cells(document, row).take(4).collect();
        let (&code, gutters) = cells.split_last()?;
        if gutters.is_empty() || cells.len() > 3 {
            return None;
        }
        for &gutter in gutters {
            marked &= document.attribute(gutter, "data-line-number").is_some();
            match begins_with_number(document, gutter) {
                None => continue,
                Some(false) => return None,
                Some(true) => {}
            }
            let text = document.inner_text_up_to(gutter, LONGEST_GUTTER);
            let (first, count) = numbers(&text)?;
            if last.is_some_and(|last| last + 1 != first) || count > 1 && rows.len() > 1 {
                return None;
            }
            last = Some(first + count as u64 - 1);
        }
        only_pre &= holds(code, Tag::Pre) || holds(code, Tag::Code) && is_only(document, code, Tag::Code);
        found.push(code);
    }
    let numbered = last.is_some() && only_pre || marked;
    let enough = rows.len() >= 2 || rows.len() == 1 && found.iter().any(|&code| holds(code, Tag::Pre));
    (numbered && enough).then_some(found)
}

/// Whether a cell has nothing but one element of a kind.
fn is_only(document: &Document<'_>, cell: NodeId, tag: Tag) -> bool {
    document.children(cell).all(|child| document.tag(child) == tag || document.node(child).has(flag::BLANK))
}

impl Emitter<'_, '_> {
    /// Whether a block holds the numbers of the lines of the code that follows.
    pub(super) fn is_gutter(&self, id: NodeId) -> bool {
        let document = self.document;
        if begins_with_number(document, id) != Some(true) {
            return false;
        }
        let end = document.end(id);
        let mut after = end..document.len().min(end + LOOK);
        let beside = after.find(|&node| document.tag(node) == Tag::Pre || is_text(document, node));
        let Some(code) = beside.filter(|&node| document.tag(node) == Tag::Pre) else { return false };
        let found = numbers(&document.inner_text_up_to(id, LONGEST_GUTTER));
        found.is_some_and(|(_, count)| count >= 2 && line_count(&self.preformatted(code)) == count)
    }
}

/// Whether the first text of an element is but numbers; none if there is no text near its start.
fn begins_with_number(document: &Document<'_>, id: NodeId) -> Option<bool> {
    let first = document.descendants(id).take(6).find(|&node| is_text(document, node))?;
    Some(numbers(document.raw_text(first)).is_some())
}

fn is_text(document: &Document<'_>, node: NodeId) -> bool {
    document.tag(node) == Tag::Text && !document.node(node).has(flag::BLANK)
}

/// Something in a block of code that holds only numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    start: usize,
    end: usize,
    first: u64,
    count: usize,
    /// Its class says what it is.
    named: bool,
}

/// Notes the element `id`, whose text is the end of `code` from `start` on, if it may hold line numbers.
pub(super) fn note(document: &Document<'_>, id: NodeId, code: &str, start: usize, found: &mut Vec<Numbers>) {
    let text = &code[start..];
    let inner = found.last().is_some_and(|last| last.start == start && last.end == code.len());
    if inner || text.len() > LONGEST_GUTTER || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return;
    }
    let class = document.attribute(id, "class").unwrap_or_default();
    let has = |names: &[&str]| class.split_ascii_whitespace().any(|word| names.contains(&word));
    let named = has(&NAMES);
    if has(&LITERALS) {
        return;
    }
    let (first, count) = match numbers(text) {
        Some(numbers) => numbers,
        // Numbers that are not consecutive, such as those of an excerpt.
        None if named && text.split_whitespace().all(|word| number(word).is_some()) => (0, 0),
        None => return,
    };
    while found.last().is_some_and(|last| last.start >= start) {
        found.pop();
    }
    found.push(Numbers { start, end: code.len(), first, count, named });
}

/// Takes line numbers out of a block of code.
pub(super) fn without_numbers(code: String, found: &[Numbers]) -> String {
    let mut gone: Vec<(usize, usize)> = Vec::new();
    let lines = line_count(&code);
    for numbers in found.iter().filter(|numbers| numbers.named || numbers.count >= 2) {
        // One for each line of the rest.
        let rest =
            line_count(&code[..numbers.start]) + line_count(code[numbers.end..].trim_start_matches(['\n', '\r']));
        if numbers.named || rest == numbers.count && lines > 0 {
            gone.push((numbers.start, numbers.end));
        }
    }
    if gone.is_empty() {
        gone = first_in_lines(&code, found);
    }
    let mut rest = String::with_capacity(code.len());
    let mut copied = 0;
    for (start, end) in gone {
        rest.push_str(&code[copied..start]);
        copied = end;
    }
    rest.push_str(&code[copied..]);
    // There is no code without its numbers: they are the code.
    if rest.trim().is_empty() {
        return code;
    }
    if copied == 0 {
        return rest;
    }
    let rest = rest.strip_prefix('\n').unwrap_or(&rest);
    let spaced = rest.lines().all(|line| line.trim().is_empty() || line.starts_with(' '));
    if spaced && found.iter().any(|numbers| numbers.count == 1) {
        let lines: Vec<&str> = rest.split('\n').map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        return lines.join("\n");
    }
    rest.to_owned()
}

/// The numbers with which all lines begin.
fn first_in_lines(code: &str, found: &[Numbers]) -> Vec<(usize, usize)> {
    let begins = |numbers: &&Numbers| {
        let line = code[..numbers.start].rfind('\n').map_or(0, |at| at + 1);
        numbers.count == 1 && code[line..numbers.start].trim().is_empty()
    };
    let first: Vec<&Numbers> = found.iter().filter(begins).collect();
    let consecutive = first.windows(2).all(|pair| pair[0].first + 1 == pair[1].first);
    if first.len() < 2 || !consecutive {
        return Vec::new();
    }
    let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
    let alone = |numbers: &&&Numbers| code[numbers.end..].trim_start_matches([' ', '\t']).starts_with('\n');
    if first.len() == lines {
        first.iter().map(|numbers| (numbers.start, numbers.end)).collect()
    } else if code[..first[0].start].trim().is_empty() && first.iter().filter(alone).count() == first.len() {
        // Each stands in a block of its own before its line.
        first
            .iter()
            .map(|numbers| (numbers.start, numbers.end + code[numbers.end..].find('\n').map_or(0, |at| at + 1)))
            .collect()
    } else {
        Vec::new()
    }
}

/// Whether an element is no part of the code it stands in.
pub(super) fn is_beside_code(document: &Document<'_>, id: NodeId) -> bool {
    let tag = document.tag(id);
    // In a drawing, styles and scripts are elements like others.
    let foreign = document.node(id).has(flag::FOREIGN)
        && ["style", "script"].iter().any(|name| document.name(id).eq_ignore_ascii_case(name));
    tag.is(kind::UNSEEN) || tag == Tag::Button || foreign
}
