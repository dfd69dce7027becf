//! Cookies and web storage.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::locate::decode;
use super::{Command, CommandKind};
use crate::capability::Capabilities;
use crate::context::OpContext;
use crate::cookie::{Cookie, CookieFilter, SameSite, StorageItem};
use crate::error::{Error, Result};
use crate::script::script;
use crate::session::{Script, Session};

/// Sets a cookie. Without `domain` and `url` it belongs to the page that is open.
///
/// `Debug` leaves the value out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SetCookie {
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
    /// A URL from which domain, path and scheme are derived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whether it is sent over secure connections only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure: Option<bool>,
    /// Whether scripts cannot see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_only: Option<bool>,
    /// `Strict`, `Lax` or `None`, in any case of letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_site: Option<String>,
    /// Seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<f64>,
}

impl SetCookie {
    /// Makes the command.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            domain: None,
            path: None,
            url: None,
            secure: None,
            http_only: None,
            same_site: None,
            expires: None,
        }
    }

    /// Sets the domain.
    #[must_use]
    pub fn with_domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Sets the URL from which domain, path and scheme are derived.
    #[must_use]
    pub fn with_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    fn cookie(&self) -> Result<Cookie> {
        let same_site = match self.same_site.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("") => None,
            Some("strict") => Some(SameSite::Strict),
            Some("lax") => Some(SameSite::Lax),
            Some("none") => Some(SameSite::None),
            Some(other) => {
                return Err(Error::invalid(
                    "same_site",
                    format!("unknown same_site {other:?}; use Strict, Lax or None"),
                ));
            }
        };
        if self.name.is_empty() {
            return Err(Error::invalid("name", "the name of a cookie is empty"));
        }
        let mut cookie = Cookie::new(&self.name, &self.value);
        cookie.domain.clone_from(&self.domain);
        cookie.path.clone_from(&self.path);
        cookie.url.clone_from(&self.url);
        cookie.secure = self.secure.unwrap_or(false);
        cookie.http_only = self.http_only.unwrap_or(false);
        cookie.same_site = same_site;
        cookie.expires = self.expires;
        Ok(cookie)
    }
}

impl std::fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetCookie").field("name", &self.name).field("domain", &self.domain).finish_non_exhaustive()
    }
}

#[async_trait]
impl Command for SetCookie {
    type Output = ();
    const NAME: &'static str = "set_cookie";
    const KIND: CommandKind = CommandKind::Action;

    fn requires(&self) -> Capabilities {
        Capabilities::NONE
    }

    fn is_idempotent(&self) -> bool {
        true
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<()> {
        store(session, &[self.cookie()?], cx).await
    }
}

/// Sets cookies, and looks whether the browser has taken them, where it shows all that it has: browsers refuse some without
/// a word.
async fn store(session: &dyn Session, cookies: &[Cookie], cx: &OpContext) -> Result<()> {
    session.set_cookies(cookies, cx).await?;
    if !session.capabilities().contains(Capabilities::ALL_COOKIES) {
        return Ok(());
    }
    let kept = session.cookies(cx).await?;
    let bare =
        |domain: &Option<String>| domain.as_deref().map(|name| name.trim_start_matches('.').to_ascii_lowercase());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let is_kept = |cookie: &Cookie| {
        // One that is over deletes the one before it.
        cookie.expires.is_some_and(|expires| expires <= now + 1.0)
            || kept.iter().any(|kept| {
                let domain = bare(&cookie.domain);
                // The browser writes other letters than those of ASCII in its own way.
                let is_plain = domain.as_deref().is_some_and(str::is_ascii);
                kept.name == cookie.name && (!is_plain || domain == bare(&kept.domain))
            })
    };
    let Some(refused) = cookies.iter().find(|cookie| !is_kept(cookie)) else { return Ok(()) };
    let message = format!(
        "the browser refused the cookie {:?}: its domain may be a public suffix or not that of the page, it may need \
         `secure` (SameSite=None, __Secure-, __Host-), or a name with __Host- has a domain",
        refused.name
    );
    Err(Error::invalid("domain", message))
}

/// Sets several cookies of one domain, written `a=1; b=2`.
///
/// `Debug` leaves the values out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SetCookies {
    /// The cookies, as a `Cookie` header has them.
    pub cookies: String,
    /// Their domain.
    pub domain: String,
    /// Their path. Default `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Whether they are sent over secure connections only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure: Option<bool>,
    /// Whether scripts cannot see them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_only: Option<bool>,
}

impl std::fmt::Debug for SetCookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetCookies").field("domain", &self.domain).finish_non_exhaustive()
    }
}

#[async_trait]
impl Command for SetCookies {
    type Output = ();
    const NAME: &'static str = "set_cookies";
    const KIND: CommandKind = CommandKind::Action;

    fn requires(&self) -> Capabilities {
        Capabilities::NONE
    }

    fn is_idempotent(&self) -> bool {
        true
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<()> {
        let mut cookies = Vec::new();
        for pair in self.cookies.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(Error::invalid("cookies", "cookies must be written as name=value; name=value"));
            };
            let mut cookie = Cookie::new(name.trim(), value.trim())
                .with_domain(&self.domain)
                .with_path(self.path.as_deref().unwrap_or("/"));
            cookie.secure = self.secure.unwrap_or(false);
            cookie.http_only = self.http_only.unwrap_or(false);
            cookies.push(cookie);
        }
        if cookies.is_empty() {
            return Err(Error::invalid("cookies", "cookies is empty; write name=value; name=value"));
        }
        store(session, &cookies, cx).await
    }
}

/// Reads the cookies of the session, of every domain where the backend can.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetCookies {}

