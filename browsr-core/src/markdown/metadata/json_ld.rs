//! JSON-LD blocks: who, when, what kind of thing the page is about.

use serde_json::{Map, Value};

use crate::markdown::{
    document::{Document, ROOT, collapse},
    entity::{self, Place},
    tag::Tag,
};

/// Kinds of pages, as bits.
pub(in crate::markdown) mod kind {
    /// The page says that it is an article.
    pub(in crate::markdown) const ARTICLE: u32 = 1;
    /// The page hints that it may be one.
    pub(in crate::markdown) const ARTICLE_HINT: u32 = 1 << 1;
    /// The page tells when or by whom it was written.
    pub(in crate::markdown) const ARTICLE_TRACE: u32 = 1 << 6;
    /// Something for sale.
    pub(in crate::markdown) const PRODUCT: u32 = 1 << 2;
    /// A discussion, or questions and answers.
    pub(in crate::markdown) const THREAD: u32 = 1 << 3;
    /// A list of things.
    pub(in crate::markdown) const LISTING: u32 = 1 << 4;
    /// A recipe.
    pub(in crate::markdown) const RECIPE: u32 = 1 << 5;
}

/// Longer blocks are passed over: they are data, not a description of the page.
const LONGEST_BLOCK: usize = 1 << 20;

/// What the JSON-LD blocks of a page say.
#[derive(Debug, Default)]
pub(super) struct JsonLd {
    pub(super) kinds: u32,
    pub(super) headline: Option<String>,
    pub(super) author: Option<String>,
    pub(super) published: Option<String>,
    pub(super) description: Option<String>,
    pub(super) publisher: Option<String>,
    pub(super) language: Option<String>,
    pub(super) image: Option<String>,
}

impl JsonLd {
    pub(super) fn read(document: &Document<'_>) -> Self {
        let mut found = Self::default();
        for id in document.descendants(ROOT) {
            let is_block = document.tag(id) == Tag::Script
                && document
                    .attribute(id, "type")
                    .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"));
            if is_block {
                let source = document.raw_content(id);
                if source.len() <= LONGEST_BLOCK {
                    found.read_block(source);
                }
            }
        }
        found
    }

    fn read_block(&mut self, source: &str) {
        let source = source.trim().trim_start_matches("<![CDATA[").trim_end_matches("]]>");
        let Ok(value) = serde_json::from_str::<Value>(source) else {
            return;
        };
        // The parser refuses deep nesting, so a plain stack is enough.
        let mut open = vec![&value];
        while let Some(value) = open.pop() {
            match value {
                Value::Array(values) => open.extend(values.iter().rev()),
                Value::Object(object) => {
                    self.read_object(object);
                    for name in ["@graph", "mainEntity", "mainEntityOfPage"] {
                        open.extend(object.get(name));
                    }
                }
                _ => {}
            }
        }
    }

    fn read_object(&mut self, object: &Map<String, Value>) {
        let kinds = types(object).map(kind_of).fold(0, |all, kind| all | kind);
        self.kinds |= kinds;
        let text = |name: &str| object.get(name).and_then(first_text);
        if kinds & (kind::ARTICLE | kind::RECIPE | kind::THREAD) != 0 {
            set(&mut self.headline, text("headline").or_else(|| text("name")));
            set(&mut self.author, object.get("author").or_else(|| object.get("creator")).and_then(names));
            set(&mut self.published, text("datePublished").or_else(|| text("dateCreated")));
            set(&mut self.publisher, object.get("publisher").and_then(names));
            set(&mut self.description, text("description"));
            set(&mut self.language, text("inLanguage"));
            set(&mut self.image, object.get("image").and_then(address));
        } else if kinds & kind::PRODUCT != 0 {
            set(&mut self.headline, text("name"));
            set(&mut self.description, text("description"));
            set(&mut self.image, object.get("image").and_then(address));
        } else if types(object).any(|name| matches!(name, "WebPage" | "WebSite")) {
            set(&mut self.language, text("inLanguage"));
            set(&mut self.published, text("datePublished"));
        }
    }
}

fn types(object: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let (one, many) = match object.get("@type") {
        Some(Value::String(name)) => (Some(name.as_str()), &[][..]),
        Some(Value::Array(names)) => (None, &names[..]),
        _ => (None, &[][..]),
    };
    one.into_iter().chain(many.iter().filter_map(Value::as_str))
}

fn kind_of(name: &str) -> u32 {
    match name.rsplit(['/', ':']).next().unwrap_or(name) {
        "BlogPosting" | "Report" | "Review" | "ScholarlyArticle" | "NewsArticle" | "TechArticle"
        | "LiveBlogPosting" => kind::ARTICLE,
        name if name.ends_with("Article") => kind::ARTICLE,
        "Product" | "ProductGroup" | "IndividualProduct" | "Vehicle" => kind::PRODUCT,
        "DiscussionForumPosting" | "QAPage" | "Question" => kind::THREAD,
        "ItemList" | "CollectionPage" | "OfferCatalog" | "SearchResultsPage" => kind::LISTING,
        "Recipe" => kind::RECIPE,
        _ => 0,
    }
}

fn set(place: &mut Option<String>, value: Option<String>) {
    if place.is_none() {
        *place = value;
    }
}

fn first_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text,
        Value::Array(values) => values.iter().find_map(Value::as_str)?,
        Value::Object(object) => object.get("@value")?.as_str()?,
        _ => return None,
    };
    // Some pages escape their JSON-LD as if it were HTML.
    Some(collapse(&entity::decode(text, Place::Text))).filter(|text| !text.is_empty())
}

/// The names of one or more people or organisations.
fn names(value: &Value) -> Option<String> {
    let name = |value: &Value| match value {
        Value::Object(object) => object.get("name").and_then(first_text),
        other => first_text(other),
    };
    match value {
        Value::Array(values) => {
            let all: Vec<String> = values.iter().filter_map(name).collect();
            (!all.is_empty()).then(|| all.join(", "))
        }
        other => name(other),
    }
}

fn address(value: &Value) -> Option<String> {
    match value {
        Value::Object(object) => object.get("url").or_else(|| object.get("contentUrl")).and_then(first_text),
        Value::Array(values) => values.first().and_then(|first| match first {
            Value::Object(object) => object.get("url").and_then(first_text),
            other => first_text(other),
        }),
        other => first_text(other),
    }
}
