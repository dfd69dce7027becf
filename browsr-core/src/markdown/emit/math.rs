//! Formulas: as TeX between dollar signs, where the page has their TeX, else as their text.
//!
//! Read [`Emitter::formula_element`] first. Scripts and wikis write a formula several times: as TeX, as `MathML` for
//! screen readers, as a picture, and drawn by many small elements. Only one of these is written.

use memchr::memmem;

use super::{Emitter, Walk, writer::Block};
use crate::markdown::{
    document::{Document, NodeId, collapse, flag},
    tag::Tag,
};

/// Classes of elements that hold all forms of one formula.
const CONTAINERS: [&str; 10] = [
    "katex",
    "katex-display",
    "MathJax",
    "MathJax_Display",
    "MathJax_SVG",
    "MathJax_SVG_Display",
    "MathJax_CHTML",
    "MathJax_CHTML_Display",
    "MathJax_Preview",
    "mwe-math-element",
];

/// Attributes that hold the TeX of what is drawn inside.
const SOURCES: [&str; 4] = ["data-latex", "data-math", "data-tex", "data-tex-source"];

/// An element with more nodes holds more than one formula.
const LARGEST_FORMULA: NodeId = 3_000;

/// Whether a page may have formulas, so that they need to be looked for. Scripts and styles are passed over.
pub(super) fn has_formulas(document: &Document<'_>) -> bool {
    let source = document.source.as_bytes();
    let hints = [memmem::Finder::new("math"), memmem::Finder::new("latex")];
    let has = |part: &[u8]| hints.iter().any(|hint| hint.find(part).is_some());
    let mut from = 0;
    for node in document.nodes.iter().filter(|node| node.has(flag::RAW)) {
        let (start, stop) = (node.start as usize, node.stop as usize);
        if start >= from && has(&source[from..start]) {
            return true;
        }
        from = from.max(stop);
    }
    has(&source[from..])
}

fn is_tex(document: &Document<'_>, script: NodeId) -> bool {
    document.attribute(script, "type").is_some_and(|kind| kind.starts_with("math/tex"))
}

/// Whether the attributes are worth reading.
fn has_hint(attributes: &str) -> bool {
    let attributes = attributes.as_bytes();
    ["ath", "atex", "data-tex"].iter().any(|hint| memmem::find(attributes, hint.as_bytes()).is_some())
}

/// A formula as TeX, without what only says that it is one; none if nothing is left.
fn plain_tex(tex: &str) -> Option<String> {
    let mut tex = tex.trim();
    for (start, end) in
        [("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"), ("$", "$"), ("{\\displaystyle ", "}"), ("{\\textstyle ", "}")]
    {
        if let Some(inner) = tex.strip_prefix(start).and_then(|tex| tex.strip_suffix(end)) {
            tex = inner.trim();
        }
    }
    (!tex.is_empty()).then(|| tex.to_owned())
}

/// The TeX of a `<math>` element.
fn tex_of_math(document: &Document<'_>, id: NodeId) -> Option<String> {
    let is_tex = |node: &NodeId| {
        document.tag(*node) == Tag::Annotation
            && document.attribute(*node, "encoding").is_some_and(|name| name.to_ascii_lowercase().ends_with("tex"))
    };
    let annotation = document.descendants(id).find(is_tex);
    let annotation =
        annotation.and_then(|node| document.children(node).find(|&child| document.tag(child) == Tag::Text));
    annotation
        .and_then(|text| plain_tex(&document.text(text)))
        .or_else(|| document.attribute(id, "alttext").and_then(|tex| plain_tex(&tex)))
        .or_else(|| source_of(document, id))
}

/// The TeX that an attribute gives.
fn source_of(document: &Document<'_>, id: NodeId) -> Option<String> {
    if !has_hint(document.attributes(id)) {
        return None;
    }
    let tex = SOURCES.iter().find_map(|name| document.attribute(id, name).and_then(|tex| plain_tex(&tex)))?;
    (!matches!(tex.as_str(), "true" | "false")).then_some(tex)
}

/// The TeX of the outermost drawing in an element. What is deeper is part of the formula.
fn source_of_drawing(document: &Document<'_>, id: NodeId) -> Option<String> {
    let mut at = id;
    loop {
        at = document.elements(at).find(|&child| !document.name(child).eq_ignore_ascii_case("defs"))?;
        if let Some(tex) = source_of(document, at) {
            return Some(tex);
        }
        let is_whole =
            document.elements(at).take(3).filter(|&child| !document.name(child).eq_ignore_ascii_case("defs"));
        if is_whole.count() != 1 {
            return None;
        }
    }
}

/// The TeX that a picture of a formula has for its description.
fn tex_of_picture(document: &Document<'_>, id: NodeId) -> Option<String> {
    let class = document.attribute(id, "class")?;
    let is_formula = |word: &str| {
        word.starts_with("mwe-math-fallback") || matches!(word, "latex" | "tex" | "math-tex" | "equation_image")
    };
    if !class.split_ascii_whitespace().any(is_formula) {
        return None;
    }
    plain_tex(&document.attribute(id, "alt")?)
}

