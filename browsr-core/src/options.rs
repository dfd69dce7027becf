//! [`SessionOptions`]: how a session is wanted.

use std::fmt;
use std::time::Duration;

use url::Url;

use crate::error::{Error, Result};
use crate::types::Viewport;

/// How a session is wanted. Start with [`new`](Self::new) and change what matters.
///
/// `Debug` shows URLs without query and user info.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct SessionOptions {
    /// A label for people; the id is always generated.
    pub name: Option<String>,
    /// The backend by name; none for the engine's first.
    pub backend: Option<String>,
    /// The browser by name, such as `firefox`; none for that of the backend. Without a backend, the first that serves it.
    pub browser: Option<String>,
    /// Whether the browser has no window. Default `true`.
    pub headless: bool,
    /// Where to go before the session is handed out.
    pub start_url: Option<Url>,
    /// A browser that runs already, to attach to instead of launching: `http://host:port`, `ws://` or `wss://`.
    pub cdp_url: Option<Url>,
    /// What the browser calls itself.
    pub user_agent: UserAgent,
    /// Whether to hide the plain signs of automation, such as `navigator.webdriver`.
    pub disable_automation_detection: bool,
    /// The viewport. Default 1280 by 720.
    pub viewport: Viewport,
    /// How dialogs are answered.
    pub dialogs: DialogPolicy,
    /// What happens when the page opens another.
    pub popups: PopupPolicy,
    /// How many pages it may have open, popups included, 1 to 100; what goes beyond is closed and counted in
    /// [`Notes::pages_refused`](crate::Notes::pages_refused). Default 32.
    pub max_pages: u32,
    /// What the session shares with others.
    pub isolation: Isolation,
    /// How long it may stand idle; none for the engine's default (300 s).
    pub idle_timeout: Option<Duration>,
    /// How long it may live in all; none for the engine's default (3,600 s).
    pub max_lifetime: Option<Duration>,
    /// Whether it was made on the fly, and so gives way when its slot is needed and nobody uses it.
    pub auto_created: bool,
    /// Whose it is, as the embedder counts. Only sessions of one owner share a browser, and with it the clipboard; those
    /// without one count as one owner's.
    pub owner: Option<String>,
}

impl SessionOptions {
    /// A headless session with defaults throughout.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the label.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Chooses the backend by name.
    #[must_use]
    pub fn with_backend(mut self, backend: impl Into<String>) -> Self {
        self.backend = Some(backend.into());
        self
    }

    /// Chooses the browser by name.
    #[must_use]
    pub fn with_browser(mut self, browser: impl Into<String>) -> Self {
        self.browser = Some(browser.into());
        self
    }

    /// Chooses between no window and a window. A window needs a display.
    #[must_use]
    pub const fn with_headless(mut self, headless: bool) -> Self {
        self.headless = headless;
        self
    }

    /// Sets where to go first.
    #[must_use]
    pub fn with_start_url(mut self, url: Url) -> Self {
        self.start_url = Some(url);
        self
    }

    /// Attaches to a running browser.
    #[must_use]
    pub fn with_cdp_url(mut self, url: Url) -> Self {
        self.cdp_url = Some(url);
        self
    }

    /// Sets what the browser calls itself.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: UserAgent) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// Chooses whether to hide the plain signs of automation.
    #[must_use]
    pub const fn with_disable_automation_detection(mut self, disable: bool) -> Self {
        self.disable_automation_detection = disable;
        self
    }

    /// Sets the viewport.
    #[must_use]
    pub const fn with_viewport(mut self, viewport: Viewport) -> Self {
        self.viewport = viewport;
        self
    }

    /// Chooses how dialogs are answered.
    #[must_use]
    pub const fn with_dialogs(mut self, dialogs: DialogPolicy) -> Self {
        self.dialogs = dialogs;
        self
    }

    /// Chooses what happens when the page opens another.
    #[must_use]
    pub const fn with_popups(mut self, popups: PopupPolicy) -> Self {
        self.popups = popups;
        self
    }

