//! Title, byline and the rest, from what the page says about itself.
//!
//! Read [`Metadata`] first. JSON-LD is asked first, then `OpenGraph` and other `<meta>` elements,
//! then the visible page.

mod json_ld;
mod visible;

use std::borrow::Cow;

use serde::Serialize;

use self::json_ld::JsonLd;
pub(super) use self::json_ld::kind;
use super::{
    document::{Document, ROOT, collapse},
    links::Resolver,
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

/// The metadata, and what it tells about the kind of page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) metadata: Metadata,
    /// See [`kind`].
    pub(super) kinds: u32,
}

/// Reads the metadata of a parsed page.
pub(super) fn read(document: &Document<'_>, resolver: &Resolver) -> Page {
    let json_ld = JsonLd::read(document);
    let head = Head::read(document);
    let site_name = head.first(&["og:site_name", "application-name"]).or(json_ld.publisher);
    let title = json_ld.headline.or_else(|| head.first(&["og:title", "twitter:title", "dc.title", "citation_title"]));
    let title = title.or_else(|| head.title.clone()).map(|title| without_site(&title, site_name.as_deref()));
    let absolute = |address: String| resolver.resolve(&address).into_owned();
    let html_language = document.attribute(ROOT, "lang").map(Cow::into_owned);
    let metadata = Metadata {
        title: title.or_else(|| visible::heading(document)),
        description: head.first(&["og:description", "description", "twitter:description"]).or(json_ld.description),
        byline: json_ld
            .author
            .or_else(|| head.first(&["author", "dc.creator", "article:author", "parsely-author", "citation_author"]))
            .filter(|author| !author.starts_with("http"))
            .or_else(|| visible::byline(document)),
        published: json_ld
            .published
            .or_else(|| {
                head.first(&[
                    "article:published_time",
                    "datepublished",
                    "date",
                    "dc.date",
                    "dcterms.created",
                    "pubdate",
                    "parsely-pub-date",
                    "citation_publication_date",
                ])
            })
            .or_else(|| visible::time(document)),
        language: html_language
            .filter(|language| !language.trim().is_empty())
            .or_else(|| head.first(&["og:locale", "content-language"]).map(|locale| locale.replace('_', "-")))
            .or(json_ld.language)
            .map(|language| language.trim().to_owned()),
        site_name,
        canonical: head.canonical.clone().or_else(|| head.first(&["og:url"])).map(absolute),
        image: json_ld.image.or_else(|| head.first(&["og:image", "og:image:url", "twitter:image"])).map(absolute),
    };
    let mut kinds = json_ld.kinds;
    match head.first(&["og:type"]).as_deref() {
        Some("article" | "blog" | "news") => kinds |= kind::ARTICLE_HINT,
        Some(product) if product.contains("product") => kinds |= kind::PRODUCT,
        _ => {}
    }
    if head.first(&["article:published_time", "citation_title"]).is_some() {
        kinds |= kind::ARTICLE_HINT;
    }
    if metadata.published.is_some() || metadata.byline.is_some() {
        kinds |= kind::ARTICLE_TRACE;
    }
    let generator = head.first(&["generator"]).unwrap_or_default().to_ascii_lowercase();
    if ["discourse", "phpbb", "vbulletin", "xenforo", "flarum", "nodebb", "invision", "mybb"]
        .iter()
        .any(|name| generator.starts_with(name))
    {
        kinds |= kind::THREAD;
    }
    Page { metadata, kinds }
}

/// The `<meta>` elements and their like.
#[derive(Debug, Default)]
struct Head {
    title: Option<String>,
    canonical: Option<String>,
    /// Lower-case names and their values, in document order.
    properties: Vec<(String, String)>,
}

impl Head {
    fn read(document: &Document<'_>) -> Self {
        let mut head = Self::default();
        for id in document.descendants(ROOT) {
            match document.tag(id) {
                Tag::Title if head.title.is_none() => {
                    let text = document.children(id).next().map(|text| collapse(&document.text(text)));
                    head.title = text.filter(|title| !title.is_empty());
                }
                Tag::Link
                    if head.canonical.is_none()
                        && document.attribute(id, "rel").is_some_and(|rel| rel.eq_ignore_ascii_case("canonical")) =>
                {
                    head.canonical =
                        document.attribute(id, "href").map(Cow::into_owned).filter(|href| !href.is_empty());
                }
                Tag::Meta => {
                    let content = document.attribute(id, "content").map(|content| collapse(&content));
                    let Some(content) = content.filter(|content| !content.is_empty()) else { continue };
                    for name in ["property", "name", "itemprop", "http-equiv"] {
                        if let Some(name) = document.attribute(id, name) {
                            head.properties.push((name.trim().to_ascii_lowercase(), content));
                            break;
                        }
                    }
                }
                _ => {}
            }
        }
        head
    }

    /// The value of the first of these names that has one.
    fn first(&self, names: &[&str]) -> Option<String> {
        names
            .iter()
            .find_map(|name| self.properties.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone()))
    }
}

/// Cuts the name of the site off a title such as `A story | The Paper`.
fn without_site(title: &str, site_name: Option<&str>) -> String {
    let title = collapse(title);
    for separator in [" | ", " - ", " – ", " — ", " :: ", " » ", " · "] {
        let Some((text, last)) = title.rsplit_once(separator) else { continue };
        let is_site = site_name.is_some_and(|name| name.eq_ignore_ascii_case(last.trim()));
        let short = site_name.is_none() && separator == " | " && last.split_whitespace().count() <= 4;
        if (is_site || short) && text.split_whitespace().count() >= 2 {
            return text.trim().to_owned();
        }
    }
    title
}
