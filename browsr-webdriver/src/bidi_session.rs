//! What a session does by BiDi: cookies of every domain, the exact viewport, screenshots of every kind, scripts before
//! those of the page, storage of origins that are not open, and freeing a page that hangs.

use std::time::Duration;

use browsr_core::cookie::{Cookie, CookieFilter, OriginState};
use browsr_core::{Error, ErrorKind, ImageFormat, OpContext, Result, ScreenshotArea, ScreenshotOptions, Viewport};
use serde_json::{Value, json};
use url::Url;

use crate::bidi::Bidi;
use crate::cookies::{refused, same_site, wanted};
use crate::driver::DriverBrowser;
use crate::error::{CallError, lost};
use crate::session::WebDriverSession;

/// How long after the deadline of a script its driver may take to give it up.
const GIVEN_UP: Duration = Duration::from_millis(1_800);

const WRITE: &str = "items => { for (const [key, value] of JSON.parse(items)) localStorage.setItem(key, value) }";

impl WebDriverSession {
    pub(crate) async fn read_all_cookies(&self, bidi: &Bidi, cx: &OpContext) -> Result<Vec<Cookie>> {
        self.usable()?;
        let answer = bidi
            .call("storage.getCookies", &json!({}), cx)
            .await
            .map_err(|error| error.into_error("reading cookies"))?;
        Ok(answer["cookies"].as_array().into_iter().flatten().map(cookie_of).collect())
    }

    pub(crate) async fn write_all_cookies(&self, bidi: &Bidi, cookies: &[Cookie], cx: &OpContext) -> Result<()> {
        self.usable()?;
        let page = if cookies.iter().all(|cookie| cookie.domain.is_some() || cookie.url.is_some()) {
            None
        } else {
            let mut line = self.line(cx).await?;
            let url = line.own("return location.href", json!([]), cx).await;
            let url = url.map_err(|error| error.into_error("setting cookies"))?;
            url.as_str().and_then(|url| Url::parse(url).ok()).filter(|url| url.scheme().starts_with("http"))
        };
        for cookie in cookies {
            let mut wanted = wanted(cookie, page.as_ref());
            if wanted.get("domain").is_none() {
                return Err(refused("it has no domain"));
            }
            wanted["value"] = json!({ "type": "string", "value": cookie.value });
            if let Some(same_site) = wanted.get("sameSite").and_then(Value::as_str).map(str::to_ascii_lowercase) {
                wanted["sameSite"] = same_site.into();
            }
            match bidi.call("storage.setCookie", &json!({ "cookie": wanted }), cx).await {
                Ok(_) => {}
                Err(CallError::Refused(refusal)) => return Err(refused(&refusal.message)),
                Err(error) => return Err(error.into_error("setting cookies")),
            }
        }
        Ok(())
    }

    pub(crate) async fn remove_all_cookies(&self, bidi: &Bidi, filter: &CookieFilter, cx: &OpContext) -> Result<()> {
        let fail = |error: CallError| error.into_error("deleting cookies");
        if *filter == CookieFilter::all() {
            return bidi.call("storage.deleteCookies", &json!({}), cx).await.map(drop).map_err(fail);
        }
        // The filter of the protocol has no word for "with or without the leading dot".
        for cookie in self.read_all_cookies(bidi, cx).await?.iter().filter(|cookie| filter.matches(cookie)) {
            let exactly = json!({ "filter": { "name": cookie.name, "domain": cookie.domain, "path": cookie.path } });
            bidi.call("storage.deleteCookies", &exactly, cx).await.map_err(fail)?;
        }
        Ok(())
    }

    /// Gives every page of the session its size, those that are to come included.
    pub(crate) async fn size_by_bidi(&self, bidi: &Bidi, viewport: Viewport, cx: &OpContext) -> Result<(), CallError> {
        let params = json!({
            "userContexts": ["default"],
            "viewport": { "width": viewport.width, "height": viewport.height },
            "devicePixelRatio": viewport.device_scale_factor,
        });
        bidi.call("browsingContext.setViewport", &params, cx).await.map(drop)
    }