/// Whether the script that holds the formula follows what was drawn for it.
fn is_followed_by_script(document: &Document<'_>, id: NodeId) -> bool {
    let parent_end = document.end(document.parent(id));
    let mut at = document.end(id);
    while at < parent_end {
        let drawn = || document.attribute(at, "class").is_some_and(|class| class.contains("MathJax"));
        match document.tag(at) {
            Tag::Script => return is_tex(document, at),
            Tag::Text if document.node(at).has(flag::BLANK) => {}
            Tag::Span | Tag::Div if drawn() => {}
            _ => return false,
        }
        at = document.end(at);
    }
    false
}

impl Emitter<'_, '_> {
    /// A script that holds a formula, as `MathJax` writes them.
    pub(super) fn tex_script(&mut self, id: NodeId) -> Walk {
        if self.has_formulas
            && is_tex(self.document, id)
            && let Some(tex) = plain_tex(self.document.raw_content(id))
        {
            let display = self.document.attribute(id, "type").is_some_and(|kind| kind.contains("mode=display"));
            self.formula(tex, display);
        }
        Walk::Past
    }

    /// An element that holds a formula; none if it is an element like others.
    pub(super) fn formula_element(&mut self, id: NodeId) -> Option<Walk> {
        let document = self.document;
        let tag = document.tag(id);
        match tag {
            Tag::Math => {
                self.math(id, false, tex_of_math(document, id));
                return Some(Walk::Past);
            }
            Tag::Img => {
                let tex = tex_of_picture(document, id).or_else(|| source_of(document, id))?;
                let display = document.attribute(id, "class").is_some_and(|class| class.contains("display"));
                self.formula(tex, display);
                return Some(Walk::Past);
            }
            Tag::Span | Tag::Div | Tag::Unknown => {}
            _ => return None,
        }
        let is_element = tag == Tag::Unknown && document.name(id).eq_ignore_ascii_case("mjx-container");
        let size = document.end(id) - id;
        if !is_element && !has_hint(document.attributes(id)) || size > LARGEST_FORMULA || size > self.formula_budget {
            return None;
        }
        self.formula_budget -= size;
        let class = document.attribute(id, "class").unwrap_or_default();
        let has = |names: &[&str]| class.split_ascii_whitespace().any(|word| names.contains(&word));
        let own = source_of(document, id).filter(|tex| self.is_shown_as(id, tex));
        let is_container = is_element || has(&CONTAINERS);
        let marked = has(&["math", "tex", "latex"]).then(|| self.delimited_text(id)).flatten();
        if own.is_none() && marked.is_none() && !is_container {
            return None;
        }
        let mut formulas = document.descendants(id).filter(|&node| document.tag(node) == Tag::Math);
        let (math, others) = (formulas.next(), formulas.next());
        if others.is_some() {
            return None;
        }
        if is_container && is_followed_by_script(document, id) {
            return Some(Walk::Past);
        }
        let says_display = |value: &str| value.contains("display") || value.contains("block");
        let display = says_display(&class.to_ascii_lowercase())
            || document.attribute(id, "display").is_some_and(|display| matches!(display.as_ref(), "true" | "block"))
            || tag == Tag::Div;
        let picture = || {
            document
                .descendants(id)
                .find_map(|node| (document.tag(node) == Tag::Img).then(|| tex_of_picture(document, node))?)
        };
        let tex = own
            .or(marked)
            .or_else(|| math.and_then(|math| tex_of_math(document, math)))
            .or_else(|| source_of_drawing(document, id))
            .or_else(picture);
        match (tex, math) {
            (tex, Some(math)) => self.math(math, display, tex),
            (Some(tex), None) => self.formula(tex, display),
            (None, None) => {
                let described =
                    document.descendants(id).chain([id]).find_map(|node| document.attribute(node, "aria-label"));
                if !document.inner_text_up_to(id, 1).is_empty() || !is_element {
                    return if self.has_script_form(id) { Some(Walk::Past) } else { None };
                }
                self.write_text(&described?, true);
            }
        }
        Some(Walk::Past)
    }

    /// An empty place that a script had reserved.
    fn has_script_form(&self, id: NodeId) -> bool {
        self.document.end(id) == id + 1
    }

    /// Whether an element shows a formula and not a text of its own.
    fn is_shown_as(&self, id: NodeId, tex: &str) -> bool {
        let longest = tex.len() * 4 + 100;
        self.document.inner_text_up_to(id, longest).len() < longest
    }

    /// The TeX between delimiters that is all the text of an element.
    fn delimited_text(&self, id: NodeId) -> Option<String> {
        let text = self.document.inner_text(id);
        [("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$")]
            .iter()
            .any(|(start, end)| text.len() >= 4 && text.starts_with(start) && text.ends_with(end))
            .then(|| plain_tex(&text))?
    }

    /// A formula in `MathML`: as TeX if there is any, else as its own text.
    fn math(&mut self, id: NodeId, display: bool, tex: Option<String>) {
        let display = display || self.document.attribute(id, "display").is_some_and(|display| display == "block");
        if let Some(tex) = tex {
            return self.formula(tex, display);
        }
        let text = self.document.inner_text(id);
        let block = display && self.cell.is_none() && !self.in_heading;
        if block {
            self.end_block();
        }
        self.write_text(&text, true);
        if block {
            self.end_block();
        }
    }

    fn formula(&mut self, tex: String, display: bool) {
        let tex = if self.cell.is_some() { tex.replace('|', "\\|") } else { tex };
        if display && self.cell.is_none() && !self.in_heading {
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
