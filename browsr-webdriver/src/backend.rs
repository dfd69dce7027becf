//! [`WebDriverBackend`]: sessions by way of a driver, which it starts or which runs already.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use browsr_core::backend::{BackendInfo, BrowserBackend, Endpoint};
use browsr_core::options::{DialogPolicy, PopupPolicy};
use browsr_core::policy::redact_url;
use browsr_core::{
    Capabilities, Error, ErrorKind, NavigateTo, OpContext, Result, Session, SessionDescriptor, SessionOptions, Viewport,
};
use serde_json::{Map, Value};
use url::Url;

use crate::driver::{DriverBrowser, DriverOptions, Drivers, remote_setup};
use crate::error::CallError;
use crate::session::{Parts, WebDriverSession};
use crate::wire::Wire;

pub(crate) const NAME: &str = "webdriver";

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
        parts: Wishes,
        driver: Option<Box<dyn Any + Send + Sync>>,
        cx: &OpContext,
    ) -> Result<Arc<WebDriverSession>> {
        let window = wire.get("window", cx).await.map_err(|error| not_created(error.into_error("opening a session")))?;
        let name = granted["browserName"].as_str().unwrap_or(self.browser.name());
        let version = granted["browserVersion"].as_str().unwrap_or_default();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(format!("{name} {version}").trim().to_owned());
        let session = WebDriverSession::new(Parts {
            browser: self.browser,
            wire,
            abilities: abilities(self.browser),
            dialogs: parts.dialogs,
            popups: parts.popups,
            viewport: parts.viewport,
            window: window.as_str().unwrap_or_default().into(),
            endpoint: parts.endpoint,
            driver,
        });
        Ok(Arc::new(session))
    }
}

/// What is wanted of a session, whether it is new or not.
struct Wishes {
    dialogs: DialogPolicy,
    popups: PopupPolicy,
    viewport: Viewport,
    endpoint: Option<Url>,
}

/// What sessions can do.
fn abilities(browser: DriverBrowser) -> Capabilities {
    let both = Capabilities::DOM.union(Capabilities::FILE_UPLOAD).union(Capabilities::FULL_PAGE);
    match browser {
        DriverBrowser::Chrome => both
            .union(Capabilities::RAW_CDP)
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
        let info = BackendInfo::new(NAME);
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
        abilities(self.browser)
    }

    async fn create_session(
        &self,
        endpoint: &Endpoint,
        options: &SessionOptions,
        cx: &OpContext,
    ) -> Result<Arc<dyn Session>> {
        let remote = match (endpoint, &self.source) {
            (Endpoint::Remote(url), _) | (_, Source::Remote(url)) => Some(url.clone()),
            _ => None,
        };
        let mut driver: Option<Box<dyn Any + Send + Sync>> = None;
        let mut ended = None;
        let (url, setup) = match (&remote, &self.source) {
            (None, Source::Launched(drivers)) => {
                let started = drivers.acquire(cx).await?;
                let found = (started.url().clone(), started.setup(options));
                ended = Some(started.ended().clone());
                driver = Some(Box::new(started));
                found
            }
            (Some(url), _) => (url.clone(), remote_setup(self.browser, url, options)),
            (None, Source::Remote(_)) => unreachable!("a remote source has a URL"),
        };
        let wanted = self.wanted(setup.capabilities, options);
        let (mut wire, granted) = Wire::open(&url, wanted, cx).await?;
        if let Some(ended) = ended {
            wire.lose_with(ended);
        }
        let wishes = Wishes {
            dialogs: options.dialogs,
            popups: options.popups,
            viewport: options.viewport,
            endpoint: remote,
        };
        let session = self.adopt(wire, &granted, wishes, driver, cx).await?;
        session.resize(options.viewport, cx).await?;
        if let Some(url) = &options.start_url {
            session.navigate(&NavigateTo::Url(url.clone()), cx).await?;
        }
        Ok(session)
    }

    async fn attach(&self, descriptor: &SessionDescriptor, cx: &OpContext) -> Result<Arc<dyn Session>> {
        let Some(url) = &descriptor.endpoint else {
            return Err(Error::new(
                ErrorKind::InvalidSessionId,
                "the session ran on a driver of the process that opened it, and ended with it",
            ));
        };
        let wire = Wire::attach(url, &descriptor.key).await?;
        let gone = || {
            Error::new(ErrorKind::InvalidSessionId, format!("{} has no such session (any more)", redact_url(url)))
        };
        match wire.get("window", cx).await {
            Ok(_) => {}
            Err(CallError::Deadline) => return Err(Error::timeout("asking the driver for its session")),
            Err(_) => return Err(gone()),
        }
        let wishes = Wishes {
            dialogs: DialogPolicy::default(),
            popups: PopupPolicy::default(),
            viewport: Viewport::default(),
            endpoint: Some(url.clone()),
        };
        Ok(self.adopt(wire, &Value::Null, wishes, None, cx).await?)
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
        f.debug_struct("WebDriverBackend").field("browser", &self.browser).field("bidi", &self.bidi).finish_non_exhaustive()
    }
}
