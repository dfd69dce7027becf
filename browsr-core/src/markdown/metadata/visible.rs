//! Metadata that the page shows to its readers.

use crate::markdown::{
    document::{Document, NodeId, ROOT},
    tag::{Tag, kind},
};

/// The longest text that is taken for a name.
const LONGEST_BYLINE: usize = 80;

pub(super) fn heading(document: &Document<'_>) -> Option<String> {
    let heading = document.first(ROOT, Tag::H1)?;
    Some(document.inner_text(heading)).filter(|text| !text.is_empty())
}

/// The first element that says it names the author.
pub(super) fn byline(document: &Document<'_>) -> Option<String> {
    document
        .descendants(ROOT)
        .filter(|&id| !document.tag(id).is(kind::UNSEEN) && document.tag(id) != Tag::Text && names_author(document, id))
        .map(|id| document.inner_text_up_to(id, LONGEST_BYLINE * 4))
        .map(|text| text.trim_start_matches(|first: char| !first.is_alphanumeric()).to_owned())
        .map(|text| text.strip_prefix("By ").or_else(|| text.strip_prefix("by ")).unwrap_or(&text).trim().to_owned())
        .find(|text| !text.is_empty() && text.chars().count() <= LONGEST_BYLINE)
}

fn names_author(document: &Document<'_>, id: NodeId) -> bool {
    let attributes = document.attributes(id);
    if !attributes.contains("author") && !attributes.contains("byline") {
        return false;
    }
    let has = |name: &str, wanted: &[&str]| {
        document
            .attribute(id, name)
            .is_some_and(|value| value.split_ascii_whitespace().any(|word| wanted.contains(&word)))
    };
    has("rel", &["author"])
        || has("itemprop", &["author"])
        || has(
            "class",
            &["byline", "author", "author-name", "byline-name", "article-author", "entry-author", "post-author"],
        )
}

/// The first moment that the page marks up as such, where a text begins.
pub(super) fn time(document: &Document<'_>) -> Option<String> {
    let time = document.first(ROOT, Tag::Time)?;
    document.attribute(time, "datetime").map(|moment| moment.trim().to_owned()).filter(|moment| !moment.is_empty())
}
