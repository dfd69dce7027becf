//! [`ServerConfig`]: how the API is served.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use browsr_core::{Error, Result};
use url::Url;

use crate::auth::ApiKey;
use crate::guard;
use crate::token::TokenKey;

/// How the API is served. Start with [`new`](Self::new) and change what matters.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServerConfig {
    /// Where the server listens, which decides whose `Host` is believed. [`Server::serve`](crate::Server::serve) takes
    /// it from its listener. Default `127.0.0.1:8082`.
    pub listen: SocketAddr,
    /// The URL that clients know the server by, where it stands behind a proxy or is mounted below a path.
    pub public_url: Option<Url>,
    /// Who may call. Without a key anybody on this machine may, and nobody else.
    pub api_keys: Vec<ApiKey>,
    /// Which browsers, beside those on loopback, `cdp_url` may name.
    pub cdp_hosts: Vec<CdpHost>,
    /// What signs frame tokens. Default random, so that tokens end with the process.
    pub token_key: TokenKey,
    /// How long a frame token holds; it ends with its session in any case. Default 24 h, which is the most.
    pub token_ttl: Duration,
    /// Whether there is a display for browsers with a window. Default by the environment.
    pub display: bool,
    /// Whether the app around the router has let the caller in already: keys, `Host` and `Origin` are then not checked.
    /// Default `false`.
    pub trusts_caller: bool,
    /// How long a session that was made on the fly may stand idle. Default 60 s.
    pub auto_created_idle_timeout: Duration,
    /// How large a body may be, in bytes. Default 1 MiB.
    pub max_body: usize,
    /// How large a body with commands may be, in bytes: it may carry files. Default 32 MiB.
    pub max_commands_body: usize,
    /// How many commands a batch may have. Default 256.
    pub max_commands: usize,
    /// How many connections there may be; more wait. Default 1,024.
    pub max_connections: usize,
    /// How long the head of a request may take. Default 10 s.
    pub head_timeout: Duration,
    /// How long the client may be silent within a body, its own or ours. Default 30 s.
    pub body_timeout: Duration,
    /// How long running requests may go on after shutdown was asked for. Default 30 s.
    pub drain_timeout: Duration,
}

impl ServerConfig {
    /// A server on `127.0.0.1:8082` without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets where the server listens.
    #[must_use]
    pub const fn with_listen(mut self, listen: SocketAddr) -> Self {
        self.listen = listen;
        self
    }

    /// Sets the URL that clients know the server by.
    #[must_use]
    pub fn with_public_url(mut self, url: Url) -> Self {
        self.public_url = Some(url);
        self
    }

    /// Adds keys.
    #[must_use]
    pub fn with_api_keys(mut self, keys: impl IntoIterator<Item = ApiKey>) -> Self {
        self.api_keys.extend(keys);
        self
    }

    /// Allows `cdp_url` to name a host.
    #[must_use]
    pub fn with_cdp_host(mut self, host: CdpHost) -> Self {
        self.cdp_hosts.push(host);
        self
    }

    /// Sets what signs frame tokens.
    #[must_use]
    pub fn with_token_key(mut self, key: TokenKey) -> Self {
        self.token_key = key;
        self
    }

    /// Sets how long a frame token holds.
    #[must_use]
    pub const fn with_token_ttl(mut self, ttl: Duration) -> Self {
        self.token_ttl = ttl;
        self
    }

    /// Says whether there is a display.
    #[must_use]
    pub const fn with_display(mut self, display: bool) -> Self {
        self.display = display;
        self
    }

    /// Leaves keys, `Host` and `Origin` to the app around the router.
    #[must_use]
    pub const fn with_trusted_caller(mut self) -> Self {
        self.trusts_caller = true;
        self
    }

    /// Sets how long a session that was made on the fly may stand idle.
    #[must_use]
    pub const fn with_auto_created_idle_timeout(mut self, timeout: Duration) -> Self {
        self.auto_created_idle_timeout = timeout;
        self
    }

    /// Sets how large a body may be.
    #[must_use]
    pub const fn with_max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets how large a body with commands may be.
    #[must_use]
    pub const fn with_max_commands_body(mut self, bytes: usize) -> Self {
        self.max_commands_body = bytes;
        self
    }

    /// Sets how many connections there may be.
    #[must_use]
    pub const fn with_max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// Sets how long the head of a request may take.
    #[must_use]
    pub const fn with_head_timeout(mut self, timeout: Duration) -> Self {
        self.head_timeout = timeout;
        self
    }

