//! Bytes to tags and text, in one pass, without copying.
//!
//! Read [`Tokenizer::next`] first. Comments, doctypes and processing instructions vanish here;
//! character references stay as they are and are decoded when text is written.

use memchr::{memchr, memchr_iter, memchr3, memmem};

use super::{
    attribute::is_space,
    tag::{NameHash, Tag},
};

/// A piece of the source; every number is a byte offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Text { start: usize, end: usize },
    Start(StartTag),
    End { tag: Tag, start: usize, name_end: usize },
}

/// A start tag: `start` is where the name begins, `end` where the closing bracket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StartTag {
    pub(super) tag: Tag,
    pub(super) start: usize,
    pub(super) name_end: usize,
    pub(super) end: usize,
    pub(super) self_closing: bool,
}

/// A cursor over the source.
#[derive(Debug)]
pub(super) struct Tokenizer<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Tokenizer<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, at: 0 }
    }

    /// How far it has read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Reads on; `foreign` says that the open element is SVG or `MathML`, where CDATA counts.
    #[inline]
    pub(super) fn next(&mut self, foreign: bool) -> Option<Token> {
        let bytes = self.source.as_bytes();
        loop {
            let start = self.at;
            let mut at = start;
            // A bracket that opens nothing is text like any other.
            let markup = loop {
                let Some(found) = find_bracket(bytes.get(at..)?) else {
                    break bytes.len();
                };
                at += found;
                match bytes.get(at + 1) {
                    Some(byte) if byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?') => break at,
                    _ => at += 1,
                }
            };
            if markup == bytes.len() && start == markup {
                return None;
            }
            if markup > start || bytes[markup + 1] == b'/' && markup + 2 == bytes.len() {
                // `</` at the very end is text.
                let end = if markup > start { markup } else { bytes.len() };
                self.at = end;
                return Some(Token::Text { start, end });
            }
            match bytes[markup + 1] {
                b'/' if bytes[markup + 2].is_ascii_alphabetic() => return self.end_tag(markup + 2),
                b'/' if bytes[markup + 2] == b'>' => self.at = markup + 3,
                b'/' | b'?' => self.bogus_comment(markup + 2),
                b'!' => {
                    if let Some(token) = self.declaration(markup + 2, foreign) {
                        return Some(token);
                    }
                }
                _ => return self.start_tag(markup + 1),
            }
        }
    }

    fn bogus_comment(&mut self, from: usize) {
        let bytes = self.source.as_bytes();
        self.at = memchr(b'>', &bytes[from..]).map_or(bytes.len(), |length| from + length + 1);
    }

    /// A comment, a doctype, or a CDATA section; only the last has text.
    fn declaration(&mut self, from: usize, foreign: bool) -> Option<Token> {
        let rest = &self.source.as_bytes()[from..];
        if rest.starts_with(b"--") {
            self.comment(from + 2);
        } else if foreign && rest.starts_with(b"[CDATA[") {
            let start = from + 7;
            let length = memmem::find(&rest[7..], b"]]>");
            let end = length.map_or(self.source.len(), |length| start + length);
            self.at = (end + 3).min(self.source.len());
            return (start < end).then_some(Token::Text { start, end });
        } else {
            self.bogus_comment(from);
        }
        None
    }

    fn comment(&mut self, from: usize) {
        let rest = &self.source.as_bytes()[from..];
        if rest.starts_with(b">") {
            self.at = from + 1;
        } else if rest.starts_with(b"->") {
            self.at = from + 2;
        } else {
            let closed = memchr_iter(b'>', rest).find(|&end| {
                let before = &rest[..end];
                before.ends_with(b"--") || before.ends_with(b"--!")
            });
            self.at = closed.map_or(self.source.len(), |end| from + end + 1);
        }
    }

    fn name(&self, start: usize) -> (Tag, usize) {
        let bytes = self.source.as_bytes();
        let mut hash = NameHash::new();
        let mut at = start;
        while let Some(&byte) = bytes.get(at) {
            if is_space(byte) || byte == b'>' || byte == b'/' {
                break;
            }
            hash = hash.push(byte);
            at += 1;
        }
        (hash.tag(&bytes[start..at]), at)
    }

    fn start_tag(&mut self, start: usize) -> Option<Token> {
        let (tag, name_end) = self.name(start);
        let end = self.tag_end(name_end)?;
        self.at = end + 1;
        let self_closing = self.source.as_bytes()[end - 1] == b'/';
        Some(Token::Start(StartTag { tag, start, name_end, end, self_closing }))
    }

    fn end_tag(&mut self, start: usize) -> Option<Token> {
        let (tag, name_end) = self.name(start);
        let end = self.tag_end(name_end)?;
        self.at = end + 1;
        Some(Token::End { tag, start, name_end })
    }

    /// The closing bracket of the tag; a tag cut off by the end of the input vanishes.
    #[inline]
    fn tag_end(&mut self, from: usize) -> Option<usize> {
        let bytes = self.source.as_bytes();
        if bytes.get(from) == Some(&b'>') {
            return Some(from);
        }
        let mut region = from;
        let mut at = from;
        loop {
            let Some(found) = bytes.get(at..).and_then(|rest| memchr3(b'>', b'"', b'\'', rest)) else {
                self.at = bytes.len();
                return None;
            };
            at += found;
            if bytes[at] == b'>' {
                return Some(at);
            }
            if opens_value(&bytes[region..at]) {
                let Some(length) = memchr(bytes[at], &bytes[at + 1..]) else {
                    self.at = bytes.len();
                    return None;
                };
                at += length + 1;
                region = at + 1;
            }
            at += 1;
        }
    }

    /// The text of a raw-text element whose start tag was just read, up to its end tag.
    pub(super) fn raw_text(&mut self, tag: Tag) -> (usize, usize) {
        let start = self.at;
        let end = match tag {
            Tag::Plaintext => self.source.len(),
            Tag::Script => self.script_end(),
            _ => self.closing_tag(start, tag).unwrap_or(self.source.len()),
        };
        self.at = end;
        (start, end)
    }

    fn closing_tag(&self, from: usize, tag: Tag) -> Option<usize> {
        let rest = &self.source.as_bytes()[from..];
        memchr_iter(b'<', rest).find(|&at| closes(&rest[at..], tag)).map(|at| from + at)
    }

    /// A script that opens a comment and then writes a script tag ends after the second end tag.
    fn script_end(&self) -> usize {
        let bytes = self.source.as_bytes();
        let start = self.at;
        let Some(mut end) = self.closing_tag(start, Tag::Script) else {
            return bytes.len();
        };
        let mut from = start;
        loop {
            let Some(comment) = memmem::find(&bytes[from..end], b"<!--").map(|at| from + at) else {
                return end;
            };
            if let Some(closed) = memmem::find(&bytes[comment + 2..end], b"-->") {
                from = comment + 2 + closed + 3;
                continue;
            }
            let inner = memchr_iter(b'<', &bytes[comment..end]).any(|at| opens_script(&bytes[comment + at..]));
            if !inner {
                return end;
            }
            // The end tag found belongs to the inner script; the comment may close after it.
            let Some(next) = self.closing_tag(end + 2, Tag::Script) else {
                return end;
            };
            from = end;
            if memmem::find(&bytes[end..next], b"-->").is_none() {
                return next;
            }
            end = next;
        }
    }

    /// Skips one line feed, as HTML does after `<pre>` and `<textarea>`.
    pub(super) fn skip_newline(&mut self) {
        let rest = &self.source.as_bytes()[self.at..];
        self.at += if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
    }
}

