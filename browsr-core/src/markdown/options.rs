//! What the caller can choose.

use url::Url;

use super::selector::{InvalidSelector, Selector};

/// How a page is converted.
///
/// ```
/// use browsr_core::markdown::{LinkStyle, Options};
///
/// let options = Options::new().with_only_main_content(false).with_links(LinkStyle::Reference);
/// assert!(options.validate().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Keep the main content only, without menus, banners and related links. On by default.
    pub only_main_content: bool,
    /// The address of the page: relative links and images become absolute. A `<base>` element in
    /// the page is resolved against it.
    pub base_url: Option<Url>,
    /// CSS selectors: only these elements are converted.
    pub include: Vec<String>,
    /// CSS selectors: these elements are left out.
    pub exclude: Vec<String>,
    /// How links are written.
    pub links: LinkStyle,
    /// How images are written.
    pub images: ImageStyle,
    /// Put the metadata in front, between `---` lines.
    pub front_matter: bool,
    /// How headings are written.
    pub heading_style: HeadingStyle,
    /// Leave out the data of images that are written into the page. On by default.
    pub remove_base64_images: bool,
    /// List what is left out of the main content, in [`Markdown::explain`](super::Markdown::explain).
    pub explain: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            only_main_content: true,
            base_url: None,
            include: Vec::new(),
            exclude: Vec::new(),
            links: LinkStyle::Inline,
            images: ImageStyle::Keep,
            front_matter: false,
            heading_style: HeadingStyle::Atx,
            remove_base64_images: true,
            explain: false,
        }
    }
}

impl Options {
    /// The defaults: main content, inline links, images kept.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`Self::only_main_content`].
    #[must_use]
    pub fn with_only_main_content(mut self, only_main_content: bool) -> Self {
        self.only_main_content = only_main_content;
        self
    }

    /// Sets [`Self::base_url`].
    #[must_use]
    pub fn with_base_url(mut self, base_url: impl Into<Option<Url>>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets [`Self::include`].
    #[must_use]
    pub fn with_include<S: Into<String>>(mut self, selectors: impl IntoIterator<Item = S>) -> Self {
        self.include = selectors.into_iter().map(Into::into).collect();
        self
    }

    /// Sets [`Self::exclude`].
    #[must_use]
    pub fn with_exclude<S: Into<String>>(mut self, selectors: impl IntoIterator<Item = S>) -> Self {
        self.exclude = selectors.into_iter().map(Into::into).collect();
        self
    }

    /// Sets [`Self::links`].
    #[must_use]
    pub fn with_links(mut self, links: LinkStyle) -> Self {
        self.links = links;
        self
    }

    /// Sets [`Self::images`].
    #[must_use]
    pub fn with_images(mut self, images: ImageStyle) -> Self {
        self.images = images;
        self
    }

    /// Sets [`Self::front_matter`].
    #[must_use]
    pub fn with_front_matter(mut self, front_matter: bool) -> Self {
        self.front_matter = front_matter;
        self
    }

    /// Sets [`Self::heading_style`].
    #[must_use]
    pub fn with_heading_style(mut self, heading_style: HeadingStyle) -> Self {
        self.heading_style = heading_style;
        self
    }

    /// Sets [`Self::remove_base64_images`].
    #[must_use]
    pub fn with_remove_base64_images(mut self, remove_base64_images: bool) -> Self {
        self.remove_base64_images = remove_base64_images;
        self
    }

    /// Sets [`Self::explain`].
    #[must_use]
    pub fn with_explain(mut self, explain: bool) -> Self {
        self.explain = explain;
        self
    }

    /// Checks the selectors. A conversion itself never fails: it passes over a selector that
    /// cannot be read, so check first where they come from outside.
    ///
    /// # Errors
    /// Names the first selector in [`Self::include`] and [`Self::exclude`] that cannot be read.
    pub fn validate(&self) -> Result<(), InvalidSelector> {
        for selector in self.include.iter().chain(&self.exclude) {
            Selector::parse(selector)?;
        }
        Ok(())
    }
}

/// How links are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkStyle {
    /// `[text](https://example.com)`.
    #[default]
    Inline,
    /// `[text][1]`, with the addresses in a list at the end.
    Reference,
    /// The text alone.
    Text,
}

/// How images are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageStyle {
    /// `![description](https://example.com/picture.png)`.
    #[default]
    Keep,
    /// The description alone.
    Alt,
    /// Nothing.
    Drop,
}

/// How headings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeadingStyle {
    /// `# Heading`.
    #[default]
    Atx,
    /// The first two levels underlined with `===` and `---`.
    Setext,
}
