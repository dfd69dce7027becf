//! The chosen part of a page as clean HTML: what is shown, with the attributes that mean something.

use super::{
    document::{Document, NodeId, flag},
    links::Resolver,
    selection::Selection,
    tag::{Tag, kind},
};

/// Attributes that are kept; addresses among them become absolute.
const ATTRIBUTES: &[&str] = &[
    "href", "src", "alt", "title", "start", "colspan", "rowspan", "align", "datetime", "cite", "lang", "dir", "type",
    "checked", "id",
];

/// Writes the selected part of a document.
pub(super) fn write(document: &Document<'_>, selection: &Selection, resolver: &Resolver) -> String {
    let mut writer =
        Writer { document, resolver, out: String::new(), open: Vec::new(), at_block_edge: true, preformatted_until: 0 };
    for &root in &selection.roots {
        writer.walk(root, selection);
    }
    writer.out
}

struct Writer<'d, 'a> {
    document: &'d Document<'a>,
    resolver: &'d Resolver,
    out: String,
    open: Vec<(NodeId, Tag)>,
    /// White space would show nowhere. There is such where what stood beside it was left out.
    at_block_edge: bool,
    preformatted_until: NodeId,
}

impl Writer<'_, '_> {
    fn walk(&mut self, root: NodeId, selection: &Selection) {
        let document = self.document;
        let mut at = root;
        loop {
            while let Some(&(end, tag)) = self.open.last()
                && end <= at
            {
                self.open.pop();
                self.at_block_edge |= tag.is(kind::BLOCK);
                self.tag("</", tag.name());
            }
            if at >= document.end(root) {
                return;
            }
            let node = document.node(at);
            if node.tag.is(kind::UNSEEN) || node.tag == Tag::Svg || selection.drops(at) {
                at = node.end;
                continue;
            } else if node.tag == Tag::Text {
                self.text(at);
            } else if !matches!(node.tag, Tag::Unknown | Tag::Html | Tag::Body) {
                self.element(at, node.tag);
            }
            at += 1;
        }
    }

    fn tag(&mut self, opening: &str, name: &str) {
        self.out.push_str(opening);
        self.out.push_str(name);
        self.out.push('>');
    }

    fn element(&mut self, id: NodeId, tag: Tag) {
        // A cell without its table would be lost when the HTML is read again.
        let loose = self.open.is_empty() && tag.is(kind::BLOCK) && !tag.is(kind::CLOSES_P) && !tag.is(kind::VOID);
        let element = if loose { Tag::Div } else { tag };
        self.out.push('<');
        self.out.push_str(element.name());
        for &name in ATTRIBUTES {
            if let Some(value) = self.document.attribute(id, name) {
                let value =
                    if matches!(name, "href" | "src") { self.resolver.resolve(&value) } else { value.as_ref().into() };
                self.out.push(' ');
                self.out.push_str(name);
                self.out.push_str("=\"");
                escape(&value, &mut self.out);
                self.out.push('"');
            }
        }
        self.out.push('>');
        self.at_block_edge = tag.is(kind::BLOCK) || tag == Tag::Br;
        if matches!(tag, Tag::Pre | Tag::Listing | Tag::Xmp | Tag::Plaintext) {
            self.preformatted_until = self.preformatted_until.max(self.document.end(id));
        }
        if !tag.is(kind::VOID) {
            self.open.push((self.document.end(id), element));
        }
    }

    fn text(&mut self, id: NodeId) {
        if self.document.node(id).has(flag::BLANK) && self.at_block_edge && id >= self.preformatted_until {
            return;
        }
        self.at_block_edge = false;
        if self.document.node(id).has(flag::RAW) {
            escape(self.document.raw_text(id), &mut self.out);
        } else {
            // Character references stay as they were written.
            let raw = self.document.raw_text(id);
            let mut rest = raw;
            while let Some(at) = rest.find('<') {
                self.out.push_str(&rest[..at]);
                self.out.push_str("&lt;");
                rest = &rest[at + 1..];
            }
            self.out.push_str(rest);
        }
    }
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
