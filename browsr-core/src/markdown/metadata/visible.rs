//! Metadata that the page shows to its readers.

use memchr::memmem;

use crate::markdown::{
    document::{Document, NodeId, ROOT},
    tag::{Tag, kind},
};

/// The longest text that is taken for a name.
const LONGEST_BYLINE: usize = 80;

/// `rel=author` and its like are longer than this.
const SHORTEST_HINT: usize = 9;

pub(super) fn heading(document: &Document<'_>) -> Option<String> {
    let heading = document.first(ROOT, Tag::H1)?;
    Some(document.inner_text(heading)).filter(|text| !text.is_empty())
}

/// The first element that says it names the author.
pub(super) fn byline(document: &Document<'_>) -> Option<String> {
    let hints = [memmem::Finder::new("author"), memmem::Finder::new("byline")];
    let may_name = |id: NodeId| {
        let attributes = document.attributes(id).as_bytes();
        attributes.len() > SHORTEST_HINT && hints.iter().any(|hint| hint.find(attributes).is_some())
    };
    document
        .descendants(ROOT)
        .filter(|&id| !document.tag(id).is(kind::UNSEEN) && document.tag(id) != Tag::Text)
        .filter(|&id| may_name(id) && names_author(document, id))
        .map(|id| document.inner_text_up_to(id, LONGEST_BYLINE * 4))
        .map(|text| text.trim_start_matches(|first: char| !first.is_alphanumeric()).to_owned())
        .map(|text| text.strip_prefix("By ").or_else(|| text.strip_prefix("by ")).unwrap_or(&text).trim().to_owned())
        .find(|text| !text.is_empty() && text.chars().count() <= LONGEST_BYLINE)
}

fn names_author(document: &Document<'_>, id: NodeId) -> bool {
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
