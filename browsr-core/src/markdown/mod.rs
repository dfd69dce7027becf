//! HTML to Markdown, pure and synchronous.
//!
//! [`convert`] is the way in. A page is parsed once into a flat arena; metadata, main content and
//! Markdown all read that arena. Nothing recurses on input depth; time and memory are linear in
//! the input. This module knows no browser and does no I/O.
//!
//! ```
//! use browsr_core::markdown::{Options, convert};
//!
//! let page = "<main><h1>Soup</h1><p>Boil <em>water</em>.</p></main>";
//! let markdown = convert(page, &Options::new());
//! assert_eq!(markdown.text, "# Soup\n\nBoil *water*.\n");
//! ```

#[cfg(test)]
mod adversarial;
mod attribute;
mod builder;
mod converter;
mod document;
mod emit;
mod entity;
mod foster;
mod front_matter;
mod html;
mod links;
mod main_content;
mod metadata;
mod omitted;
mod open_elements;
mod options;
#[cfg(test)]
mod oracle;
mod selection;
mod selector;
mod streamed;
mod tag;
mod tokenizer;
mod work;

use url::Url;

pub use self::{
    converter::{BuiltinConverter, MarkdownConverter},
    metadata::Metadata,
    omitted::{Omission, Omitted},
    options::{HeadingStyle, ImageStyle, LinkStyle, Options},
    selection::Reason,
    selector::{InvalidSelector, Selector},
};
use self::{
    document::{Document, NodeId},
    links::Resolver,
    selection::Selection,
};

#[cfg(feature = "html2md")]
pub use self::converter::Html2MdConverter;

/// A converted page.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Markdown {
    /// The Markdown; ends with one newline unless it is empty.
    pub text: String,
    /// What the page says about itself.
    pub metadata: Metadata,
    /// How sure the choice of the main content is, 0 to 1; 1 where nothing was chosen.
    pub confidence: f32,
    /// How much was left out of the main content, and why.
    pub omitted: Omitted,
    /// Every block that was left out, with [`Options::explain`].
    pub explain: Vec<Omission>,
}

/// The main content of a page as HTML.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MainContent {
    /// What is shown of it, without scripts, styles and attributes that only serve them.
    pub html: String,
    /// What the page says about itself.
    pub metadata: Metadata,
    /// How sure the choice is, 0 to 1; 1 where nothing was chosen.
    pub confidence: f32,
}

/// Converts a page.
///
/// Never fails. A selector in the options that cannot be read is passed over; see
/// [`Options::validate`].
pub fn convert(html: &str, options: &Options) -> Markdown {
    let page = Page::read(html, options);
    let mut text = emit::emit(&page.document, &page.selection, &page.resolver, options);
    if options.front_matter {
        text.insert_str(0, if text.is_empty() { "" } else { "\n" });
        text.insert_str(0, &front_matter::write(&page.metadata));
    }
    let (omitted, explain) = if options.only_main_content && options.include.is_empty() {
        omitted::measure(&page.document, &page.selection, options.explain)
    } else {
        (Omitted::default(), Vec::new())
    };
    Markdown { text, metadata: page.metadata, confidence: page.confidence, omitted, explain }
}

/// Finds the main content of a page, or the whole of it without
/// [`Options::only_main_content`], and cleans it.
pub fn main_content(html: &str, options: &Options) -> MainContent {
    let page = Page::read(html, options);
    let html = html::write(&page.document, &page.selection, &page.resolver);
    MainContent { html, metadata: page.metadata, confidence: page.confidence }
}

/// Reads what a page says about itself.
pub fn metadata(html: &str, base: Option<&Url>) -> Metadata {
    let document = builder::parse(html);
    let resolver = Resolver::new(&document, base);
    metadata::read(&document, &resolver).metadata
}

/// A parsed page, and what is to be written of it.
struct Page<'a> {
    document: Document<'a>,
    resolver: Resolver,
    selection: Selection,
    metadata: Metadata,
    confidence: f32,
}

impl<'a> Page<'a> {
    fn read(html: &'a str, options: &Options) -> Self {
        let document = builder::parse(html);
        let resolver = Resolver::new(&document, options.base_url.as_ref());
        let metadata::Page { metadata, kinds } = metadata::read(&document, &resolver);
        let (mut selection, confidence) = if !options.include.is_empty() {
            (Selection::of(&document, &matching(&document, &options.include)), 1.0)
        } else if options.only_main_content {
            main_content::select(&document, kinds)
        } else {
            (Selection::whole(), 1.0)
        };
        for id in matching(&document, &options.exclude) {
            selection.drop(&document, id, Reason::Excluded);
        }
        Self { document, resolver, selection, metadata, confidence }
    }
}

/// The elements that any of the selectors matches, in document order.
fn matching(document: &Document<'_>, selectors: &[String]) -> Vec<NodeId> {
    let readable = selectors.iter().filter_map(|selector| Selector::parse(selector).ok());
    let mut found: Vec<NodeId> = readable.flat_map(|selector| selector.matches(document)).collect();
    found.sort_unstable();
    found
}
