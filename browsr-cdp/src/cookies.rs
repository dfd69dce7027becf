//! Cookies of a session's browser context.

use browsr_core::cookie::{Cookie, CookieFilter, SameSite};
use browsr_core::{Error, ErrorKind, OpContext, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::CallError;
use crate::session::CdpSession;

#[derive(Deserialize)]
struct Cookies {
    cookies: Vec<Found>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    name: String,
    value: String,
    domain: String,
    path: String,
    #[serde(default)]
    expires: f64,
    #[serde(default)]
    session: bool,
    #[serde(default)]
    http_only: bool,
    #[serde(default)]
    secure: bool,
    same_site: Option<String>,
    partition_key: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wanted<'a> {
    name: &'a str,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<f64>,
    http_only: bool,
    secure: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    same_site: Option<&'static str>,
}

impl CdpSession {
    pub(crate) async fn read_cookies(&self, cx: &OpContext) -> Result<Vec<Cookie>> {
        Ok(self.found_cookies(cx).await?.into_iter().map(Found::into_cookie).collect())
    }

    async fn found_cookies(&self, cx: &OpContext) -> Result<Vec<Found>> {
        self.page_of_any_state()?;
        let found: Cookies = self
            .connection()
            .call_as(None, "Storage.getCookies", &self.of_context(json!({})), cx)
            .await
            .map_err(|error| error.into_error("reading cookies"))?;
        Ok(found.cookies)
    }

    pub(crate) async fn write_cookies(&self, cookies: &[Cookie], cx: &OpContext) -> Result<()> {
        let current = self.page_of_any_state()?;
        let wanted: Vec<_> = cookies
            .iter()
            .map(|cookie| {
                let url = cookie.url.as_deref().or_else(|| cookie.domain.is_none().then_some(current.as_str()));
                Wanted {
                    name: &cookie.name,
                    value: &cookie.value,
                    url,
                    domain: cookie.domain.as_deref(),
                    path: cookie.path.as_deref(),
                    expires: cookie.expires,
                    http_only: cookie.http_only,
                    secure: cookie.secure,
                    same_site: cookie.same_site.and_then(|same_site| match same_site {
                        SameSite::Strict => Some("Strict"),
                        SameSite::Lax => Some("Lax"),
                        SameSite::None => Some("None"),
                        _ => None,
                    }),
                }
            })
            .collect();
        let params = self.of_context(json!({ "cookies": wanted }));
        match self.connection().call_as::<serde::de::IgnoredAny>(None, "Storage.setCookies", &params, cx).await {
            Ok(_) => Ok(()),
            Err(CallError::Refused { message, .. }) => Err(Error::new(
                ErrorKind::InvalidArgument,
                format!(
                    "the browser refused a cookie: {message}; it needs a domain or an http(s) page, and a plain name"
                ),
            )),
            Err(error) => Err(error.into_error("setting cookies")),
        }
    }

    pub(crate) async fn remove_cookies(&self, filter: &CookieFilter, cx: &OpContext) -> Result<()> {
        if *filter == CookieFilter::all() {
            let params = self.of_context(json!({}));
            let cleared = self.connection().call_as::<serde::de::IgnoredAny>(None, "Storage.clearCookies", &params, cx);
            return cleared.await.map(drop).map_err(|error| error.into_error("deleting cookies"));
        }
        let session = self.page_session()?;
        let calls: Vec<_> = self
            .found_cookies(cx)
            .await?
            .into_iter()
            .filter_map(|found| {
                let mut params = json!({ "name": found.name, "domain": found.domain, "path": found.path });
                if let Some(key) = &found.partition_key {
                    params["partitionKey"] = key.clone();
                }
                filter
                    .matches(&found.into_cookie())
                    .then(|| self.connection().start(Some(&session), "Network.deleteCookies", &params))
            })
            .collect();
        for call in calls {
            call.wait(cx)
                .await
                .and_then(|answer| answer.result::<serde::de::IgnoredAny>())
                .map_err(|error| error.into_error("deleting cookies"))?;
        }
        Ok(())
    }

    fn of_context(&self, mut params: Value) -> Value {
        if let Some(context) = self.context() {
            params["browserContextId"] = context.into();
        }
        params
    }
}

impl Found {
    fn into_cookie(self) -> Cookie {
        let mut cookie = Cookie::new(self.name, self.value).with_domain(self.domain).with_path(self.path);
        cookie.expires = (!self.session && self.expires >= 0.0).then_some(self.expires);
        cookie.http_only = self.http_only;
        cookie.secure = self.secure;
        cookie.same_site = match self.same_site.as_deref() {
            Some("Strict") => Some(SameSite::Strict),
            Some("Lax") => Some(SameSite::Lax),
            Some("None") => Some(SameSite::None),
            _ => None,
        };
        cookie
    }
}
