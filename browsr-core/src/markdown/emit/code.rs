//! Code spans and code blocks.

use super::{Emitter, Walk, gutter, writer::Block};
use crate::markdown::{
    document::{NodeId, flag},
    tag::{Tag, kind},
};

/// An element around a block of code with longer attributes is not asked for its language.
const LONGEST_AROUND: usize = 1_000;

/// A code span that is longer is not joined with what follows, for the work that it is.
const LONGEST_JOINED: usize = 2_000;

/// A code span in the output.
#[derive(Debug)]
pub(super) struct CodeSpan {
    start: usize,
    end: usize,
    text: String,
}

impl Emitter<'_, '_> {
    pub(super) fn code_span(&mut self, id: NodeId) -> Walk {
        let mut code = self.preformatted(id);
        if code.contains(['\n', '\r']) {
            code = crate::markdown::document::collapse(&code);
        }
        if code.is_empty() {
            return Walk::Past;
        }
        self.write_code(code);
        Walk::Past
    }

    fn write_code(&mut self, mut code: String) {
        if self.cell.is_some() {
            code = code.replace('|', "\\|");
        }
        // The marks of two spans side by side would be read as one.
        let apart = self.pending_space || self.pending_breaks > 0 || self.has_waiting_link() || !self.in_block;
        let before = self.code.take().filter(|before| before.end == self.out.len() && !apart);
        if before.as_ref().is_some_and(|before| before.text.len() > LONGEST_JOINED) {
            self.space();
        }
        if let Some(before) = before.filter(|before| before.text.len() <= LONGEST_JOINED) {
            self.out.truncate(before.start);
            code.insert_str(0, &before.text);
            let keys = self.keys();
            if let Some(piece) = self.pieces.last_mut() {
                piece.keys.retain(|key| keys.contains(key));
            }
            self.in_atom = true;
        } else {
            self.begin_atom("");
        }
        let start = self.out.len();
        let fence = "`".repeat(shortest_unused_run(&code));
        let spaced = code.starts_with(' ') && code.ends_with(' ') && !code.trim_matches(' ').is_empty();
        let padding = if spaced || code.starts_with('`') || code.ends_with('`') { " " } else { "" };
        for part in [fence.as_str(), padding, code.as_str(), padding, fence.as_str()] {
            self.out.push_str(part);
        }
        self.end_atom();
        self.code = Some(CodeSpan { start, end: self.out.len(), text: code });
    }

    pub(super) fn code_block(&mut self, id: NodeId) -> Walk {
        let code = self.preformatted(id);
        let has_lines = !code.is_empty() || self.keep_empty && self.document.first(id, Tag::Text).is_some();
        if self.keep_empty || !code.trim().is_empty() {
            let language = self.language(id);
            self.write_code_block(code, &language, has_lines);
        }
        Walk::Past
    }

    fn write_code_block(&mut self, mut code: String, language: &str, has_lines: bool) {
        if code.ends_with('\n') {
            code.pop();
        }
        let fence = if language.contains('`') {
            "~".repeat(longest_run(&code, '~').max(2) + 1)
        } else {
            "`".repeat(longest_run(&code, '`').max(2) + 1)
        };
        self.begin_block(Block::Code);
        self.out.push_str(&fence);
        self.out.push_str(language);
        if has_lines {
            self.code_lines(&code);
        }
        self.new_line();
        self.out.push_str(&fence);
        self.end_block();
    }

    fn code_lines(&mut self, code: &str) {
        if self.prefix.is_empty() {
            self.out.push('\n');
            self.out.push_str(code);
            return;
        }
        for line in code.split('\n') {
            self.out.push('\n');
            if line.is_empty() {
                self.out.push_str(self.prefix.trim_end());
            } else {
                self.out.push_str(&self.prefix);
                self.out.push_str(line);
            }
        }
    }

    /// The text of an element with its white space, without line numbers.
    pub(super) fn preformatted(&self, id: NodeId) -> String {
        let document = self.document;
        let mut text = String::new();
        let mut numbers = Vec::new();
        let mut open: Vec<(NodeId, NodeId, usize)> = Vec::new();
        let mut at = id;
        loop {
            while let Some(&(end, element, start)) = open.last()
                && end <= at
            {
                open.pop();
                gutter::note(document, element, &text, start, &mut numbers);
            }
            if at >= document.end(id) {
                break;
            }
            let node = document.node(at);
            match node.tag {
                Tag::Text if self.selection.drops(at) => {}
                Tag::Text => {
                    let decoded = document.text(at);
                    if decoded.contains('\r') {
                        text.push_str(&decoded.replace("\r\n", "\n").replace('\r', "\n"));
                    } else {
                        text.push_str(&decoded);
                    }
                }
                Tag::Br => text.push('\n'),
                _ if at > id && (gutter::is_beside_code(document, at) || self.selection.drops(at)) => {
                    at = node.end;
                    continue;
                }
                // The cells of a row stand in one line.
                tag if at > id
                    && tag.is(kind::BLOCK)
                    && !matches!(tag, Tag::Td | Tag::Th)
                    && !node.has(flag::FLATTENED)
                    && !text.is_empty()
                    && !text.ends_with('\n') =>
                {
                    text.push('\n');
                }
                _ => {}
            }
            if at > id && node.end > at + 1 {
                open.push((node.end, at, text.len()));
            }
            at += 1;
        }
        if numbers.is_empty() { text } else { gutter::without_numbers(text, &numbers) }
    }

