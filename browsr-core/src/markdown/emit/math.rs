//! Formulas as TeX between dollar signs, where the page has their TeX.

use super::{Emitter, Walk, writer::Block};
use crate::markdown::{
    document::{Document, NodeId, ROOT, collapse},
    tag::Tag,
};

/// Classes of what scripts draw beside the formula itself.
const DRAWN: [&str; 5] = ["katex-html", "MathJax", "MathJax_Preview", "MathJax_Display", "MathJax_SVG"];

/// Whether a page has formulas, so that what was drawn for them needs to be looked for.
pub(super) fn has_formulas(document: &Document<'_>) -> bool {
    document.descendants(ROOT).any(|id| match document.tag(id) {
        Tag::Math => true,
        Tag::Script => is_tex(document, id),
        _ => false,
    })
}

fn is_tex(document: &Document<'_>, script: NodeId) -> bool {
    document.attribute(script, "type").is_some_and(|kind| kind.starts_with("math/tex"))
}

impl Emitter<'_, '_> {
    pub(super) fn is_drawn_formula(&self, id: NodeId) -> bool {
        let class = self.document.attribute(id, "class");
        class.is_some_and(|class| class.split_ascii_whitespace().any(|word| DRAWN.contains(&word)))
    }

    /// A script that holds a formula, as `MathJax` writes them.
    pub(super) fn tex_script(&mut self, id: NodeId) -> Walk {
        if self.has_formulas && is_tex(self.document, id) {
            let display = self.document.attribute(id, "type").is_some_and(|kind| kind.contains("mode=display"));
            self.formula(self.document.raw_content(id).trim().to_owned(), display);
        }
        Walk::Past
    }

    /// A formula in `MathML`: its TeX annotation, or its own text without one.
    pub(super) fn math(&mut self, id: NodeId) -> Walk {
        let document = self.document;
        let is_tex = |node: NodeId| {
            document.attribute(node, "encoding").is_some_and(|name| name.to_ascii_lowercase().ends_with("tex"))
        };
        let annotation = document.descendants(id).find(|&node| document.tag(node) == Tag::Annotation && is_tex(node));
        let tex = annotation
            .and_then(|node| document.children(node).find(|&child| document.tag(child) == Tag::Text))
            .map(|text| collapse(&document.text(text)))
            .or_else(|| document.attribute(id, "alttext").map(|text| collapse(&text)));
        let Some(tex) = tex.filter(|tex| !tex.is_empty()) else {
            return Walk::Into;
        };
        let display = document.attribute(id, "display").is_some_and(|display| display == "block");
        // Wikipedia's scripts wrap what they render in a style of their own.
        let tex = tex.strip_prefix("{\\displaystyle ").and_then(|tex| tex.strip_suffix('}')).unwrap_or(&tex).trim();
        self.formula(tex.to_owned(), display);
        Walk::Past
    }

    fn formula(&mut self, tex: String, display: bool) {
        let tex = if self.cell.is_some() { tex.replace('|', "\\|") } else { tex };
        if display && self.cell.is_none() {
            self.end_block();
            self.begin_block(Block::Code);
            self.out.push_str("$$");
            for line in tex.lines().filter(|line| !line.trim().is_empty()) {
                self.new_line();
                self.out.push_str(line);
            }
            self.new_line();
            self.out.push_str("$$");
            self.end_block();
        } else {
            self.begin_atom("$");
            self.out.push_str(&collapse(&tex));
            self.out.push('$');
            self.end_atom();
        }
    }
}