impl GetCookies {
    /// Makes the command.
    pub const fn new() -> Self {
        Self {}
    }
}

#[async_trait]
impl Command for GetCookies {
    type Output = Vec<Cookie>;
    const NAME: &'static str = "get_cookies";
    const KIND: CommandKind = CommandKind::Extraction;

    fn requires(&self) -> Capabilities {
        Capabilities::NONE
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Vec<Cookie>> {
        session.cookies(cx).await
    }
}

/// Deletes the cookies of a name, of one domain or of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeleteCookie {
    /// Name.
    pub name: String,
    /// Domain, with or without the leading dot; none for every domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

impl DeleteCookie {
    /// Makes the command.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), domain: None }
    }
}

#[async_trait]
impl Command for DeleteCookie {
    type Output = ();
    const NAME: &'static str = "delete_cookie";
    const KIND: CommandKind = CommandKind::Action;

    fn requires(&self) -> Capabilities {
        Capabilities::NONE
    }

    fn is_idempotent(&self) -> bool {
        true
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<()> {
        let mut filter = CookieFilter::name(&self.name);
        filter.domain.clone_from(&self.domain);
        session.delete_cookies(&filter, cx).await
    }
}

const ENTRIES: &str = script!("storage" => "entries");
const SET: &str = script!("storage" => "(name, items) => {
    const store = area(name);
    for (const { key, value } of items) store.setItem(key, value);
}");
const CLEAR: &str = script!("storage" => "name => area(name).clear()");

/// Defines the three commands of one storage area.
macro_rules! storage_area {
    ($area:literal, $shown:literal, $get:ident $get_name:literal, $set:ident $set_name:literal, $clear:ident $clear_name:literal) => {
        #[doc = concat!("Reads the `", $shown, "` of the page's origin.")]
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct $get {}

        impl $get {
            /// Makes the command.
            pub const fn new() -> Self {
                Self {}
            }
        }

        #[async_trait]
        impl Command for $get {
            type Output = Vec<StorageItem>;
            const NAME: &'static str = $get_name;
            const KIND: CommandKind = CommandKind::Extraction;

            async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Vec<StorageItem>> {
                decode(session.evaluate(&Script::function(ENTRIES).arg($area).idempotent(), cx).await?)
            }
        }

        #[doc = concat!("Writes entries into the `", $shown, "` of the page's origin; others stay.")]
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct $set {
            /// The entries.
            pub items: Vec<StorageItem>,
        }

        impl $set {
            /// Makes the command.
            pub const fn new(items: Vec<StorageItem>) -> Self {
                Self { items }
            }
        }

        #[async_trait]
        impl Command for $set {
            type Output = ();
            const NAME: &'static str = $set_name;
            const KIND: CommandKind = CommandKind::Action;

            fn is_idempotent(&self) -> bool {
                true
            }

            async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<()> {
                let items = serde_json::json!(self.items);
                session.evaluate(&Script::function(SET).arg($area).arg(items).idempotent(), cx).await.map(drop)
            }
        }

        #[doc = concat!("Empties the `", $shown, "` of the page's origin.")]
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct $clear {}

        impl $clear {
            /// Makes the command.
            pub const fn new() -> Self {
                Self {}
            }
        }

        #[async_trait]
        impl Command for $clear {
            type Output = ();
            const NAME: &'static str = $clear_name;
            const KIND: CommandKind = CommandKind::Action;

            fn is_idempotent(&self) -> bool {
                true
            }

            async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<()> {
                session.evaluate(&Script::function(CLEAR).arg($area).idempotent(), cx).await.map(drop)
            }
        }
    };
}

storage_area!(
    "local", "localStorage",
    GetLocalStorage "get_local_storage", SetLocalStorage "set_local_storage", ClearLocalStorage "clear_local_storage"
);
storage_area!(
    "session", "sessionStorage",
    GetSessionStorage "get_session_storage", SetSessionStorage "set_session_storage", ClearSessionStorage "clear_session_storage"
);

/// Reads what makes up the state of the session: cookies, both storages of the page's origin, and where it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaptureState {}

impl CaptureState {
    /// Makes the command.
    pub const fn new() -> Self {
        Self {}
    }
}

/// What [`CaptureState`] gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CapturedState {
    /// Cookies, of every domain where the backend can.
    pub cookies: Vec<Cookie>,
    /// `localStorage` of the page's origin; empty where it has none.
    pub local_storage: Vec<StorageItem>,
    /// `sessionStorage` of the page's origin; empty where it has none.
    pub session_storage: Vec<StorageItem>,
    /// Where the page is.
    pub url: String,
    /// When, by [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339).
    pub captured_at: String,
}

#[async_trait]
impl Command for CaptureState {
    type Output = CapturedState;
    const NAME: &'static str = "capture_state";
    const KIND: CommandKind = CommandKind::Extraction;

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<CapturedState> {
        #[derive(Deserialize)]
        struct Page {
            local: Vec<StorageItem>,
            session: Vec<StorageItem>,
            url: String,
            at: String,
        }
        // A page without an origin, such as about:blank, has no storage; that is a state like any other.
        let script = script!("storage" => "() => {
            const read = name => { try { return entries(name); } catch { return []; } };
            return { local: read('local'), session: read('session'), url: location.href, at: new Date().toISOString() };
        }");
        let page: Page = decode(session.evaluate(&Script::function(script).idempotent(), cx).await?)?;
        Ok(CapturedState {
            cookies: session.cookies(cx).await?,
            local_storage: page.local,
            session_storage: page.session,
            url: page.url,
            captured_at: page.at,
        })
    }
}
