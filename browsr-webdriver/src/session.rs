//! [`WebDriverSession`]: a session of this backend, which is the windows of one browser.

use std::any::Any;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use browsr_core::cookie::{Cookie, CookieFilter};
use browsr_core::input::{ActionOutcome, DialogSeen, Input};
use browsr_core::options::{DialogPolicy, PopupPolicy};
use browsr_core::{
    Capabilities, EncodedImage, Error, ErrorKind, FrameRef, NavigateTo, Navigation, OpContext, Result,
    ScreenshotOptions, Script, Session, SessionDescriptor, Viewport,
};
use serde_json::{Value, json};

use crate::backend::NAME;
use crate::error::{CallError, lost};
use crate::line::Focus;
use crate::driver::DriverBrowser as Browser;
use crate::wire::Wire;

/// How long closing may take, and how long a page may take to answer a ping.
const CLOSING: Duration = Duration::from_secs(2);
const PING: Duration = Duration::from_millis(900);

/// A session. Made by [`WebDriverBackend`](crate::WebDriverBackend).
pub(crate) struct WebDriverSession {
    pub(crate) browser: Browser,
    pub(crate) wire: Wire,
    pub(crate) abilities: Capabilities,
    pub(crate) dialogs: DialogPolicy,
    pub(crate) popups: PopupPolicy,
    pub(crate) focus: tokio::sync::Mutex<Focus>,
    state: Mutex<State>,
    closed: AtomicBool,
    /// The remote endpoint, if others can reach it too.
    endpoint: Option<url::Url>,
    /// Ends the driver that was started for this session, when dropped.
    driver: Mutex<Option<Box<dyn Any + Send + Sync>>>,
}

/// What is known of the windows and what happened in them.
#[derive(Debug)]
pub(crate) struct State {
    /// Windows that became current one after the other; the last is the current one.
    pub(crate) followed: Vec<Arc<str>>,
    /// Windows that are left alone.
    pub(crate) ignored: Vec<Arc<str>>,
    /// Dialogs since the last look.
    pub(crate) dialogs_seen: Vec<DialogSeen>,
    pub(crate) viewport: Viewport,
    /// Windows that have the viewport.
    pub(crate) dressed: Vec<Arc<str>>,
    pub(crate) input: crate::input::Held,
    pub(crate) input_at: Option<Instant>,
    /// Whether a page that was just opened has not been seen with a document yet.
    pub(crate) fresh: bool,
}

/// What a session is made of.
pub(crate) struct Parts {
    pub(crate) browser: Browser,
    pub(crate) wire: Wire,
    pub(crate) abilities: Capabilities,
    pub(crate) dialogs: DialogPolicy,
    pub(crate) popups: PopupPolicy,
    pub(crate) viewport: Viewport,
    pub(crate) window: Arc<str>,
    pub(crate) endpoint: Option<url::Url>,
    pub(crate) driver: Option<Box<dyn Any + Send + Sync>>,
}