    /// Sets how many pages it may have open.
    #[must_use]
    pub const fn with_max_pages(mut self, max_pages: u32) -> Self {
        self.max_pages = max_pages;
        self
    }

    /// Chooses what the session shares with others.
    #[must_use]
    pub const fn with_isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// Sets how long it may stand idle.
    #[must_use]
    pub const fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// Sets how long it may live in all.
    #[must_use]
    pub const fn with_max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = Some(lifetime);
        self
    }

    /// Marks it as made on the fly.
    #[must_use]
    pub const fn with_auto_created(mut self, auto_created: bool) -> Self {
        self.auto_created = auto_created;
        self
    }

    /// Says whose it is.
    #[must_use]
    pub fn with_owner(mut self, owner: impl Into<String>) -> Self {
        self.owner = Some(owner.into());
        self
    }

    /// Checks what no backend could accept.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), naming the field.
    pub fn validate(&self) -> Result<()> {
        self.viewport.validate()?;
        if let UserAgent::Custom(text) = &self.user_agent
            && (text.is_empty() || text.len() > 1024 || text.chars().any(char::is_control))
        {
            return Err(Error::invalid(
                "user_agent",
                "user_agent must have 1 to 1024 characters and no control characters",
            ));
        }
        if let Some(url) = &self.cdp_url
            && !matches!(url.scheme(), "http" | "ws" | "wss")
        {
            return Err(Error::invalid(
                "cdp_url",
                format!("cdp_url has the scheme {:?}; use http://host:port, ws:// or wss://", url.scheme()),
            ));
        }
        if !(1..=100).contains(&self.max_pages) {
            return Err(Error::invalid("max_pages", "max_pages must be 1 to 100"));
        }
        for (field, limit) in [("idle_timeout", self.idle_timeout), ("max_lifetime", self.max_lifetime)] {
            if limit.is_some_and(|limit| limit.is_zero()) {
                return Err(Error::invalid(field, format!("{field} must be above zero")));
            }
        }
        Ok(())
    }
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            name: None,
            backend: None,
            browser: None,
            headless: true,
            start_url: None,
            cdp_url: None,
            user_agent: UserAgent::Default,
            disable_automation_detection: false,
            viewport: Viewport::default(),
            dialogs: DialogPolicy::default(),
            popups: PopupPolicy::default(),
            max_pages: 32,
            isolation: Isolation::default(),
            idle_timeout: None,
            max_lifetime: None,
            auto_created: false,
            owner: None,
        }
    }
}

impl fmt::Debug for SessionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionOptions")
            .field("name", &self.name)
            .field("backend", &self.backend)
            .field("browser", &self.browser)
            .field("headless", &self.headless)
            .field("start_url", &self.start_url.as_ref().map(crate::policy::redact_url))
            .field("cdp_url", &self.cdp_url.as_ref().map(crate::policy::redact_url))
            .field("user_agent", &self.user_agent)
            .field("viewport", &self.viewport)
            .field("isolation", &self.isolation)
            .field("auto_created", &self.auto_created)
            .finish_non_exhaustive()
    }
}

/// What the browser calls itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum UserAgent {
    /// Its own name; a headless Chrome without the word "Headless".
    #[default]
    Default,
    /// One of a few common desktop names, chosen at random.
    Random,
    /// This one.
    Custom(String),
}

/// How `alert`, `confirm` and `prompt` are answered. `beforeunload` is always accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DialogPolicy {
    /// Cancel, or close.
    #[default]
    Dismiss,
    /// OK; a prompt gets its default text.
    Accept,
}

/// What happens when the page opens another page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PopupPolicy {
    /// A page opened during input becomes the session's page, until it closes.
    #[default]
    Follow,
    /// It stays open in the background.
    Ignore,
}

/// What a session shares with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Isolation {
    /// A browser process; cookies, storage and cache are its own.
    #[default]
    Context,
    /// Nothing: a browser process of its own.
    Process,
}
