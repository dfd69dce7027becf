//! [`Cookie`] and [`StorageState`]: what a session remembers about the sites it has seen.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A cookie as [RFC 6265](https://www.rfc-editor.org/rfc/rfc6265) and its successors know it.
///
/// `Debug` leaves the value out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cookie {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// Domain; a leading dot stands for all hosts below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// When it expires, in seconds since the Unix epoch; none for a session cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<f64>,
    /// Whether scripts of the page cannot see it.
    #[serde(default)]
    pub http_only: bool,
    /// Whether it is sent over a secure connection only.
    #[serde(default)]
    pub secure: bool,
    /// Whether it goes with cross-site requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_site: Option<SameSite>,
    /// A URL from which a backend derives domain, path and scheme when setting the cookie. Never returned.
    #[serde(skip)]
    pub url: Option<String>,
}

impl Cookie {
    /// Makes a session cookie.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            domain: None,
            path: None,
            expires: None,
            http_only: false,
            secure: false,
            same_site: None,
            url: None,
        }
    }

    /// Sets the domain.
    #[must_use]
    pub fn with_domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Sets the path.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Sets the URL from which domain, path and scheme are derived.
    #[must_use]
    pub fn with_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cookie")
            .field("name", &self.name)
            .field("domain", &self.domain)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The `SameSite` attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SameSite {
    /// Only with requests of the same site.
    Strict,
    /// Also with top-level navigations from elsewhere.
    Lax,
    /// With every request; needs `secure`.
    None,
}

/// Which cookies to delete: those of the name and, where given, of the domain and path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CookieFilter {
    /// Name; none for every name.
    pub name: Option<String>,
    /// Domain, with or without the leading dot; none for every domain.
    pub domain: Option<String>,
    /// Path; none for every path.
    pub path: Option<String>,
}

impl CookieFilter {
    /// Selects every cookie.
    pub const fn all() -> Self {
        Self { name: None, domain: None, path: None }
    }

    /// Selects the cookies of a name.
    pub fn name(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::all() }
    }

    /// Narrows to a domain.
    #[must_use]
    pub fn with_domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Returns whether a cookie is selected.
    pub fn matches(&self, cookie: &Cookie) -> bool {
        let bare = |domain: &str| domain.trim_start_matches('.').to_ascii_lowercase();
        self.name.as_ref().is_none_or(|name| *name == cookie.name)
            && self
                .domain
                .as_ref()
                .is_none_or(|domain| cookie.domain.as_ref().is_some_and(|own| bare(own) == bare(domain)))
            && self.path.as_ref().is_none_or(|path| cookie.path.as_ref() == Some(path))
    }
}

/// One entry of a web storage area. `Debug` leaves the value out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StorageItem {
    /// Key.
    pub key: String,
    /// Value.
    pub value: String,
}

impl StorageItem {
    /// Makes an entry.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

impl fmt::Debug for StorageItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageItem").field("key", &self.key).finish_non_exhaustive()
    }
}

/// The `localStorage` of one origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OriginState {
    /// The origin, such as `https://example.com`.
    pub origin: String,
    /// Its entries.
    pub local_storage: Vec<StorageItem>,
}

impl OriginState {
    /// Makes the state of an origin.
    pub fn new(origin: impl Into<String>, local_storage: Vec<StorageItem>) -> Self {
        Self { origin: origin.into(), local_storage }
    }
}

/// What is worth keeping of a session: cookies, and `localStorage` by origin.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StorageState {
    /// Cookies of every domain.
    pub cookies: Vec<Cookie>,
    /// `localStorage`, an entry for each origin.
    pub origins: Vec<OriginState>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_a_value() {
        let text = format!("{:?} {:?}", Cookie::new("sid", "s3cret"), StorageItem::new("token", "s3cret"));
        assert!(!text.contains("s3cret"), "{text}");
    }

    #[test]
    fn a_filter_ignores_the_leading_dot() {
        let cookie = Cookie::new("a", "1").with_domain(".Example.com");
        assert!(CookieFilter::name("a").with_domain("example.com").matches(&cookie));
        assert!(!CookieFilter::name("b").matches(&cookie));
    }
}
