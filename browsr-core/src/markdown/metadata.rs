//! Title, byline and the rest, from what the page says about itself.

use serde::Serialize;
use url::Url;

use super::{
    document::{Document, ROOT},
    tag::Tag,
};

/// What a page says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Metadata {
    /// The title of the text, without the name of the site.
    pub title: Option<String>,
    /// A summary in a sentence or two.
    pub description: Option<String>,
    /// Who wrote it.
    pub byline: Option<String>,
    /// When it was published, as written by the page; usually ISO 8601.
    pub published: Option<String>,
    /// The language as a BCP 47 tag.
    pub language: Option<String>,
    /// The name of the site.
    pub site_name: Option<String>,
    /// The address that the page prefers for itself.
    pub canonical: Option<String>,
    /// A picture that stands for the page.
    pub image: Option<String>,
}

pub(super) fn read(document: &Document<'_>, _base: Option<&Url>) -> Metadata {
    let mut metadata = Metadata::default();
    if let Some(title) = document.first(ROOT, Tag::Title) {
        metadata.title = document.children(title).next().map(|text| super::document::collapse(&document.text(text)));
    }
    metadata
}
