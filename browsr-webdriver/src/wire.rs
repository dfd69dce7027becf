//! [`Wire`]: calls to the driver of one session, each by its deadline.
//!
//! [fantoccini](https://docs.rs/fantoccini) carries them. It runs one at a time, and a future that is dropped does not
//! stop its request: the next one waits behind it.

use std::fmt;
use std::sync::Arc;

use browsr_core::{OpContext, Result};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use http::Method;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::error::{CallError, not_created};

/// A line to the driver.
pub(crate) struct Wire {
    client: Client,
    /// The session's id with the driver.
    pub(crate) id: String,
    /// Says why the browser is known to be gone, as soon as it is.
    gone: watch::Sender<Option<String>>,
    /// The signal that the driver's process is dead, where it is ours.
    ended: CancellationToken,
}

impl Wire {
    /// Asks the driver for a new session, and returns what it says about it.
    pub(crate) async fn open(driver: &Url, wanted: Map<String, Value>, cx: &OpContext) -> Result<(Self, Value)> {
        let driver = with_slash(driver);
        let mut builder = ClientBuilder::new(connector());
        builder.capabilities(wanted);
        // Where this is given up, fantoccini deletes the session that may still come.
        let client = cx
            .bound("waiting for the driver's session", async {
                builder.connect(driver.as_str()).await.map_err(not_created)
            })
            .await?;
        let granted = client.capabilities().cloned().map(Value::Object).unwrap_or_default();
        let id = client.session_id().await.ok().flatten().unwrap_or_default();
        Ok((Self { client, id, gone: watch::channel(None).0, ended: CancellationToken::new() }, granted))
    }

    /// Speaks to a session that is there already.
    pub(crate) async fn attach(driver: &Url, id: &str) -> Result<Self> {
        let driver = with_slash(driver);
        let client = Client::with_existing_session(driver.as_str(), id, connector()).await.map_err(not_created)?;
        // Others may still need it.
        let _ = client.persist().await;
        Ok(Self { client, id: id.to_owned(), gone: watch::channel(None).0, ended: CancellationToken::new() })
    }

    /// Counts the browser as gone once this signal comes.
    pub(crate) fn lose_with(&mut self, ended: CancellationToken) {
        self.ended = ended;
    }

    /// Hears that the browser is gone; calls under way end.
    pub(crate) fn lose(&self, why: impl Into<String>) {
        self.gone.send_if_modified(|gone| gone.is_none() && gone.replace(why.into()).is_none());
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.ended.is_cancelled() || self.gone.borrow().is_some()
    }

    /// Waits until the browser is known to be gone, and says why.
    async fn hear_loss(&self) -> String {
        let mut gone = self.gone.subscribe();
        // The sender lives as long as we do.
        let heard = gone.wait_for(Option::is_some).await;
        heard.ok().and_then(|why| why.clone()).unwrap_or_default()
    }

    pub(crate) async fn get(&self, path: &str, cx: &OpContext) -> Result<Value, CallError> {
        self.call(Method::GET, path, None, cx).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value, cx: &OpContext) -> Result<Value, CallError> {
        self.call(Method::POST, path, Some(body.to_string()), cx).await
    }

    pub(crate) async fn delete(&self, path: &str, cx: &OpContext) -> Result<Value, CallError> {
        self.call(Method::DELETE, path, None, cx).await
    }

    /// Sends a DevTools command by way of the driver, which hands it to the current window.
    pub(crate) async fn cdp(&self, method: &str, params: &Value, cx: &OpContext) -> Result<Value, CallError> {
        self.post("goog/cdp/execute", &json!({ "cmd": method, "params": params }), cx).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<String>, cx: &OpContext) -> Result<Value, CallError> {
        if cx.is_expired() {
            return Err(CallError::Deadline);
        }
        let command = Command { method, path: path.to_owned(), body };
        let answer = tokio::select! {
            biased;
            answer = self.client.issue_cmd(command) => answer,
            () = self.ended.cancelled() => return Err(CallError::Gone("the driver has ended".to_owned())),
            why = self.hear_loss() => return Err(CallError::Gone(why)),
            () = tokio::time::sleep_until(cx.deadline().into()) => return Err(CallError::Deadline),
        };
        answer.map_err(|error| {
            let error = CallError::from(error);
            if let CallError::Gone(why) = &error {
                self.lose(why.clone());
            }
            error
        })
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("id", &self.id).field("gone", &self.is_gone()).finish_non_exhaustive()
    }
}

/// One request of a session; `Debug` leaves the body out, which may hold typed text.
struct Command {
    method: Method,
    /// Below the session; empty for the session itself.
    path: String,
    body: Option<String>,
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command").field("method", &self.method).field("path", &self.path).finish_non_exhaustive()
    }
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, id: Option<&str>) -> Result<Url, url::ParseError> {
        let id = id.unwrap_or_default();
        let slash = if self.path.is_empty() { "" } else { "/" };
        base.join(&format!("session/{id}{slash}{}", self.path))
    }

    fn method_and_body(&self, _url: &Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.clone())
    }
}

/// TLS by ring and the roots that the web knows, whatever provider the process has installed.
pub(crate) fn tls_config() -> Arc<rustls::ClientConfig> {
    let roots: rustls::RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows every protocol version that rustls does");
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The client of drivers, `https` included.
pub(crate) fn connector() -> HttpsConnector<HttpConnector> {
    let mut http = HttpConnector::new();
    http.set_nodelay(true);
    http.enforce_http(false);
    hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config((*tls_config()).clone())
        .https_or_http()
        .enable_http1()
        .wrap_connector(http)
}

/// A base URL that paths can be joined to.
pub(crate) fn with_slash(url: &Url) -> Url {
    let mut url = url.clone();
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}
