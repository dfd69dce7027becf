//! Which raw DevTools commands may pass: those that stay within the page of the session.
//!
//! A browser is shared between sessions, and a page's DevTools connection reaches further than the page: to other pages,
//! to files of this machine, to downloads, to ports. So a domain passes only if it is listed here.

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::policy::{NavigationPolicy, parse_url};
use crate::types::check_picture;

/// The domains that concern the page.
const DOMAINS: &[&str] = &[
    "Accessibility",
    "Animation",
    "CacheStorage",
    "CSS",
    "DOM",
    "DOMDebugger",
    "DOMSnapshot",
    "DOMStorage",
    "Emulation",
    "IndexedDB",
    "Input",
    "IO",
    "LayerTree",
    "Log",
    "Network",
    "Overlay",
    "Page",
    "Performance",
    "Profiler",
    "Runtime",
    "Storage",
    "WebAuthn",
];

/// Of other domains, what tells nothing of others.
const ALLOWED: &[&str] = &["Browser.getVersion"];

/// Of those domains, what reaches further or takes the page away from the engine.
const REFUSED: &[&str] = &[
    "DOM.getFileInfo",
    "DOM.setFileInputFiles",
    "Network.continueInterceptedRequest",
    "Network.disable",
    "Network.loadNetworkResource",
    "Network.setRequestInterception",
    "Page.disable",
    "Page.handleFileChooser",
    "Page.setDownloadBehavior",
    "Page.setLifecycleEventsEnabled",
    "Runtime.disable",
];

/// Of the domain `Storage`, what is bound to the session.
const STORAGE: &[&str] = &[
    "Storage.clearCookies",
    "Storage.clearDataForOrigin",
    "Storage.clearDataForStorageKey",
    "Storage.getCookies",
    "Storage.getStorageKey",
    "Storage.getUsageAndQuota",
    "Storage.setCookies",
];

/// Parameters by which a command could name another page, session or browser context, or files, or shed its origin.
const FOREIGN: &[&str] = &[
    "browserContextId",
    "targetId",
    "sessionId",
    "files",
    "downloadPath",
    "grantUniversalAccess",
    "grantUniveralAccess",
];

/// Checks a command.
pub(super) fn check(method: &str, params: &Value, policy: &NavigationPolicy) -> Result<()> {
    let Some((domain, name)) = method.split_once('.').filter(|(domain, name)| is_word(domain) && is_word(name)) else {
        return Err(Error::invalid("method", "method must be written as Domain.method, such as Page.getFrameTree"));
    };
    if !params.is_object() && !params.is_null() {
        return Err(Error::invalid("params", "params must be an object"));
    }
    let passes = match domain {
        "Storage" => STORAGE.contains(&method),
        _ => DOMAINS.contains(&domain) && !REFUSED.contains(&method),
    };
    if !passes && !ALLOWED.contains(&method) {
        return Err(Error::new(
            ErrorKind::Denied,
            format!("the DevTools method {domain}.{name} reaches beyond the page of the session; use the commands"),
        )
        .with_field("method"));
    }
    if let Some(key) = foreign(params) {
        return Err(Error::new(
            ErrorKind::Denied,
            format!("the parameter {key} may not be used: it reaches beyond the page"),
        )
        .with_field(format!("params.{key}")));
    }
    check_size(method, params)?;
    if method == "Page.navigate"
        && let Some(url) = params["url"].as_str()
    {
        let in_params = |error: Error| error.with_field("params.url");
        policy.check(&parse_url("url", url).map_err(in_params)?).map_err(in_params)?;
    }
    Ok(())
}

/// Checks the size of a picture, and of what later pictures are of.
fn check_size(method: &str, params: &Value) -> Result<()> {
    let (at, scale) = match method {
        "Page.captureScreenshot" => (&params["clip"], "scale"),
        "Emulation.setDeviceMetricsOverride" | "Page.setDeviceMetricsOverride" | "Emulation.setVisibleSize" => {
            (params, "deviceScaleFactor")
        }
        _ => return Ok(()),
    };
    if !at.is_object() {
        return Ok(());
    }
    let number = |name: &str| at[name].as_f64().unwrap_or_default();
    // 0 is the scale that there is.
    let scale = if number(scale) > 0.0 { number(scale) } else { 1.0 };
    // A side of 0 is the one that there is.
    let side = |name: &str| number(name).max(if scale > MAX_SCALE { f64::INFINITY } else { 1.0 });
    check_picture(side("width"), side("height"), scale)
        .map_err(|error| error.with_field(if method == "Page.captureScreenshot" { "params.clip" } else { "params" }))
}

