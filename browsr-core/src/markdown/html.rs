//! The chosen part of a page as clean HTML: what is shown, with the attributes that mean something.

use super::{
    attribute,
    crowd::{Piece, Pieces},
    document::{Document, NodeId, flag},
    links::Resolver,
    selection::Selection,
    tag::{Tag, kind},
    tokenizer::StartTag,
};

/// Attributes that are kept; addresses among them become absolute.
const ATTRIBUTES: &[&str] = &[
    "href", "src", "alt", "title", "start", "colspan", "rowspan", "align", "datetime", "cite", "lang", "dir", "type",
    "checked", "id",
];

/// Writes the selected part of a document.
pub(super) fn write(document: &Document<'_>, selection: &Selection, resolver: &Resolver) -> String {
    let mut writer = Writer { document, resolver, out: String::new(), open: Vec::new() };
    if document.crowded {
        writer.pieces();
        return writer.out;
    }
    for &root in &selection.roots {
        writer.walk(root, selection);
    }
    writer.out
}

struct Writer<'d, 'a> {
    document: &'d Document<'a>,
    resolver: &'d Resolver,
    out: String,
    open: Vec<(NodeId, &'static str)>,
}

impl Writer<'_, '_> {
    fn walk(&mut self, root: NodeId, selection: &Selection) {
        let document = self.document;
        let mut at = root;
        loop {
            while let Some(&(end, name)) = self.open.last()
                && end <= at
            {
                self.open.pop();
                self.tag("</", name);
            }
            if at >= document.end(root) {
                return;
            }
            let node = document.node(at);
            if node.tag == Tag::Text {
                self.text(document.raw_text(at), node.has(flag::RAW));
            } else if node.tag.is(kind::UNSEEN) || node.tag == Tag::Svg || selection.drops(at) {
                at = node.end;
                continue;
            } else if !is_bare(node.tag) {
                self.element(at, node.tag);
            }
            at += 1;
        }
    }

    /// A crowded page: its tags as they come, with the addresses of links.
    fn pieces(&mut self) {
        Pieces::new(self.document.source).each(&mut |piece| match piece {
            Piece::Text { text, raw } => self.text(text, raw),
            Piece::Start(StartTag { tag, .. }) | Piece::End(tag) if tag.is(kind::UNSEEN) || is_bare(tag) => {}
            Piece::Start(tag) if tag.tag == Tag::A => self.crowded_link(tag),
            Piece::Start(tag) => self.tag("<", tag.tag.name()),
            Piece::End(tag) => self.tag("</", tag.name()),
        });
    }

    fn crowded_link(&mut self, tag: StartTag) {
        self.out.push_str("<a");
        if let Some(href) = attribute::find(&self.document.source[tag.name_end..tag.end], "href") {
            self.attribute("href", &self.resolver.resolve(&href));
        }
        self.out.push('>');
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape(value, &mut self.out);
        self.out.push('"');
    }

    fn tag(&mut self, opening: &str, name: &str) {
        self.out.push_str(opening);
        self.out.push_str(name);
        self.out.push('>');
    }

    fn element(&mut self, id: NodeId, tag: Tag) {
        // A cell without its table would be lost when the HTML is read again.
        let loose = self.open.is_empty() && tag.is(kind::BLOCK) && !tag.is(kind::CLOSES_P) && !tag.is(kind::VOID);
        let element = if loose { Tag::Div.name() } else { tag.name() };
        self.out.push('<');
        self.out.push_str(element);
        for &name in ATTRIBUTES {
            if let Some(value) = self.document.attribute(id, name) {
                let value =
                    if matches!(name, "href" | "src") { self.resolver.resolve(&value) } else { value.as_ref().into() };
                self.attribute(name, &value);
            }
        }
        self.out.push('>');
        if !tag.is(kind::VOID) {
            self.open.push((self.document.end(id), element));
        }
    }

    fn text(&mut self, text: &str, raw: bool) {
        if raw {
            escape(text, &mut self.out);
        } else {
            // Character references stay as they were written.
            let mut rest = text;
            while let Some(at) = rest.find('<') {
                self.out.push_str(&rest[..at]);
                self.out.push_str("&lt;");
                rest = &rest[at + 1..];
            }
            self.out.push_str(rest);
        }
    }
}

/// Elements of which only the content is written.
fn is_bare(tag: Tag) -> bool {
    matches!(tag, Tag::Unknown | Tag::Html | Tag::Body)
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}