/// The next opening bracket. Most tags follow another one at once or after a line break, where the
/// search would cost more than a look.
#[inline]
fn find_bracket(rest: &[u8]) -> Option<usize> {
    let near = rest.iter().take(3).position(|&byte| byte == b'<');
    near.or_else(|| memchr(b'<', rest))
}

/// Whether a quote after these bytes of a tag begins an attribute value: it follows an equals sign
/// that is not itself inside an unquoted value.
fn opens_value(before: &[u8]) -> bool {
    let trimmed = before.trim_ascii_end();
    let Some((b'=', name)) = trimmed.split_last() else {
        return false;
    };
    let name = name.trim_ascii_end();
    let word = name.iter().rev().take_while(|&&byte| !is_space(byte) && byte != b'=').count();
    word > 0 && name.len().checked_sub(word + 1).is_none_or(|at| name[at] != b'=')
}

fn closes(markup: &[u8], tag: Tag) -> bool {
    let name = tag.name().as_bytes();
    markup.get(1) == Some(&b'/')
        && markup.get(2..2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
        && markup.get(2 + name.len()).is_some_and(|&byte| is_space(byte) || matches!(byte, b'>' | b'/'))
}

fn opens_script(markup: &[u8]) -> bool {
    markup.get(1..7).is_some_and(|name| name.eq_ignore_ascii_case(b"script"))
        && markup.get(7).is_some_and(|&byte| is_space(byte) || matches!(byte, b'>' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(source: &str) -> Vec<String> {
        let mut tokenizer = Tokenizer::new(source);
        let mut all = Vec::new();
        while let Some(token) = tokenizer.next(false) {
            all.push(match token {
                Token::Text { start, end } => source[start..end].to_owned(),
                Token::Start(tag) => format!("<{}>", &source[tag.start..tag.end]),
                Token::End { start, name_end, .. } => format!("</{}>", &source[start..name_end]),
            });
        }
        all
    }

    #[test]
    fn tags_and_text_come_apart_in_order() {
        assert_eq!(tokens("a<b>c</b >d<br/>"), ["a", "<b>", "c", "</b>", "d", "<br/>"]);
        assert_eq!(tokens("1 < 2 <3 </ x>"), ["1 < 2 <3 "]);
        assert_eq!(tokens("<!doctype html><!-- <p> --><!--><p>"), ["<p>"]);
        assert_eq!(tokens("x<?php ?>y<p"), ["x", "y"]);
    }

    #[test]
    fn brackets_inside_quoted_values_do_not_end_a_tag() {
        assert_eq!(tokens("<a b=\"x>y\" c='>'>z"), ["<a b=\"x>y\" c='>'>", "z"]);
        assert_eq!(tokens("<a title=it's>z"), ["<a title=it's>", "z"]);
        assert_eq!(tokens("<a href=?x=\"1>z"), ["<a href=?x=\"1>", "z"]);
        assert_eq!(tokens("<p\">z"), ["<p\">", "z"]);
    }
}
