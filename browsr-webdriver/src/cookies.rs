//! Cookies, by the best way that the driver has.

use browsr_core::cookie::{Cookie, CookieFilter, SameSite};
use browsr_core::{Error, ErrorKind, OpContext, Result};
use fantoccini::error::ErrorStatus;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::error::CallError;
use crate::session::WebDriverSession;

/// A cookie as [W3C WebDriver](https://www.w3.org/TR/webdriver2/#cookies) has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    name: String,
    value: String,
    domain: Option<String>,
    path: Option<String>,
    expiry: Option<f64>,
    #[serde(default)]
    http_only: bool,
    #[serde(default)]
    secure: bool,
    same_site: Option<String>,
}

impl WebDriverSession {
    pub(crate) async fn read_cookies(&self, cx: &OpContext) -> Result<Vec<Cookie>> {
        if let Some(bidi) = &self.bidi {
            return self.read_all_cookies(bidi, cx).await;
        }
        let mut line = self.line(cx).await?;
        line.top(cx).await.map_err(reading)?;
        let found = line.wire().get("cookie", cx).await.map_err(reading)?;
        let found: Vec<Found> = serde_json::from_value(found)
            .map_err(|source| Error::new(ErrorKind::Unexpected, "the driver sent no cookies").with_source(source))?;
        Ok(found.into_iter().map(Found::into_cookie).collect())
    }

    pub(crate) async fn write_cookies(&self, cookies: &[Cookie], cx: &OpContext) -> Result<()> {
        if let Some(bidi) = &self.bidi {
            return self.write_all_cookies(bidi, cookies, cx).await;
        }
        let mut line = self.line(cx).await?;
        line.top(cx).await.map_err(reading)?;
        for cookie in cookies {
            let wanted = wanted(cookie, None);
            match line.wire().post("cookie", &json!({ "cookie": wanted }), cx).await {
                Ok(_) => {}
                Err(error) if error.is(&ErrorStatus::InvalidCookieDomain) => {
                    return Err(Error::unsupported(
                        "without BiDi cookies belong to the open page; visit their domain first, or use a newer driver",
                    ));
                }
                Err(CallError::Refused(refusal)) => return Err(refused(&refusal.message)),
                Err(error) => return Err(error.into_error("setting cookies")),
            }
        }
        Ok(())
    }

    pub(crate) async fn remove_cookies(&self, filter: &CookieFilter, cx: &OpContext) -> Result<()> {
        if let Some(bidi) = &self.bidi {
            return self.remove_all_cookies(bidi, filter, cx).await;
        }
        let cookies = self.read_cookies(cx).await?;
        let line = self.line(cx).await?;
        for cookie in cookies.iter().filter(|cookie| filter.matches(cookie)) {
            let name: String = url::form_urlencoded::byte_serialize(cookie.name.as_bytes()).collect();
            line.wire()
                .delete(&format!("cookie/{name}"), cx)
                .await
                .map_err(|error| error.into_error("deleting cookies"))?;
        }
        Ok(())
    }
}

/// Writes a cookie for the driver; what its URL says counts where it says nothing itself.
pub(crate) fn wanted(cookie: &Cookie, page: Option<&Url>) -> Value {
    let own = cookie.url.as_deref().and_then(|url| Url::parse(url).ok());
    let url = own.as_ref().or(page.filter(|_| cookie.domain.is_none()));
    let mut wanted = json!({
        "name": cookie.name, "value": cookie.value, "httpOnly": cookie.http_only,
        "secure": cookie.secure || url.is_some_and(|url| url.scheme() == "https" && cookie.url.is_some()),
        "path": cookie.path.as_deref().unwrap_or("/"),
    });
    let domain = cookie.domain.clone().or_else(|| url.and_then(Url::host_str).map(ToOwned::to_owned));
    if let Some(domain) = domain {
        wanted["domain"] = domain.into();
    }
    if let Some(expires) = cookie.expires {
        #[expect(clippy::cast_possible_truncation, reason = "a date fits, and what does not saturates")]
        let expires = expires as i64;
        wanted["expiry"] = expires.into();
    }
    let same_site = match cookie.same_site {
        Some(SameSite::Strict) => Some("Strict"),
        Some(SameSite::Lax) => Some("Lax"),
        Some(SameSite::None) => Some("None"),
        _ => None,
    };
    if let Some(same_site) = same_site {
        wanted["sameSite"] = same_site.into();
    }
    wanted
}

impl Found {
    fn into_cookie(self) -> Cookie {
        let mut cookie = Cookie::new(self.name, self.value);
        cookie.domain = self.domain;
        cookie.path = self.path;
        cookie.expires = self.expiry;
        cookie.http_only = self.http_only;
        cookie.secure = self.secure;
        cookie.same_site = self.same_site.as_deref().and_then(same_site);
        cookie
    }
}

/// Reads `SameSite` in any case of letters.
pub(crate) fn same_site(text: &str) -> Option<SameSite> {
    match text.to_ascii_lowercase().as_str() {
        "strict" => Some(SameSite::Strict),
        "lax" => Some(SameSite::Lax),
        "none" => Some(SameSite::None),
        _ => None,
    }
}

pub(crate) fn refused(message: &str) -> Error {
    let line = message.lines().next().unwrap_or_default();
    Error::new(
        ErrorKind::InvalidArgument,
        format!("the browser refused a cookie: {line}; it needs a domain or an http(s) page, and a plain name"),
    )
}

fn reading(error: CallError) -> Error {
    error.into_error("reading cookies")
}
