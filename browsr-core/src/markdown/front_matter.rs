//! Metadata in front of the text, as YAML between two lines of dashes.

use std::fmt::Write as _;

use super::metadata::Metadata;

/// Writes the metadata; the values are quoted as JSON strings, which YAML reads.
pub(super) fn write(metadata: &Metadata) -> String {
    let fields = [
        ("title", &metadata.title),
        ("description", &metadata.description),
        ("byline", &metadata.byline),
        ("published", &metadata.published),
        ("language", &metadata.language),
        ("site_name", &metadata.site_name),
        ("canonical", &metadata.canonical),
        ("image", &metadata.image),
    ];
    let mut out = String::from("---\n");
    for (name, value) in fields {
        if let Some(value) = value {
            let _ = writeln!(out, "{name}: {}", serde_json::Value::from(value.as_str()));
        }
    }
    out.push_str("---\n");
    out
}
