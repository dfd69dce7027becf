//! [`BrowserBackend`]: what a protocol crate implements so that the engine can open sessions by it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use url::Url;

use crate::capability::Capabilities;
use crate::context::OpContext;
use crate::error::Result;
use crate::options::SessionOptions;
use crate::session::{Session, SessionDescriptor};

/// A way to get browser sessions: one protocol, one kind of browser.
///
/// Implement this and [`Session`], and pass the cases of the `conformance` feature: that is all a backend needs.
#[async_trait]
pub trait BrowserBackend: fmt::Debug + Send + Sync + 'static {
    /// Returns the name and what is known of the browser.
    fn info(&self) -> BackendInfo;

    /// Returns what its sessions can do natively, before any exists.
    fn capabilities(&self) -> Capabilities;

    /// Opens a session.
    ///
    /// On failure, and when the future is dropped, nothing is left behind.
    ///
    /// # Errors
    ///
    /// [`ProvisionFailed`](crate::ErrorKind::ProvisionFailed) when no browser can be had,
    /// [`SessionNotCreated`](crate::ErrorKind::SessionNotCreated) when it gives no session.
    async fn create_session(
        &self,
        endpoint: &Endpoint,
        options: &SessionOptions,
        cx: &OpContext,
    ) -> Result<Arc<dyn Session>>;

    /// Finds a session that this or another process opened on a remote endpoint.
    ///
    /// # Errors
    ///
    /// [`InvalidSessionId`](crate::ErrorKind::InvalidSessionId) when it is not there any more.
    async fn attach(&self, descriptor: &SessionDescriptor, cx: &OpContext) -> Result<Arc<dyn Session>>;

    /// Ends every browser that this backend launched. Sessions still open are lost.
    async fn shutdown(&self, cx: &OpContext) -> Result<()>;
}

/// Name and state of a backend.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackendInfo {
    /// The name, such as `cdp`.
    pub name: &'static str,
    /// The browser that sessions may ask for by name, such as `chrome`; none where there is nothing to choose. An engine
    /// may have several backends of one name that serve different browsers.
    pub serves: Option<&'static str>,
    /// Whether it attaches to a browser by [`SessionOptions::cdp_url`](crate::SessionOptions::cdp_url).
    pub takes_cdp_url: bool,
    /// The browser and its version, where one has been seen, such as `Chromium 150.0.1.2`.
    pub browser: Option<String>,
    /// How many browser processes it runs at the moment.
    pub browsers: usize,
    /// How many of these did not answer in time when they were last used. The next session asks such a browser once more,
    /// and replaces it where there is still no answer.
    pub suspect: usize,
}

impl BackendInfo {
    /// Makes the info of a backend that runs nothing yet.
    pub const fn new(name: &'static str) -> Self {
        Self { name, serves: None, takes_cdp_url: false, browser: None, browsers: 0, suspect: 0 }
    }

    /// Says which browser sessions may ask for.
    #[must_use]
    pub const fn with_serves(mut self, browser: &'static str) -> Self {
        self.serves = Some(browser);
        self
    }

    /// Says that it attaches to browsers by `cdp_url`.
    #[must_use]
    pub const fn with_cdp_url(mut self) -> Self {
        self.takes_cdp_url = true;
        self
    }

    /// Names the browser and its version.
    #[must_use]
    pub fn with_browser(mut self, browser: impl Into<String>) -> Self {
        self.browser = Some(browser.into());
        self
    }

    /// Counts the browsers.
    #[must_use]
    pub const fn with_browsers(mut self, browsers: usize) -> Self {
        self.browsers = browsers;
        self
    }

    /// Counts those of the browsers that did not answer in time.
    #[must_use]
    pub const fn with_suspect(mut self, suspect: usize) -> Self {
        self.suspect = suspect;
        self
    }
}

/// Where a session's browser is.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// A browser that the backend launches, or shares among sessions, itself.
    Local,
    /// A browser or driver that runs already: `http://`, `ws://` or `wss://`.
    Remote(Url),
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("Local"),
            Self::Remote(url) => f.debug_tuple("Remote").field(&crate::policy::redact_url(url)).finish(),
        }
    }
}
