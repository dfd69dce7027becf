//! Addresses: made absolute, and written so that Markdown reads them back.

use std::borrow::Cow;

use url::Url;

use super::document::{Document, ROOT};
use super::tag::Tag;

/// Resolves the addresses of one page.
#[derive(Debug)]
pub(super) struct Resolver {
    base: Option<Url>,
    /// Scheme and host, for addresses that begin with a slash.
    origin: String,
}

impl Resolver {
    /// Reads the page's `<base>`, which may itself be relative to the page's address.
    pub(super) fn new(document: &Document<'_>, page: Option<&Url>) -> Self {
        let head = document.first(ROOT, Tag::Head);
        let declared =
            head.and_then(|head| document.first(head, Tag::Base)).and_then(|base| document.attribute(base, "href"));
        let base = match (declared, page) {
            (Some(href), Some(page)) => page.join(href.trim()).ok().or_else(|| Some(page.clone())),
            (Some(href), None) => Url::parse(href.trim()).ok(),
            (None, page) => page.cloned(),
        };
        let origin = base
            .as_ref()
            .filter(|base| base.has_host())
            .map_or_else(String::new, |base| base[..url::Position::BeforePath].to_owned());
        Self { base, origin }
    }

    /// The absolute address, or the address as written where there is nothing to resolve against.
    /// A link within the page stays short.
    pub(super) fn resolve<'h>(&self, href: &'h str) -> Cow<'h, str> {
        let href = href.trim_matches(|character: char| character.is_ascii_whitespace());
        let Some(base) = &self.base else {
            return Cow::Borrowed(href);
        };
        if href.starts_with('#') || has_scheme(href) {
            return Cow::Borrowed(href);
        }
        let plain = !href.contains(['\\', '\n', '\t', '\r']) && !href.contains("./");
        if plain && href.starts_with('/') && !href.starts_with("//") && !self.origin.is_empty() {
            return Cow::Owned(format!("{}{href}", self.origin));
        }
        base.join(href).map_or(Cow::Borrowed(href), |url| Cow::Owned(url.into()))
    }
}

/// Whether an address names its scheme.
pub(super) fn has_scheme(href: &str) -> bool {
    let end = href.find(|character: char| !(character.is_ascii_alphanumeric() || "+-.".contains(character)));
    end.is_some_and(|end| end > 1 && href.as_bytes()[end] == b':' && href.as_bytes()[0].is_ascii_alphabetic())
}

/// Whether following the address would run a script.
pub(super) fn is_script(href: &str) -> bool {
    let scheme = href.trim_start().split(':').next().unwrap_or_default();
    scheme.len() < href.trim_start().len()
        && ["javascript", "vbscript"].iter().any(|name| scheme.eq_ignore_ascii_case(name))
}

/// Writes a link destination.
pub(super) fn write_destination(href: &str, in_table: bool, out: &mut String) {
    let simple = href.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/:.-_?=%#+,;@~!$'".contains(&byte));
    if simple && !href.is_empty() {
        out.push_str(href);
        return;
    }
    let bracketed = href.bytes().any(|byte| byte <= b' ' || byte == 0x7f) || href.starts_with('<') || !balanced(href);
    if bracketed {
        out.push('<');
    }
    for (at, character) in href.char_indices() {
        let rest = &href[at + character.len_utf8()..];
        let escaped = match character {
            '\\' => rest.starts_with(|next: char| next.is_ascii_punctuation()),
            '<' | '>' => bracketed,
            '&' => super::emit::forms_reference(rest),
            '|' => in_table,
            _ => false,
        };
        if escaped {
            out.push('\\');
        }
        match character {
            '\n' | '\r' => out.push_str("%0A"),
            _ => out.push(character),
        }
    }
    if bracketed {
        out.push('>');
    }
}

fn balanced(href: &str) -> bool {
    let mut depth = 0i32;
    for byte in href.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if !(0..=30).contains(&depth) {
            return false;
        }
    }
    depth == 0
}

/// Writes a link title, with the space in front. Its line breaks become spaces where it must be one
/// line, or where a line of it would mean something else.
pub(super) fn write_title(title: &str, in_table: bool, one_line: bool, out: &mut String) {
    let lines = title.strip_prefix('\n').unwrap_or(title);
    let lines = lines.strip_suffix('\n').unwrap_or(lines);
    let one_line = one_line || !lines.split('\n').all(|line| line.starts_with(char::is_alphabetic));
    out.push_str(" \"");
    for (at, character) in title.char_indices() {
        let rest = &title[at + character.len_utf8()..];
        match character {
            '\n' if !one_line => out.push('\n'),
            '\n' | '\r' => out.push(' '),
            '"' => out.push_str("\\\""),
            '\\' if rest.is_empty() || rest.starts_with(|next: char| next.is_ascii_punctuation()) => {
                out.push_str("\\\\");
            }
            '&' if super::emit::forms_reference(rest) => out.push_str("\\&"),
            '|' if in_table => out.push_str("\\|"),
            _ => out.push(character),
        }
    }
    out.push('"');
}
