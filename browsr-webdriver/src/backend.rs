//! [`WebDriverBackend`]: sessions by way of a driver, which it starts or which runs already.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use browsr_core::backend::{BackendInfo, BrowserBackend, Endpoint};
use browsr_core::options::DialogPolicy;
use browsr_core::policy::redact_url;
use browsr_core::{Capabilities, Error, ErrorKind, OpContext, Result, Session, SessionDescriptor, SessionOptions};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::bidi::Bidi;
use crate::driver::{Driver, DriverBrowser, DriverOptions, Drivers, remote_setup};
use crate::error::CallError;
use crate::grid;
use crate::identity::Identity;
use crate::session::{Parts, WebDriverSession};
use crate::wire::Wire;

pub(crate) const NAME: &str = "webdriver";

/// How long a driver may take to answer by BiDi.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sessions of Chrome or Firefox by W3C WebDriver.
pub struct WebDriverBackend {
    browser: DriverBrowser,
    source: Source,
    bidi: bool,
    capabilities: Map<String, Value>,
    /// Name and version of the browser that was seen last.
    seen: Mutex<Option<String>>,
}

/// Where the driver is.
#[derive(Debug)]
enum Source {
    Launched(Drivers),
    Remote(Url),
}

impl WebDriverBackend {
    /// Starts drivers as sessions need them.
    pub fn launch(options: DriverOptions) -> Self {
        Self::new(options.browser, Source::Launched(Drivers::new(options)))
    }

    /// Uses a driver or a Selenium Grid that runs already.
    pub fn connect(browser: DriverBrowser, driver: Url) -> Self {
        Self::new(browser, Source::Remote(driver))
    }

    fn new(browser: DriverBrowser, source: Source) -> Self {
        Self { browser, source, bidi: true, capabilities: Map::new(), seen: Mutex::default() }
    }

    /// Chooses whether to ask for WebDriver BiDi. Default `true`; without it sessions can do less.
    #[must_use]
    pub const fn with_bidi(mut self, bidi: bool) -> Self {
        self.bidi = bidi;
        self
    }

    /// Adds a capability to those that a driver or Grid is asked for, such as `platformName`.
    #[must_use]
    pub fn with_capability(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.capabilities.insert(name.into(), value.into());
        self
    }

    /// Returns the browser that it asks for.
    pub const fn browser(&self) -> DriverBrowser {
        self.browser
    }

    /// What to say in [New Session](https://www.w3.org/TR/webdriver2/#new-session).
    fn wanted(&self, browser: Map<String, Value>, options: &SessionOptions) -> Map<String, Value> {
        let prompts = match (self.bidi, options.dialogs) {
            // With BiDi we answer them ourselves, as they come.
            (true, _) => "ignore",
            (_, DialogPolicy::Accept) => "accept and notify",
            _ => "dismiss and notify",
        };
        let mut wanted = browser;
        wanted.insert("pageLoadStrategy".into(), "none".into());
        wanted.insert("unhandledPromptBehavior".into(), prompts.into());
        if self.bidi {
            wanted.insert("webSocketUrl".into(), true.into());
        }
        wanted.extend(self.capabilities.clone());
        wanted
    }

    /// Makes a session of one that the driver has.
    async fn adopt(
        &self,
        wire: Wire,
        granted: &Value,
        options: &SessionOptions,
        endpoint: Option<Url>,
        driver: Option<Arc<Driver>>,
        cx: &OpContext,
    ) -> Result<Arc<WebDriverSession>> {
        let mut wire = wire;
        let bidi = match granted["webSocketUrl"].as_str().and_then(|url| Url::parse(url).ok()) {
            None => None,
            Some(url) => match Bidi::connect(&url, options, &cx.capped(PATIENCE)).await {
                Ok(bidi) => Some(bidi),
                Err(error) => {
                    tracing::warn!(
                        ?error,
                        "the driver offers BiDi and cannot be reached by it; the session can do less"
                    );
                    None
                }
            },
        };
        if let Some(bidi) = &bidi {
            // The driver closes it with the session, which is sooner than any call would find out.
            wire.lose_with(bidi.gone().clone());
        }
        let window =
            wire.get("window", cx).await.map_err(|error| not_created(error.into_error("opening a session")))?;
        let name = granted["browserName"].as_str().unwrap_or(self.browser.name());
        let version = granted["browserVersion"].as_str().unwrap_or_default();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(format!("{name} {version}").trim().to_owned());
        let session = WebDriverSession::new(Parts {
            browser: self.browser,
            abilities: abilities(self.browser, bidi.is_some()),
            key: Key {
                session: wire.id.clone(),
                browser: name.to_owned(),
                bidi: bidi.as_ref().map(|bidi| bidi.url().clone()),
            },
            wire,
            bidi,
            pid: ["goog:processID", "moz:processID"].iter().find_map(|name| granted[name].as_u64()?.try_into().ok()),
            options: options.clone(),
            window: window.as_str().unwrap_or_default().into(),
            endpoint,
            driver,
        });
        Ok(Arc::new(session))
    }
}

/// What another process needs besides the driver's address to find a session.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) session: String,
    pub(crate) browser: String,
    pub(crate) bidi: Option<Url>,
}