    /// Sets how long the client may be silent within a body.
    #[must_use]
    pub const fn with_body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }

    /// Sets how long running requests may go on after shutdown was asked for.
    #[must_use]
    pub const fn with_drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain_timeout = timeout;
        self
    }

    /// Checks that the parts fit: above all, that a server that others can reach has a key.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](browsr_core::ErrorKind::InvalidArgument), naming the field.
    pub fn validate(&self) -> Result<()> {
        if !self.trusts_caller && self.api_keys.is_empty() && !self.listen.ip().is_loopback() {
            return Err(Error::invalid(
                "listen",
                format!(
                    "without an API key the server listens on loopback only, not on {}; set BROWSR_API_KEY or a key file",
                    self.listen
                ),
            ));
        }
        if let Some(url) = &self.public_url
            && (!matches!(url.scheme(), "http" | "https") || !url.has_host() || url.query().is_some())
        {
            return Err(Error::invalid("public_url", "public_url must be http or https, without a query"));
        }
        let day = Duration::from_secs(86_400);
        if self.token_ttl > day || self.token_ttl < Duration::from_secs(1) {
            return Err(Error::invalid("token_ttl", "token_ttl must be 1 s to 24 h"));
        }
        if self.max_connections == 0 || self.max_body == 0 || self.max_commands_body == 0 || self.max_commands == 0 {
            return Err(Error::invalid("max_connections", "limits must be above zero"));
        }
        Ok(())
    }

    /// Whether a browser at this URL may be attached to.
    pub(crate) fn allows_cdp(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let port = url.port_or_known_default();
        if self.cdp_hosts.iter().any(|allowed| allowed.matches(host, port)) {
            return true;
        }
        self.listen.ip().is_loopback() && guard::is_loopback(host) && port != Some(self.listen.port())
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::from([127, 0, 0, 1]), 8082),
            public_url: None,
            api_keys: Vec::new(),
            cdp_hosts: Vec::new(),
            token_key: TokenKey::random(),
            token_ttl: Duration::from_secs(86_400),
            display: has_display(),
            trusts_caller: false,
            auto_created_idle_timeout: Duration::from_secs(60),
            max_body: 1024 * 1024,
            max_commands_body: 32 * 1024 * 1024,
            max_commands: 256,
            max_connections: 1024,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            drain_timeout: Duration::from_secs(30),
        }
    }
}

fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(target_os = "macos", windows)) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// A host, and perhaps a port, whose browsers `cdp_url` may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CdpHost {
    host: String,
    port: Option<u16>,
}

impl CdpHost {
    fn matches(&self, host: &str, port: Option<u16>) -> bool {
        self.host.eq_ignore_ascii_case(host) && (self.port.is_none() || self.port == port)
    }
}

impl std::str::FromStr for CdpHost {
    type Err = Error;

    /// Reads `host` or `host:port`.
    fn from_str(text: &str) -> Result<Self> {
        let invalid = || Error::invalid("cdp_host", format!("{text:?} is no host or host:port"));
        if text.contains(['/', '@', '?', '#']) {
            return Err(invalid());
        }
        // The URL parser writes the host as it will write that of a `cdp_url`.
        let url = Url::parse(&format!("ws://{text}/")).map_err(|_| invalid())?;
        let explicit = text.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(invalid)?;
        Ok(Self { host: host.to_owned(), port: if explicit { url.port_or_known_default() } else { None } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_server_that_others_can_reach_needs_a_key() {
        let open = |listen: &str| ServerConfig::new().with_listen(listen.parse().unwrap());
        for listen in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1"] {
            open(listen).validate().unwrap();
        }
        for listen in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1"] {
            assert_eq!(open(listen).validate().unwrap_err().field(), Some("listen"));
            open(listen).with_api_keys([ApiKey::new("k").unwrap()]).validate().unwrap();
        }
    }

    #[test]
    fn cdp_url_is_loopback_only_unless_allowed_and_off_on_a_public_bind() {
        let config = ServerConfig::new();
        for text in ["http://127.0.0.1:9222", "ws://localhost:9222/x", "http://[::1]:9222", "http://2130706433:9222"] {
            assert!(config.allows_cdp(&url(text)), "{text}");
        }
        for text in ["http://10.0.0.1:9222", "ws://grid:4444", "http://localhost.evil:1", "http://127.0.0.1:8082/"] {
            assert!(!config.allows_cdp(&url(text)), "{text}");
        }
        let config = ServerConfig::new()
            .with_listen("0.0.0.0:8082".parse().unwrap())
            .with_cdp_host("grid:4444".parse().unwrap())
            .with_cdp_host("[fd00::1]".parse().unwrap());
        assert!(config.allows_cdp(&url("ws://grid:4444/x")));
        assert!(config.allows_cdp(&url("http://[fd00::1]:1/")));
        for text in ["http://127.0.0.1:9222", "ws://grid:4445", "ws://grid"] {
            assert!(!config.allows_cdp(&url(text)), "{text}");
        }
    }

    #[test]
    fn a_cdp_host_is_a_host_and_no_more() {
        for text in ["", ":1", "http://a", "a/b", "user@a", "a:99999"] {
            assert!(text.parse::<CdpHost>().is_err(), "{text}");
        }
    }
}
