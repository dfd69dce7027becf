//! Which web pages may call: those of the server's own address. A page elsewhere, or one whose name was made to point
//! here, gives itself away by `Host` or `Origin`.

use std::net::IpAddr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use url::Url;

use crate::config::ServerConfig;
use crate::error::ApiError;

/// The address that the client called the server by, once it is known to be one of ours.
#[derive(Debug, Clone)]
pub(crate) struct CalledHost(pub(crate) Option<Authority>);

/// Checks `Host` and `Origin`.
pub(crate) fn check(config: &ServerConfig, uri: &Uri, headers: &HeaderMap) -> Result<CalledHost, ApiError> {
    let host = host(headers)?;
    // A request in absolute form names the host twice; both must be ours.
    for called in [uri.authority(), host.as_ref()].into_iter().flatten() {
        if !config.trusts_caller && !is_ours(config, called) {
            return Err(denied("host", format!("the host {:?} is not this server", called.as_str())));
        }
    }
    let called = host.or_else(|| uri.authority().cloned());
    if !config.trusts_caller {
        for origin in headers.get_all(header::ORIGIN) {
            let text = origin.to_str().unwrap_or("…");
            if !is_own_origin(config, text, called.as_ref()) {
                return Err(denied("origin", format!("pages of {text:?} may not use this server")));
            }
        }
    }
    Ok(CalledHost(called))
}

fn denied(field: &'static str, message: String) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "denied", message).with_field(field)
}

fn host(headers: &HeaderMap) -> Result<Option<Authority>, ApiError> {
    let invalid = || ApiError::new(StatusCode::BAD_REQUEST, "invalid_argument", "Host is not valid").with_field("host");
    let mut values = headers.get_all(header::HOST).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let host = Authority::try_from(value.as_bytes()).map_err(|_| invalid())?;
    if values.next().is_some() || host.as_str().contains('@') {
        return Err(invalid());
    }
    Ok(Some(host))
}

/// Whether a `Host` is one of the server's. Names are compared, ports are not: a name that was made to point here is
/// what must not pass, while ports change on the way through tunnels and containers.
fn is_ours(config: &ServerConfig, called: &Authority) -> bool {
    let host = called.host();
    if is_loopback(host) {
        return true;
    }
    if config.api_keys.is_empty() {
        return false;
    }
    let listen = config.listen.ip();
    let is_public = config.public_url.as_ref().is_some_and(|url| same_host(url, host));
    let is_listen = !listen.is_unspecified() && address(host) == Some(listen);
    is_public || is_listen || (listen.is_unspecified() && config.public_url.is_none())
}

fn same_host(url: &Url, host: &str) -> bool {
    url.host_str().is_some_and(|own| own.eq_ignore_ascii_case(host))
}

fn address(host: &str) -> Option<IpAddr> {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Whether a host name, or an address as URLs have it, is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || address(host).is_some_and(|address| address.is_loopback())
}

fn is_own_origin(config: &ServerConfig, origin: &str, called: Option<&Authority>) -> bool {
    // "null", the origin of sandboxed pages and files, is no URL.
    let Ok(origin) = Url::parse(origin) else { return false };
    if !matches!(origin.scheme(), "http" | "https") {
        return false;
    }
    if config.public_url.as_ref().is_some_and(|public| public.origin() == origin.origin()) {
        return true;
    }
    let default = if origin.scheme() == "https" { 443 } else { 80 };
    called.is_some_and(|called| {
        same_host(&origin, called.host())
            && origin.port_or_known_default() == Some(called.port_u16().unwrap_or(default))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::auth::ApiKey;

    fn passes(config: &ServerConfig, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        check(config, &Uri::from_static("/sessions"), &headers).is_ok()
    }

    fn keyed(listen: &str) -> ServerConfig {
        ServerConfig::new().with_listen(listen.parse().unwrap()).with_api_keys([ApiKey::new("k").unwrap()])
    }

    #[test]
    fn without_a_key_only_loopback_is_called() {
        let config = ServerConfig::new();
        for host in ["localhost", "LOCALHOST:8082", "127.0.0.1:8082", "127.1.2.3", "[::1]:9", "[::ffff:127.0.0.1]"] {
            assert!(passes(&config, host, None), "{host}");
        }
        for host in [
            "evil.test",
            "localhost.evil.test",
            "127.0.0.1.nip.io:8082",
            "10.0.0.1",
            "0.0.0.0:8082",
            "a@localhost",
            "[::2]",
        ] {
            assert!(!passes(&config, host, None), "{host}");
        }
    }

    #[test]
    fn with_a_key_the_listen_address_and_the_public_url_are_called_too() {
        let config = keyed("10.0.0.1:8082");
        for host in ["10.0.0.1:8082", "localhost", "[::ffff:10.0.0.1]:1"] {
            assert!(passes(&config, host, None), "{host}");
        }
        assert!(!passes(&config, "10.0.0.2:8082", None) && !passes(&config, "api.test", None));
        let config = config.with_public_url(Url::parse("https://api.test/x").unwrap());
        assert!(passes(&config, "api.test", None) && passes(&config, "API.test:443", None));
        assert!(!passes(&config, "evil.test", None));
    }

    #[test]
    fn on_a_wildcard_any_host_is_called_unless_the_public_url_is_known() {
        let config = keyed("0.0.0.0:8082");
        assert!(passes(&config, "anything.test", None));
        let config = config.with_public_url(Url::parse("https://api.test").unwrap());
        assert!(passes(&config, "api.test", None) && !passes(&config, "anything.test", None));
    }

    #[test]
    fn only_pages_of_the_same_address_may_call() {
        let config = ServerConfig::new();
        let host = "localhost:8082";
        assert!(passes(&config, host, Some("http://localhost:8082")));
        for origin in [
            "null",
            "",
            "http://localhost",
            "http://localhost:3000",
            "http://127.0.0.1:8082",
            "https://evil.test",
            "http://localhost:8082.evil.test",
            "file://",
            "chrome-extension://abc",
        ] {
            assert!(!passes(&config, host, Some(origin)), "{origin}");
        }
        let config = keyed("0.0.0.0:1").with_public_url(Url::parse("https://api.test").unwrap());
        assert!(passes(&config, "api.test", Some("https://api.test")));
        assert!(!passes(&config, "api.test", Some("https://api.test:444")));
        // Behind a proxy that ends TLS, the scheme is not known here.
        assert!(passes(&keyed("0.0.0.0:1"), "api.test", Some("https://api.test")));
    }

    #[test]
    fn both_hosts_of_a_request_in_absolute_form_must_be_ours() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost"));
        let uri = Uri::from_static("http://evil.test/sessions");
        assert!(check(&ServerConfig::new(), &uri, &headers).is_err());
        headers.append(header::HOST, HeaderValue::from_static("localhost"));
        assert!(check(&ServerConfig::new(), &Uri::from_static("/"), &headers).is_err());
    }
}