impl WebDriverSession {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            browser: parts.browser,
            wire: parts.wire,
            abilities: parts.abilities,
            dialogs: parts.dialogs,
            popups: parts.popups,
            focus: tokio::sync::Mutex::default(),
            state: Mutex::new(State {
                followed: vec![parts.window],
                ignored: Vec::new(),
                dialogs_seen: Vec::new(),
                viewport: parts.viewport,
                dressed: Vec::new(),
                input: crate::input::Held::default(),
                input_at: None,
                fresh: false,
            }),
            closed: AtomicBool::new(false),
            endpoint: parts.endpoint,
            driver: Mutex::new(parts.driver),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done where the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn usable(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, "the session is closed"));
        }
        if self.wire.is_gone() {
            return Err(lost("the browser is gone"));
        }
        Ok(())
    }

    /// Returns the current window.
    pub(crate) fn current(&self) -> Result<Arc<str>> {
        self.state().followed.last().cloned().ok_or_else(|| lost("the page of the session was closed"))
    }

    /// Notes that a window is closed; the one before it is current again.
    pub(crate) fn forget(&self, window: &str) {
        let mut state = self.state();
        state.followed.retain(|followed| **followed != *window);
        state.ignored.retain(|ignored| **ignored != *window);
        state.dressed.retain(|dressed| **dressed != *window);
        state.fresh = false;
    }

    /// Where a prompt stood in the way of a call, notes its answer; then the call can be made again.
    pub(crate) async fn answer_prompt(&self, error: &CallError) -> bool {
        if !error.is_prompt() {
            return false;
        }
        // The driver has answered it already, by the policy that it was given.
        if let CallError::Refused(refusal) = error {
            let message = refusal.prompt.clone().unwrap_or_default();
            let accepted = self.dialogs == DialogPolicy::Accept;
            self.state().dialogs_seen.push(DialogSeen::new("alert", message, accepted));
        }
        true
    }

    async fn delete(&self, cx: &OpContext) {
        if let Err(error) = self.wire.delete("", cx).await {
            tracing::debug!(?error, "the driver did not end the session");
        }
        self.wire.lose("the session is closed");
        drop(self.driver.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

#[async_trait]
impl Session for WebDriverSession {
    fn descriptor(&self) -> SessionDescriptor {
        SessionDescriptor::new(NAME, self.endpoint.clone(), self.wire.id.clone())
    }

    fn capabilities(&self) -> Capabilities {
        self.abilities
    }

    fn is_lost(&self) -> bool {
        self.wire.is_gone() || self.state().followed.is_empty()
    }

    async fn navigate(&self, to: &NavigateTo, cx: &OpContext) -> Result<Navigation> {
        self.go(to, cx).await
    }

    async fn wait_for_navigation(&self, cx: &OpContext) -> Result<Navigation> {
        self.wait_for_started_navigation(cx).await
    }

    async fn evaluate(&self, script: &Script, cx: &OpContext) -> Result<Value> {
        self.run(script, cx).await
    }

    async fn frame(&self, locate: &Script, cx: &OpContext) -> Result<FrameRef> {
        self.frame_of(locate, cx).await
    }

    async fn perform_actions(&self, input: &Input, cx: &OpContext) -> Result<ActionOutcome> {
        self.act(input, cx).await
    }

    async fn screenshot(&self, options: &ScreenshotOptions, cx: &OpContext) -> Result<EncodedImage> {
        self.capture(options, cx).await
    }

    async fn set_viewport(&self, viewport: Viewport, cx: &OpContext) -> Result<()> {
        self.resize(viewport, cx).await
    }

    async fn cookies(&self, cx: &OpContext) -> Result<Vec<Cookie>> {
        self.read_cookies(cx).await
    }

    async fn set_cookies(&self, cookies: &[Cookie], cx: &OpContext) -> Result<()> {
        self.write_cookies(cookies, cx).await
    }

    async fn delete_cookies(&self, filter: &CookieFilter, cx: &OpContext) -> Result<()> {
        self.remove_cookies(filter, cx).await
    }

    async fn ping(&self, cx: &OpContext) -> Result<()> {
        let cx = &cx.capped(PING);
        let mut line = self.line(cx).await?;
        match line.own("return 1", json!([]), cx).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_prompt() => Ok(()),
            Err(error) => Err(error.into_error("pinging the page")),
        }
    }

    async fn close(&self, cx: &OpContext) -> Result<()> {
        if !self.closed.swap(true, Ordering::AcqRel) {
            self.delete(&cx.capped(CLOSING)).await;
        }
        Ok(())
    }

    async fn send_cdp(&self, method: &str, params: Value, cx: &OpContext) -> Result<Value> {
        self.send_devtools(method, params, cx).await
    }

    async fn set_files(&self, locate: &Script, paths: &[PathBuf], cx: &OpContext) -> Result<()> {
        self.choose_files(locate, paths, cx).await
    }
}

impl std::fmt::Debug for WebDriverSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebDriverSession")
            .field("browser", &self.browser)
            .field("wire", &self.wire)
            .finish_non_exhaustive()
    }
}

impl Drop for WebDriverSession {
    /// Closes without waiting: fantoccini deletes a session whose last handle goes, and the driver ends with its guard.
    fn drop(&mut self) {
        self.wire.lose("the session is closed");
    }
}