/// How many device pixels a pixel may have.
const MAX_SCALE: f64 = 10.0;

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Finds a parameter that is not to be, at any depth.
fn foreign(params: &Value) -> Option<&'static str> {
    let mut rest = vec![params];
    while let Some(value) = rest.pop() {
        match value {
            Value::Object(object) => {
                if let Some(key) = FOREIGN.iter().find(|key| object.get(**key).is_some_and(|value| !value.is_null())) {
                    return Some(key);
                }
                rest.extend(object.values());
            }
            Value::Array(values) => rest.extend(values),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind(method: &str, params: &Value) -> Option<ErrorKind> {
        check(method, params, &NavigationPolicy::new()).err().map(|error| error.kind())
    }

    #[test]
    fn what_concerns_the_page_passes() {
        for (method, params) in [
            ("Runtime.evaluate", json!({ "expression": "1" })),
            ("Page.navigate", json!({ "url": "http://a.test/" })),
            ("Page.captureScreenshot", json!(null)),
            ("Accessibility.getFullAXTree", json!({})),
            ("Storage.getCookies", json!({})),
            ("Browser.getVersion", json!({})),
        ] {
            assert_eq!(kind(method, &params), None, "{method}");
        }
    }

    #[test]
    fn what_reaches_further_is_refused() {
        for (method, params) in [
            ("Browser.close", json!({})),
            ("Target.getTargets", json!({})),
            ("Target.attachToTarget", json!({ "targetId": "x" })),
            ("SystemInfo.getInfo", json!({})),
            ("Tethering.bind", json!({ "port": 1 })),
            ("Fetch.enable", json!({})),
            ("Debugger.enable", json!({})),
            ("Extensions.loadUnpacked", json!({ "path": "/" })),
            ("DOM.setFileInputFiles", json!({ "files": ["/etc/passwd"] })),
            ("Input.dispatchDragEvent", json!({ "data": { "files": ["/etc/passwd"] } })),
            ("Page.setDownloadBehavior", json!({ "behavior": "allow", "downloadPath": "/tmp" })),
            ("Network.loadNetworkResource", json!({ "url": "file:///etc/passwd" })),
            ("Storage.getCookies", json!({ "browserContextId": "x" })),
            ("Storage.setProtectedAudienceKAnonymity", json!({})),
            ("Page.navigate", json!({ "url": "file:///etc/passwd" })),
            ("Page.navigate", json!({ "url": "\tFILE:///etc/passwd" })),
            ("Page.navigate", json!({ "url": "view-source:http://a.test" })),
            ("Page.createIsolatedWorld", json!({ "frameId": "x", "grantUniveralAccess": true })),
            ("Nowhere.enable", json!({})),
        ] {
            assert_eq!(kind(method, &params), Some(ErrorKind::Denied), "{method} {params}");
        }
    }

    #[test]
    fn pictures_that_are_too_large_are_refused() {
        let clip = |width: f64, scale: f64| json!({ "clip": { "x": 0, "y": 0, "width": width, "height": 10, "scale": scale } });
        let metrics = |side: u32, factor: f64| json!({ "width": side, "height": side, "deviceScaleFactor": factor, "mobile": false });
        for (method, params) in [
            ("Page.captureScreenshot", clip(2_147_483_648.0, 1.0)),
            ("Page.captureScreenshot", clip(1e30, 1.0)),
            ("Page.captureScreenshot", clip(10.0, 1e20)),
            ("Emulation.setDeviceMetricsOverride", metrics(10_000_000, 1.0)),
            ("Emulation.setDeviceMetricsOverride", metrics(1000, 100.0)),
            ("Emulation.setDeviceMetricsOverride", metrics(0, 1000.0)),
            ("Page.setDeviceMetricsOverride", metrics(1_000_000, 1.0)),
        ] {
            assert_eq!(kind(method, &params), Some(ErrorKind::TooLarge), "{method} {params}");
        }
        assert_eq!(kind("Page.captureScreenshot", &clip(10_000.0, 2.0)), None);
        assert_eq!(kind("Emulation.setDeviceMetricsOverride", &metrics(0, 0.0)), None);
    }

    #[test]
    fn what_is_no_method_is_invalid() {
        for method in ["", "Page", "Page.", ".navigate", "Page.a b", "Page.navigate.x", "Page\u{2024}navigate"] {
            assert_eq!(kind(method, &json!({})), Some(ErrorKind::InvalidArgument), "{method:?}");
        }
        assert_eq!(kind("Page.reload", &json!([])), Some(ErrorKind::InvalidArgument));
    }
}
