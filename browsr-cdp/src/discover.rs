//! Finding the websocket of a browser by its HTTP endpoint.

use std::time::Duration;

use browsr_core::policy::redact_url;
use browsr_core::{Error, ErrorKind, OpContext, Result};
use serde::Deserialize;
use url::Url;

/// How long a browser may take to say where its websocket is.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How much it may say.
const MAX_ANSWER: usize = 64 << 10;

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "webSocketDebuggerUrl")]
    websocket: Url,
}

/// Returns the websocket of an endpoint: itself, or what `/json/version` at `http://host:port` names.
pub(crate) async fn websocket(endpoint: &Url, cx: &OpContext) -> Result<Url> {
    match endpoint.scheme() {
        "ws" | "wss" => return Ok(endpoint.clone()),
        "http" => {}
        scheme => {
            return Err(Error::invalid(
                "cdp_url",
                format!("cdp_url has the scheme {scheme:?}; use http://host:port, ws:// or wss://"),
            ));
        }
    }
    let shown = redact_url(endpoint);
    let failed = |why: &str| Error::new(ErrorKind::ProvisionFailed, format!("no browser answers at {shown}: {why}"));
    let cx = cx.capped(TIMEOUT);
    let text = cx
        .bound(format!("asking {shown} for its websocket"), async {
            ask(endpoint)
                .await
                .map_err(|source| failed("it cannot be asked for its version").with_source(source.without_url()))
        })
        .await?
        .ok_or_else(|| failed("its answer is no description of a browser"))?;
    let Version { websocket } = serde_json::from_slice(&text).map_err(|_| failed("its answer names no websocket"))?;
    // A browser behind a proxy names itself by the host it was asked by. Any other host is not what was asked for.
    let same_host =
        websocket.host() == endpoint.host() && websocket.port_or_known_default() == endpoint.port_or_known_default();
    if !same_host || websocket.scheme() != "ws" {
        return Err(failed("its answer names a websocket at another host"));
    }
    Ok(websocket)
}

async fn ask(endpoint: &Url) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
    let mut url = endpoint.clone();
    url.set_path("/json/version");
    let mut answer = client.get(url).send().await?;
    if !answer.status().is_success() {
        return Ok(None);
    }
    let mut text = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if text.len() + chunk.len() > MAX_ANSWER {
            return Ok(None);
        }
        text.extend_from_slice(&chunk);
    }
    Ok(Some(text))
}
