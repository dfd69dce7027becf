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

mod attribute;
mod builder;
mod document;
mod emit;
mod entity;
mod foster;
mod links;
mod main_content;
mod metadata;
mod open_elements;
mod options;
#[cfg(test)]
mod oracle;
mod selection;
mod selector;
mod tag;
mod tokenizer;

use url::Url;

use self::{document::Document, selection::Selection};
pub use self::{
    metadata::Metadata,
    options::{HeadingStyle, ImageStyle, LinkStyle, Options},
    selector::{InvalidSelector, Selector},
};

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
}

/// Converts a page.
pub fn convert(html: &str, options: &Options) -> Markdown {
    let document = builder::parse(html);
    let resolver = links::Resolver::new(&document, options.base_url.as_ref());
    let page = metadata::read(&document, options.base_url.as_ref(), &resolver);
    let (selection, confidence) = select(&document, page.kinds, options);
    let text = emit::emit(&document, &selection, &resolver, options);
    Markdown { text, metadata: page.metadata, confidence }
}

/// Reads what a page says about itself.
pub fn metadata(html: &str, base: Option<&Url>) -> Metadata {
    let document = builder::parse(html);
    let resolver = links::Resolver::new(&document, base);
    metadata::read(&document, base, &resolver).metadata
}

fn select(document: &Document<'_>, kinds: u32, options: &Options) -> (Selection, f32) {
    if options.only_main_content {
        main_content::select(document, kinds, options.base_url.as_ref())
    } else {
        (Selection::whole(), 1.0)
    }
}
