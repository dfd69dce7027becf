//! The address of an image, also where a script was to load it later.
//!
//! Read [`source`] first. A page that loads images when they come into view writes a placeholder, or nothing, where
//! browsers look for the address, and the address into an attribute of its own, a `<source>`, or a `<noscript>`.

use memchr::memmem;

use crate::markdown::{
    attribute::Attributes,
    document::{Document, NodeId, flag},
    entity::{self, Place},
    tag::Tag,
};

/// Attributes that scripts read addresses from, the best first.
const ADDRESSES: [&str; 8] = [
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-lazy",
    "data-original-src",
    "data-actualsrc",
    "data-url",
    "data-image",
];

/// Attributes that scripts read lists of addresses from.
const SETS: [&str; 3] = ["data-srcset", "data-lazy-srcset", "srcset"];

/// Names of files that stand in for an image.
const PLACEHOLDERS: [&str; 11] =
    ["placeholder", "blank", "spacer", "transparent", "loading", "loader", "spinner", "lazy", "1x1", "pixel", "grey"];

/// How many nodes to look at from an image to its twin.
const LOOK: NodeId = 12;

/// The address of an image; empty if the page has none.
pub(super) fn source(document: &Document<'_>, id: NodeId) -> String {
    let declared = document.attribute(id, "src").unwrap_or_default();
    let declared = declared.trim();
    let parent = document.tag(document.parent(id));
    if is_address(declared) && parent != Tag::Picture && !has_alternative(document, id) {
        return declared.to_owned();
    }
    if is_address(declared) && !is_placeholder(declared) && !is_lazy(document, id) {
        return declared.to_owned();
    }
    let found = in_attributes(document, id).or_else(|| in_picture(document, id)).or_else(|| in_twin(document, id));
    found.unwrap_or_else(|| if declared.starts_with('#') { String::new() } else { declared.to_owned() })
}

/// Whether there may be another address in the attributes or right after the image.
fn has_alternative(document: &Document<'_>, id: NodeId) -> bool {
    let attributes = document.attributes(id).as_bytes();
    let next = document.end(id);
    let has = |hint: &str| memmem::find(attributes, hint.as_bytes()).is_some();
    let noscript = |at: NodeId| at < document.len() && document.tag(at) == Tag::Noscript;
    has("data-") || has("srcset") || noscript(next) || noscript(next + 1)
}

/// Whether the class of an image says that a script loads it.
fn is_lazy(document: &Document<'_>, id: NodeId) -> bool {
    let class = document.attribute(id, "class").unwrap_or_default();
    class.split_ascii_whitespace().any(|word| word.to_ascii_lowercase().contains("lazy"))
}

/// Whether a value can be the address of an image file.
fn is_address(value: &str) -> bool {
    let embedded = ["data:", "about:", "blob:", "javascript:", "#"].iter().any(|start| value.starts_with(start));
    !value.is_empty() && !embedded && !value.contains(['{', '<', '\n'])
}

/// Whether an address leads to a file that stands in for an image.
fn is_placeholder(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|name| file.contains(name))
}

fn has_image_name(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    ["jpg", "jpeg", "png", "gif", "webp", "avif", "svg"]
        .iter()
        .any(|end| path.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
}

/// The address in the attributes of an image beside `src`.
fn in_attributes(document: &Document<'_>, id: NodeId) -> Option<String> {
    let usable = |value: &str| is_address(value) && !value.contains(' ') && !is_placeholder(value);
    let known = ADDRESSES.iter().filter_map(|name| document.attribute(id, name));
    let known = known.map(|value| value.trim().to_owned()).find(|value| usable(value));
    let sets = || SETS.iter().filter_map(|name| document.attribute(id, name)).find_map(|set| largest(&set));
    // Other scripts have other names for it.
    let other = || {
        let mut attributes = Attributes::new(document.attributes(id))
            .filter(|(name, _)| name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data-")))
            .map(|(_, value)| entity::decode(value.trim(), Place::Attribute));
        attributes.find(|value| usable(value) && has_image_name(value)).map(std::borrow::Cow::into_owned)
    };
    known.or_else(sets).or_else(other)
}

/// The largest image of a list such as `a.jpg 400w, b.jpg 800w`.
fn largest(set: &str) -> Option<String> {
    let mut best: Option<(f64, &str)> = None;
    let mut words = set.split_ascii_whitespace().peekable();
    while let Some(word) = words.next() {
        let address = word.trim_matches(',');
        let mut size = 1.0;
        if !word.ends_with(',')
            && let Some(descriptor) = words.next_if(|next| next.starts_with(|first: char| first.is_ascii_digit()))
        {
            let number = descriptor.trim_end_matches([',', 'w', 'x', 'h']);
            size = number.parse().unwrap_or(1.0);
        }
        if is_address(address) && !is_placeholder(address) && best.is_none_or(|(largest, _)| size > largest) {
            best = Some((size, address));
        }
    }
    best.map(|(_, address)| address.to_owned())
}

/// The address in the sources of the picture around an image.
fn in_picture(document: &Document<'_>, id: NodeId) -> Option<String> {
    let picture = document.parent(id);
    if document.tag(picture) != Tag::Picture {
        return None;
    }
    let sources = document.children(picture).take(LOOK as usize).filter(|&child| document.tag(child) == Tag::Source);
    sources
        .flat_map(|source| SETS.iter().filter_map(move |name| document.attribute(source, name)))
        .find_map(|set| largest(&set))
}

/// The address of the same image for readers without scripts.
fn in_twin(document: &Document<'_>, id: NodeId) -> Option<String> {
    let outer = document.parent(id);
    let mut at = document.end(id);
    let end = document.len().min(at + LOOK);
    // The picture around the image may end before it.
    let limit =
        if document.tag(outer) == Tag::Picture { document.end(document.parent(outer)) } else { document.end(outer) };
    while at < end.min(limit) {
        let node = document.node(at);
        match node.tag {
            Tag::Noscript => {
                let image = document.first(at, Tag::Img)?;
                let source = document.attribute(image, "src")?;
                return Some(source.trim().to_owned()).filter(|source| is_address(source));
            }
            Tag::Text if node.has(flag::BLANK) => {}
            Tag::Source => {}
            _ => return None,
        }
        at = node.end;
    }
    None
}