    /// Code in a cell keeps its lines as the cell keeps those of text.
    pub(super) fn code_in_cell(&mut self, id: NodeId) -> Walk {
        self.end_block();
        for line in self.preformatted(id).lines().filter(|line| !line.trim().is_empty()) {
            self.write_code(line.trim_end().to_owned());
            self.line_break();
        }
        self.end_block();
        Walk::Past
    }

    /// A table with lines of code beside their numbers.
    pub(super) fn code_table(&mut self, id: NodeId, cells: &[NodeId]) -> Walk {
        let mut code = String::new();
        for &cell in cells {
            let lines = self.preformatted(cell);
            code.push_str(lines.strip_suffix('\n').unwrap_or(&lines));
            code.push('\n');
        }
        let inner = cells.iter().find_map(|&cell| self.document.first(cell, Tag::Pre));
        let language = inner.map(|pre| self.language(pre)).filter(|language| !language.is_empty());
        let language = language.unwrap_or_else(|| self.language(id));
        self.write_code_block(code, &language, true);
        Walk::Past
    }

    /// The language that the class names of the block, or of what is right around it, give away.
    fn language(&self, id: NodeId) -> String {
        let document = self.document;
        // Line numbers may stand in an element of their own before the code.
        let inner = document.elements(id).take(2).filter(|&child| document.tag(child) == Tag::Code);
        let parent = document.parent(id);
        // What is around many blocks is read for each of them.
        let short = |&place: &NodeId| document.attributes(place).len() <= LONGEST_AROUND;
        let around = [parent, document.parent(parent)].into_iter().filter(short);
        let places = inner.chain([id]).chain(around);
        for place in places {
            for name in ["data-language", "data-lang", "class", "lang"] {
                if name == "lang" && document.tag(place) != Tag::Code && place != id {
                    continue;
                }
                let Some(value) = document.attribute(place, name) else { continue };
                let found = match name {
                    "class" if document.tag(place) == Tag::Figure => from_class(&value).or_else(|| from_figure(&value)),
                    "class" => from_class(&value),
                    "lang" if value.contains('-') || value.len() == 2 => None,
                    _ => Some(value.trim()).filter(|value| !value.is_empty() && !value.contains(char::is_whitespace)),
                };
                if let Some(language) = found {
                    return language.to_owned();
                }
            }
        }
        String::new()
    }
}

/// Hexo writes `highlight js` around the block.
fn from_figure(class: &str) -> Option<&str> {
    let language = class.strip_prefix("highlight ")?.split_ascii_whitespace().next()?;
    Some(language).filter(|language| !matches!(*language, "plaintext" | "plain" | "text"))
}

fn from_class(class: &str) -> Option<&str> {
    let mut words = class.split_ascii_whitespace();
    while let Some(word) = words.next() {
        for start in ["language-", "lang-", "highlight-source-", "brush:", "sourceCode-"] {
            if let Some(language) = word.strip_prefix(start) {
                let language = if language.is_empty() { words.next()? } else { language };
                let language = if start == "brush:" { language.trim_end_matches(';') } else { language };
                return Some(language).filter(|language| !matches!(*language, "plaintext" | "none" | "text" | ""));
            }
        }
        // Sphinx writes `highlight-python notranslate` around the block.
        if let Some(language) = word.strip_prefix("highlight-") {
            return Some(language).filter(|language| !matches!(*language, "default" | "text" | "none"));
        }
        if matches!(word, "hljs" | "sourceCode" | "prettyprint") {
            let next = words.clone().next();
            if let Some(language) = next.filter(|next| next.bytes().all(|byte| byte.is_ascii_lowercase())) {
                return Some(language).filter(|language| !matches!(*language, "linenums" | "copyable"));
            }
        }
    }
    None
}

fn longest_run(text: &str, of: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for character in text.chars() {
        run = if character == of { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// The length of the shortest backquote run that the text does not contain.
fn shortest_unused_run(text: &str) -> usize {
    let mut used = 0u64;
    let mut run = 0;
    for byte in text.bytes().chain([b' ']) {
        if byte == b'`' {
            run += 1;
        } else if run > 0 {
            used |= 1 << run.min(63);
            run = 0;
        }
    }
    if used == 0 { 1 } else { (1..63).find(|length| used & (1 << length) == 0).unwrap_or(text.len()) }
}