/// What sessions can do.
fn abilities(browser: DriverBrowser, bidi: bool) -> Capabilities {
    let mut both = Capabilities::DOM.union(Capabilities::FILE_UPLOAD).union(Capabilities::FULL_PAGE);
    if bidi {
        both = both
            .union(Capabilities::ALL_COOKIES)
            .union(Capabilities::NETWORK_ACTIVITY)
            .union(Capabilities::NAVIGATION_EVENTS)
            .union(Capabilities::INIT_SCRIPT)
            .union(Capabilities::ORIGIN_RESTORE)
            .union(Capabilities::INTERRUPT)
            .union(Capabilities::JPEG)
            .union(Capabilities::WEBP);
    }
    match browser {
        DriverBrowser::Chrome => both
            .union(Capabilities::RAW_CDP)
            .union(Capabilities::INTERRUPT)
            .union(Capabilities::JPEG)
            .union(Capabilities::WEBP)
            .union(Capabilities::TRUSTED_DROP),
        DriverBrowser::Firefox => both,
    }
}

fn not_created(error: Error) -> Error {
    Error::new(ErrorKind::SessionNotCreated, "the driver's session broke at once").with_source(error)
}

#[async_trait]
impl BrowserBackend for WebDriverBackend {
    fn info(&self) -> BackendInfo {
        let info = BackendInfo::new(NAME).with_serves(self.browser.name());
        let info = match &*self.seen.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(browser) => info.with_browser(browser.clone()),
            None => info,
        };
        match &self.source {
            Source::Launched(drivers) => info.with_browsers(drivers.living().len()),
            Source::Remote(_) => info,
        }
    }

    fn capabilities(&self) -> Capabilities {
        abilities(self.browser, self.bidi)
    }

    async fn create_session(
        &self,
        endpoint: &Endpoint,
        options: &SessionOptions,
        cx: &OpContext,
    ) -> Result<Arc<dyn Session>> {
        if options.cdp_url.is_some() {
            return Err(Error::invalid("cdp_url", "webdriver attaches to no browser by cdp_url; use the cdp backend"));
        }
        let remote = match (endpoint, &self.source) {
            (Endpoint::Remote(url), _) | (_, Source::Remote(url)) => Some(url.clone()),
            _ => None,
        };
        let driver = match (&remote, &self.source) {
            (None, Source::Launched(drivers)) => Some(drivers.acquire(cx).await?),
            _ => None,
        };
        let options = &mut options.clone();
        let identity = Identity::decide(self.browser, driver.as_deref(), self.bidi, options, cx).await?;
        let (url, setup) = match (&driver, &remote) {
            (Some(driver), _) => (driver.url().clone(), driver.setup(options)),
            (None, Some(url)) => (url.clone(), remote_setup(self.browser, url, options)),
            (None, None) => unreachable!("a session has a driver of ours, or its URL"),
        };
        let wanted = self.wanted(setup.capabilities, options);
        let opened = match &remote {
            Some(url) => match Wire::open(url, wanted, &grid::time_for_session(cx)).await {
                Err(error) => Err(grid::explain(url, error).await),
                opened => opened,
            },
            None => Wire::open(&url, wanted, cx).await,
        };
        let (mut wire, granted) = opened?;
        if let Some(driver) = &driver {
            wire.lose_with(driver.ended().clone());
        }
        let session = self.adopt(wire, &granted, options, remote, driver, cx).await?;
        session.identify(identity, &granted, options, cx).await?;
        session.resize(options.viewport, cx).await?;
        Ok(session)
    }

    async fn attach(&self, descriptor: &SessionDescriptor, cx: &OpContext) -> Result<Arc<dyn Session>> {
        let Some(url) = &descriptor.endpoint else {
            return Err(Error::new(
                ErrorKind::InvalidSessionId,
                "the session ran on a driver of the process that opened it, and ended with it",
            ));
        };
        let key: Key = serde_json::from_str(&descriptor.key)
            .map_err(|_| Error::new(ErrorKind::InvalidSessionId, "the descriptor is not one of this backend"))?;
        let wire = Wire::attach(url, &key.session).await?;
        let gone =
            || Error::new(ErrorKind::InvalidSessionId, format!("{} has no such session (any more)", redact_url(url)));
        match wire.get("window", cx).await {
            Ok(_) => {}
            Err(CallError::Deadline) => return Err(Error::timeout("asking the driver for its session")),
            Err(_) => return Err(gone()),
        }
        let granted = serde_json::json!({ "browserName": key.browser, "webSocketUrl": key.bidi });
        Ok(self.adopt(wire, &granted, &SessionOptions::new(), Some(url.clone()), None, cx).await?)
    }

    async fn shutdown(&self, cx: &OpContext) -> Result<()> {
        match &self.source {
            Source::Launched(drivers) => drivers.shutdown(cx).await,
            Source::Remote(_) => Ok(()),
        }
    }
}

impl fmt::Debug for WebDriverBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebDriverBackend")
            .field("browser", &self.browser)
            .field("bidi", &self.bidi)
            .finish_non_exhaustive()
    }
}
