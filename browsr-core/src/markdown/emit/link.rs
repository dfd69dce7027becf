//! Links and images.

use std::fmt::Write as _;

use super::{
    Close, Emitter, Walk,
    emphasis::{Key, Part},
    image,
    marks::Style,
    writer::Block,
};
use crate::markdown::{
    document::NodeId,
    links::{has_scheme, is_script, write_destination, write_title},
    options::{ImageStyle, LinkStyle},
    tag::Tag,
};

/// The addresses of a reference-style document, in order of first use.
#[derive(Debug, Default)]
pub(super) struct References {
    numbers: std::collections::HashMap<String, usize>,
    targets: Vec<String>,
}

impl Emitter<'_, '_> {
    pub(super) fn link(&mut self, id: NodeId) -> Walk {
        let Some(href) = self.document.attribute(id, "href") else {
            return Walk::Into;
        };
        if self.links == LinkStyle::Text || is_script(&href) {
            return Walk::Into;
        }
        if self.is_permalink(id, &href) || self.leads_back(id, &href) {
            return Walk::Past;
        }
        if self.is_autolink(id, &href) {
            let text = self.document.inner_text(id);
            self.begin_atom("<");
            self.out.push_str(&text);
            self.out.push('>');
            self.end_atom();
            return Walk::Past;
        }
        let childless = self.document.end(id) == id + 1;
        if childless {
            let bare = crate::markdown::attribute::Attributes::new(self.document.attributes(id))
                .all(|(name, _)| name.eq_ignore_ascii_case("href") || name.eq_ignore_ascii_case("title"));
            if self.only_empty && bare {
                self.begin_atom("[");
                self.close_link(id);
                self.end_atom();
            }
            return Walk::Past;
        }
        self.mark(id, Style::Link)
    }

    /// A link in a heading that points to the heading itself.
    fn is_permalink(&self, id: NodeId, href: &str) -> bool {
        if !href.contains('#') {
            return false;
        }
        let in_heading = self.open.iter().rev().take(4).any(|(_, close)| matches!(close, Close::Heading(_)));
        in_heading && matches!(self.document.inner_text(id).as_str(), "#" | "¶" | "§" | "🔗" | "")
    }

    /// Whether the text of the link is its address, so that `<address>` says it all.
    fn is_autolink(&self, id: NodeId, href: &str) -> bool {
        if self.document.end(id) != id + 2 || self.document.tag(id + 1) != Tag::Text || self.cell.is_some() {
            return false;
        }
        let text = self.document.text(id + 1);
        let address = href == text
            || href.strip_prefix("mailto:").is_some_and(|address| address == text && address.contains('@'));
        address
            && (has_scheme(href) && !href.starts_with("mailto:") || href.len() > text.len())
            && !href.contains(|character: char| {
                character.is_whitespace() || matches!(character, '<' | '>' | '\\') || character.is_control()
            })
            && self.document.attribute(id, "title").is_none()
    }

    pub(super) fn begin_link(&mut self, keys: Vec<Key>) {
        // An exclamation mark in front would make the link an image.
        let before = self.out.strip_suffix('!').map(|rest| rest.len() - rest.trim_end_matches('\\').len());
        if before.is_some_and(|backslashes| backslashes % 2 == 0) {
            self.out.pop();
            self.out.push_str("\\!");
        }
        self.piece(Part::LinkStart, keys);
        self.out.push('[');
    }

    /// Ends an open link, before the no-break spaces at the end of its text.
    pub(super) fn end_link(&mut self, id: NodeId) {
        let end = self.out.trim_end_matches('\u{a0}').len();
        let tail = self.out.split_off(end);
        while self.pieces.last().is_some_and(|last| last.start > end) {
            self.pieces.pop();
        }
        self.piece(Part::LinkEnd, Vec::new());
        self.close_link(id);
        if !tail.is_empty() {
            let keys = self.keys();
            self.piece(Part::Space, keys);
            self.out.push_str(&tail);
        }
    }

    fn close_link(&mut self, id: NodeId) {
        let document = self.document;
        let href = document.attribute(id, "href").unwrap_or_default();
        let href = self.resolver.resolve(&href);
        let title = document.attribute(id, "title");
        let in_table = self.cell.is_some();
        let mut target = String::new();
        write_destination(&href, in_table, &mut target);
        if let Some(title) = title.filter(|title| !title.trim().is_empty()) {
            if target.is_empty() {
                target.push_str("<>");
            }
            let one_line = in_table
                || !self.prefix.is_empty()
                || self.context.last != Block::Paragraph
                || self.links == LinkStyle::Reference;
            write_title(&title, in_table, one_line, &mut target);
        }
        if self.links == LinkStyle::Reference {
            let next = self.references.targets.len() + 1;
            let number = *self.references.numbers.entry(target.clone()).or_insert(next);
            if number == next {
                self.references.targets.push(target);
            }
            let _ = write!(self.out, "][{number}]");
        } else {
            self.out.push_str("](");
            self.out.push_str(&target);
            self.out.push(')');
        }
    }

    pub(super) fn write_references(&mut self) {
        let targets = std::mem::take(&mut self.references.targets);
        if !targets.is_empty() {
            self.out.truncate(self.out.trim_end().len());
            self.out.push('\n');
        }
        for (at, target) in targets.iter().enumerate() {
            let target = if target.is_empty() { "<>" } else { target };
            let _ = write!(self.out, "\n[{}]: {target}", at + 1);
        }
    }

    pub(super) fn image(&mut self, id: NodeId) -> Walk {
        let document = self.document;
        let alt =
            document.attribute(id, "alt").map(|alt| crate::markdown::document::collapse(&alt)).unwrap_or_default();
        match self.images {
            ImageStyle::Drop => return Walk::Past,
            ImageStyle::Alt => {
                self.write_text(&alt, true);
                return Walk::Past;
            }
            ImageStyle::Keep => {}
        }
        let source = image::source(document, id);
        let embedded = source.starts_with("data:");
        if source.is_empty() {
            // An empty address would be that of the page. A main content is what is read, not what was to be seen.
            if self.keep_empty {
                self.write_text(&alt, true);
            }
            return Walk::Past;
        }
        if embedded && self.remove_base64_images && alt.is_empty() {
            return Walk::Past;
        }
        self.begin_atom("![");
        self.flowing = true;
        self.marks.push(super::marks::Mark::inside_brackets(id));
        self.write_text(&alt, true);
        self.marks.pop();
        if self.pending_space {
            self.pending_space = false;
        }
        self.out.push_str("](");
        let in_table = self.cell.is_some();
        if !(embedded && self.remove_base64_images) {
            write_destination(&self.resolver.resolve(&source), in_table, &mut self.out);
        }
        if let Some(title) = document.attribute(id, "title").filter(|title| !title.trim().is_empty()) {
            if self.out.ends_with('(') {
                self.out.push_str("<>");
            }
            write_title(&title, in_table, true, &mut self.out);
        }
        self.out.push(')');
        self.end_atom();
        Walk::Past
    }
}
