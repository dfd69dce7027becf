//! Converters as values, so that an embedder can bring another one.

use std::fmt::Debug;

use super::{Markdown, Options, convert};

/// Converts pages to Markdown.
///
/// ```
/// use browsr_core::markdown::{BuiltinConverter, MarkdownConverter, Options};
///
/// let converter: Box<dyn MarkdownConverter> = Box::new(BuiltinConverter::new());
/// assert_eq!(converter.convert("<p>Hello", &Options::new()).text, "Hello\n");
/// ```
pub trait MarkdownConverter: Debug + Send + Sync {
    /// Converts a page. Never fails: a page that cannot be read well is read badly.
    fn convert(&self, html: &str, options: &Options) -> Markdown;
}

/// The converter of this module, [`convert`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuiltinConverter {}

impl BuiltinConverter {
    /// The converter; it has nothing to set.
    pub fn new() -> Self {
        Self {}
    }
}

impl MarkdownConverter for BuiltinConverter {
    fn convert(&self, html: &str, options: &Options) -> Markdown {
        convert(html, options)
    }
}

/// The converter of the crate `html2md`, on the main content that this module finds.
///
/// That crate is under GPL-3.0 or later, needs gigabytes for some pages, and overflows its stack on
/// deep ones; use it only for pages that you trust. Of the options it follows
/// [`Options::only_main_content`], [`Options::base_url`], [`Options::include`] and
/// [`Options::exclude`].
///
/// ```
/// use browsr_core::markdown::{Html2MdConverter, MarkdownConverter, Options};
///
/// let page = "<nav>Menu</nav><main><p>Boil <b>water</b>.</p></main>";
/// assert_eq!(Html2MdConverter::new().convert(page, &Options::new()).text, "Boil **water**.\n");
/// ```
#[cfg(feature = "html2md")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Html2MdConverter {}

#[cfg(feature = "html2md")]
impl Html2MdConverter {
    /// The converter; it has nothing to set.
    pub fn new() -> Self {
        Self {}
    }
}

#[cfg(feature = "html2md")]
impl MarkdownConverter for Html2MdConverter {
    fn convert(&self, html: &str, options: &Options) -> Markdown {
        let content = super::main_content(html, options);
        let mut text = html2md::parse_html(&content.html).trim().to_owned();
        if !text.is_empty() {
            text.push('\n');
        }
        Markdown { text, metadata: content.metadata, confidence: content.confidence, ..Markdown::default() }
    }
}
