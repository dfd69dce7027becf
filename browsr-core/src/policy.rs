//! [`NavigationPolicy`]: which URLs may be visited, and how URLs are shown in logs and errors.

use url::Url;

use crate::error::{Error, ErrorKind, Result};

/// Decides which URLs a session may visit: `http`, `https` and `about:blank`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NavigationPolicy {
    /// Ports that no page may reach, whatever the host: those of a server that visits pages for others, and of drivers.
    /// Default none. This refuses navigations at once; that a page cannot reach them otherwise is for the browser, which
    /// has to be started with them.
    pub denied_ports: Vec<u16>,
}

impl NavigationPolicy {
    /// The default policy.
    pub const fn new() -> Self {
        Self { denied_ports: Vec::new() }
    }

    /// Chooses the ports that no page may reach.
    #[must_use]
    pub fn with_denied_ports(mut self, ports: impl Into<Vec<u16>>) -> Self {
        self.denied_ports = ports.into();
        self
    }

    /// Checks a URL.
    ///
    /// # Errors
    ///
    /// [`Denied`](ErrorKind::Denied), naming the scheme or the port.
    pub fn check(&self, url: &Url) -> Result<()> {
        if let Some(port) = url.port_or_known_default().filter(|port| self.denied_ports.contains(port)) {
            let message = format!("the port {port} may not be visited: it is one of this service's own");
            return Err(Error::new(ErrorKind::Denied, message).with_field("url"));
        }
        match url.scheme() {
            "http" | "https" => Ok(()),
            "about" if url.path() == "blank" => Ok(()),
            scheme => Err(Error::new(
                ErrorKind::Denied,
                format!("the scheme {scheme:?} may not be visited; use http, https or about:blank"),
            )
            .with_field("url")),
        }
    }
}

/// Reads a URL as a person writes it: a bare host gets `https://`. A path, a query or a fragment alone is refused.
///
/// # Errors
///
/// [`InvalidArgument`](ErrorKind::InvalidArgument), naming the field.
pub fn parse_url(field: &'static str, text: &str) -> Result<Url> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(field, format!("{field} is empty; give a URL such as https://example.com/")));
    }
    if text.starts_with(['/', '?', '#', '.']) {
        let message = format!("{field} is no whole URL; give one with its host, such as https://example.com/login");
        return Err(Error::invalid(field, message));
    }
    let parsed = match Url::parse(text) {
        // `localhost:8080` parses as the scheme "localhost"; a scheme of the web is followed by `//`.
        Ok(url) if !url.cannot_be_a_base() || !looks_like_host(text) => Ok(url),
        Ok(_) | Err(url::ParseError::RelativeUrlWithoutBase) => Url::parse(&format!("https://{text}")),
        Err(error) => Err(error),
    };
    parsed.map_err(|source| Error::invalid(field, format!("{field} is no valid URL: {source}")))
}

/// Whether `host:port…` was meant: a port, and no more, follows the colon.
fn looks_like_host(text: &str) -> bool {
    text.split_once(':').is_some_and(|(host, rest)| {
        let port = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !matches!(host, "" | "data" | "javascript") && port.parse::<u16>().is_ok()
    })
}

/// Returns a URL without user info, query and fragment: those may hold secrets.
pub fn redact_url(url: &Url) -> String {
    if url.cannot_be_a_base() {
        return format!("{}:…", url.scheme());
    }
    let mut shown = url.clone();
    // Only a URL that cannot be a base refuses these.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_fragment(None);
    if shown.query().is_some() {
        shown.set_query(Some("…"));
    }
    shown.as_str().replace("?%E2%80%A6", "?…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_host_gets_https() {
        for (text, url) in [
            ("example.com/a", "https://example.com/a"),
            ("localhost:8080/x", "https://localhost:8080/x"),
            (" http://127.0.0.1:1/ ", "http://127.0.0.1:1/"),
            ("about:blank", "about:blank"),
        ] {
            assert_eq!(parse_url("url", text).unwrap().as_str(), url);
        }
        assert_eq!(parse_url("url", "").unwrap_err().field(), Some("url"));
        assert_eq!(parse_url("url", "http://").unwrap_err().field(), Some("url"));
    }

    #[test]
    fn ports_of_our_own_are_denied() {
        let policy = NavigationPolicy::new().with_denied_ports([8082, 443]);
        for text in ["http://127.0.0.1:8082/", "http://example.com:8082/x", "https://example.com/"] {
            let error = policy.check(&Url::parse(text).unwrap()).unwrap_err();
            assert_eq!((error.kind(), error.field()), (ErrorKind::Denied, Some("url")), "{text}");
        }
        assert!(policy.check(&Url::parse("http://127.0.0.1:8083/").unwrap()).is_ok());
    }

    #[test]
    fn other_schemes_are_denied() {
        let policy = NavigationPolicy::new();
        for text in ["file:///etc/passwd", "chrome://settings", "view-source:http://a/", "javascript:1", "data:,x"] {
            let error = policy.check(&parse_url("url", text).unwrap()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Denied, "{text}");
        }
    }

    #[test]
    fn a_shown_url_has_no_secret() {
        let url = Url::parse("https://user:pw@a.test/p?token=s3cret#s3cret").unwrap();
        assert_eq!(redact_url(&url), "https://a.test/p?…");
        assert_eq!(redact_url(&Url::parse("data:text/plain,s3cret").unwrap()), "data:…");
    }
}