    pub(crate) async fn capture_by_bidi(
        &self,
        bidi: &Bidi,
        options: &ScreenshotOptions,
        cx: &OpContext,
    ) -> Result<String, CallError> {
        let window = self.current().map_err(|error| CallError::Gone(error.message().to_owned()))?;
        let mut params = json!({ "context": *window, "format": { "type": options.format.mime_type() } });
        if let Some(quality) = options.quality.filter(|_| options.format != ImageFormat::Png) {
            params["format"]["quality"] = (f64::from(quality) / 100.0).into();
        }
        match options.area {
            ScreenshotArea::FullPage => params["origin"] = "document".into(),
            ScreenshotArea::Clip(rect) => {
                params["origin"] = "document".into();
                params["clip"] =
                    json!({ "type": "box", "x": rect.x, "y": rect.y, "width": rect.width, "height": rect.height });
            }
            _ => params["origin"] = "viewport".into(),
        }
        let answer = bidi.call("browsingContext.captureScreenshot", &params, cx).await?;
        Ok(answer["data"].as_str().unwrap_or_default().to_owned())
    }

    pub(crate) async fn add_preload(&self, bidi: &Bidi, source: &str, cx: &OpContext) -> Result<()> {
        self.usable()?;
        let params = json!({ "functionDeclaration": format!("() => {{\n{source}\n}}") });
        bidi.call("script.addPreloadScript", &params, cx)
            .await
            .map(drop)
            .map_err(|error| error.into_error("adding an init script"))
    }

    /// Visits each origin in a page of our own, with a document that we make up: nothing goes to the network.
    pub(crate) async fn write_origins(&self, bidi: &Bidi, origins: &[OriginState], cx: &OpContext) -> Result<()> {
        let mut wanted = Vec::new();
        for origin in origins.iter().filter(|origin| !origin.local_storage.is_empty()) {
            let url = Url::parse(&origin.origin).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            let url =
                url.ok_or_else(|| Error::invalid("origins", format!("{:?} is no origin of the web", origin.origin)))?;
            let items: Vec<_> = origin.local_storage.iter().map(|item| (&item.key, &item.value)).collect();
            wanted.push((url, json!(items).to_string()));
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let fail = |error: CallError| error.into_error("writing storage");
        // The page must not be taken for one that the session's page has opened.
        let line = self.line(cx).await?;
        bidi.events().expected += 1;
        let created = bidi
            .call("browsingContext.create", &json!({ "type": "tab", "background": true }), cx)
            .await
            .map_err(fail)?;
        let page = created["context"].as_str().unwrap_or_default().to_owned();
        let written = self.write_all(bidi, &page, &wanted, cx).await;
        let soon = OpContext::within(Duration::from_secs(1));
        let _ = bidi.call("browsingContext.close", &json!({ "context": page }), &soon).await;
        drop(line);
        written.map_err(fail)
    }

    async fn write_all(
        &self,
        bidi: &Bidi,
        page: &str,
        wanted: &[(Url, String)],
        cx: &OpContext,
    ) -> Result<(), CallError> {
        bidi.call("session.subscribe", &json!({ "events": ["network.beforeRequestSent"], "contexts": [page] }), cx)
            .await?;
        let hold = json!({ "phases": ["beforeRequestSent"], "contexts": [page] });
        bidi.call("network.addIntercept", &hold, cx).await?;
        for (url, items) in wanted {
            let go = json!({ "context": page, "url": url.as_str(), "wait": "complete" });
            let going = bidi.call("browsingContext.navigate", &go, cx);
            tokio::pin!(going);
            loop {
                let held = std::mem::take(&mut bidi.events().held);
                for request in held {
                    let answer = json!({
                        "request": request, "statusCode": 200, "reasonPhrase": "OK",
                        "headers": [{ "name": "content-type", "value": { "type": "string", "value": "text/html" } }],
                        "body": { "type": "string", "value": "<!doctype html><link rel=icon href=\"data:,\">" },
                    });
                    bidi.call("network.provideResponse", &answer, cx).await?;
                }
                tokio::select! {
                    gone = &mut going => { gone?; break; }
                    () = tokio::time::sleep(Duration::from_millis(5)) => {}
                }
            }
            let write = json!({
                "functionDeclaration": WRITE, "awaitPromise": false, "target": { "context": page },
                "arguments": [{ "type": "string", "value": items }],
            });
            let written = bidi.call("script.callFunction", &write, cx).await?;
            if written["type"] == "exception" {
                return Err(CallError::Refused(crate::error::Refusal {
                    status: fantoccini::error::ErrorStatus::UnknownError,
                    message: "the storage takes no more".to_owned(),
                    prompt: None,
                }));
            }
        }
        Ok(())
    }

    /// Frees a page that hangs, with what the driver has for it.
    pub(crate) async fn free(&self, bidi: Option<&Bidi>, cx: &OpContext) -> Result<()> {
        let fail = |_: CallError| {
            // The driver waits for the page and takes no command ever after; who asks next is told at once.
            self.wire.lose("the page hangs and cannot be stopped");
            lost("the page hangs and cannot be stopped")
        };
        match (self.browser, bidi) {
            (DriverBrowser::Chrome, _) => {
                // It gets here as soon as the driver has given up the script, which it does at the deadline of that.
                let cx = &cx.capped(GIVEN_UP);
                let line = self.line(cx).await?;
                line.wire().cdp("Runtime.terminateExecution", &json!({}), cx).await.map_err(fail)?;
                let _ = line.wire().cdp("Page.stopLoading", &json!({}), cx).await;
                Ok(())
            }
            (_, Some(bidi)) => self.replace(bidi, cx).await.map_err(fail),
            _ => Err(Error::unsupported("this driver cannot interrupt a page without BiDi; close the session")),
        }
    }

    /// Puts a new window at the same address into the place of one that hangs: Firefox stops no script.
    async fn replace(&self, bidi: &Bidi, cx: &OpContext) -> Result<(), CallError> {
        let window = self.current().map_err(|error| CallError::Gone(error.message().to_owned()))?;
        let known = self.windows_of(bidi, cx).await?;
        let url = known.iter().find(|(id, _)| **id == *window).map(|(_, url)| url.clone());
        // Its answer waits for the page that hangs, so the tree tells of the window.
        let patience = cx.capped(Duration::from_millis(20));
        bidi.events().expected += 1;
        let _ = bidi.call("browsingContext.create", &json!({ "type": "tab" }), &patience).await;
        let fresh = loop {
            let all = self.windows_of(bidi, cx).await?;
            match all.into_iter().find(|(id, _)| known.iter().all(|(old, _)| old != id)) {
                Some((fresh, _)) => break fresh,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        // From here on the session has a page that answers, even if the time is over.
        self.forget(&window);
        self.state().followed.push(fresh.as_str().into());
        let close = json!({ "context": *window });
        let _ = bidi.call("browsingContext.close", &close, &cx.capped(Duration::from_millis(100))).await;
        if let Some(url) = url {
            let go = json!({ "context": fresh, "url": url, "wait": "interactive" });
            let _ = bidi.call("browsingContext.navigate", &go, cx).await;
        }
        Ok(())
    }

    /// Returns the windows and where each is.
    async fn windows_of(&self, bidi: &Bidi, cx: &OpContext) -> Result<Vec<(String, String)>, CallError> {
        let tree = bidi.call("browsingContext.getTree", &json!({ "maxDepth": 0 }), cx).await?;
        let contexts = tree["contexts"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(contexts.iter().map(|one| (text(&one["context"]), text(&one["url"]))).collect())
    }

    /// Asks for a capability's connection, which is there wherever the capability is declared.
    pub(crate) fn needs_bidi(&self) -> Result<&Bidi> {
        self.bidi.as_ref().ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                "this driver offers no WebDriver BiDi; use a newer one or the cdp backend",
            )
        })
    }
}

fn cookie_of(found: &Value) -> Cookie {
    let text = |name: &str| found[name].as_str().map(ToOwned::to_owned);
    let value = &found["value"];
    let value = match value["type"].as_str() {
        Some("base64") => {
            use base64::Engine as _;
            let bytes = base64::engine::general_purpose::STANDARD.decode(value["value"].as_str().unwrap_or_default());
            String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
        }
        _ => value["value"].as_str().unwrap_or_default().to_owned(),
    };
    let mut cookie = Cookie::new(text("name").unwrap_or_default(), value);
    cookie.domain = text("domain");
    cookie.path = text("path");
    cookie.expires = found["expiry"].as_f64().filter(|_| found["goog:session"] != true);
    cookie.http_only = found["httpOnly"] == true;
    cookie.secure = found["secure"] == true;
    // A cookie that names no policy comes as `none`, which an insecure one cannot have.
    let policy = found["sameSite"].as_str().filter(|policy| *policy != "none" || cookie.secure);
    cookie.same_site = policy.and_then(same_site);
    cookie
}
