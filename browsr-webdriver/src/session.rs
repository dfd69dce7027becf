//! [`WebDriverSession`]: a session of this backend, which is the windows of one browser.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use browsr_core::cookie::{Cookie, CookieFilter, OriginState};
use browsr_core::input::{ActionOutcome, DialogSeen, Input};
use browsr_core::options::{DialogPolicy, PopupPolicy, SessionOptions};
use browsr_core::{
    Capabilities, EncodedImage, Error, ErrorKind, FrameRef, NavigateTo, Navigation, NetworkActivity, Notes, OpContext,
    Refresh, Result, ScreenshotOptions, Script, Session, SessionDescriptor, Viewport,
};
use serde_json::{Value, json};

use crate::backend::{Key, NAME};
use crate::bidi::Bidi;
use crate::driver::{Driver, DriverBrowser as Browser};
use crate::error::{CallError, lost};
use crate::line::Focus;
use crate::wire::Wire;

/// How long closing may take, and how long a page may take to answer a ping.
const CLOSING: Duration = Duration::from_secs(2);
const PING: Duration = Duration::from_millis(900);
/// How long a call may take before a remote endpoint is asked whether the session is still there.
const DOUBT: Duration = Duration::from_millis(400);

/// A session. Made by [`WebDriverBackend`](crate::WebDriverBackend).
pub(crate) struct WebDriverSession {
    pub(crate) browser: Browser,
    pub(crate) wire: Wire,
    pub(crate) bidi: Option<Bidi>,
    pub(crate) abilities: Capabilities,
    pub(crate) dialogs: DialogPolicy,
    pub(crate) popups: PopupPolicy,
    pub(crate) max_pages: usize,
    pub(crate) focus: tokio::sync::Mutex<Focus>,
    state: Mutex<State>,
    closed: AtomicBool,
    /// The remote endpoint, if others can reach it too.
    endpoint: Option<url::Url>,
    key: Key,
    /// Ends the driver that was started for this session, when dropped.
    driver: Mutex<Option<Arc<Driver>>>,
    /// The browser's process, to be killed where it does not end by itself.
    pid: Option<u32>,
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
    /// How many navigations had begun before the last input.
    pub(crate) started: u64,
    /// The refresh that the document has announced.
    pub(crate) refresh: Option<Refresh>,
    /// How many windows were closed since the last look because there were as many as may be.
    pub(crate) refused: u32,
    /// Whether a page that was just opened has not been seen with a document yet.
    pub(crate) fresh: bool,
}

/// What a session is made of.
pub(crate) struct Parts {
    pub(crate) browser: Browser,
    pub(crate) wire: Wire,
    pub(crate) bidi: Option<Bidi>,
    pub(crate) abilities: Capabilities,
    pub(crate) options: SessionOptions,
    pub(crate) window: Arc<str>,
    pub(crate) endpoint: Option<url::Url>,
    pub(crate) key: Key,
    pub(crate) driver: Option<Arc<Driver>>,
    pub(crate) pid: Option<u32>,
}

impl WebDriverSession {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            browser: parts.browser,
            wire: parts.wire,
            bidi: parts.bidi,
            abilities: parts.abilities,
            dialogs: parts.options.dialogs,
            popups: parts.options.popups,
            max_pages: parts.options.max_pages as usize,
            focus: tokio::sync::Mutex::default(),
            state: Mutex::new(State {
                followed: vec![parts.window],
                ignored: Vec::new(),
                dialogs_seen: Vec::new(),
                viewport: parts.options.viewport,
                dressed: Vec::new(),
                input: crate::input::Held::default(),
                input_at: None,
                started: 0,
                refresh: None,
                refused: 0,
                fresh: false,
            }),
            closed: AtomicBool::new(false),
            endpoint: parts.endpoint,
            key: parts.key,
            driver: Mutex::new(parts.driver),
            pid: parts.pid,
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
        if self.bidi.is_some() {
            // It is answered as its event comes.
            tokio::time::sleep(Duration::from_millis(20)).await;
            return true;
        }
        if let CallError::Refused(refusal) = error {
            let message = refusal.prompt.clone().unwrap_or_default();
            let accepted = self.dialogs == DialogPolicy::Accept;
            // Most drivers have answered it already, by the policy that they were given.
            let path = if accepted { "alert/accept" } else { "alert/dismiss" };
            let _ = self.wire.post(path, &json!({}), &OpContext::within(Duration::from_millis(500))).await;
            self.state().dialogs_seen.push(DialogSeen::new("alert", message, accepted));
        }
        true
    }

    /// Waits for what may take long, and asks a remote endpoint meanwhile whether the session is still there: a Grid keeps
    /// a BiDi connection open whose node is gone.
    async fn watched<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut work = std::pin::pin!(work);
        if self.endpoint.is_none() || self.bidi.is_none() {
            return work.await;
        }
        loop {
            let asked = async {
                tokio::time::sleep(DOUBT).await;
                self.wire.get("window", &OpContext::within(PING)).await
            };
            tokio::select! {
                result = &mut work => return result,
                answer = asked => if let Err(CallError::Gone(why)) = answer { return Err(lost(why)) },
            }
        }
    }

    async fn delete(&self, cx: &OpContext) {
        let driver = self.driver.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A driver that waits for a page that hangs takes no command; then its browser is killed, which frees it.
        let cx = if driver.is_some() { &cx.capped(cx.remaining() / 2) } else { cx };
        if let Err(error) = self.wire.delete("", cx).await {
            tracing::debug!(?error, "the driver did not end the session");
            if let (Some(driver), Some(pid)) = (&driver, self.pid) {
                driver.kill_browser(pid);
            }
        }
        self.wire.lose("the session is closed");
    }
}

#[async_trait]
impl Session for WebDriverSession {
    fn descriptor(&self) -> SessionDescriptor {
        let key = serde_json::to_string(&self.key).unwrap_or_default();
        SessionDescriptor::new(NAME, self.endpoint.clone(), key)
    }

    fn capabilities(&self) -> Capabilities {
        self.abilities
    }

    fn is_lost(&self) -> bool {
        self.wire.is_gone()
            || self.bidi.as_ref().is_some_and(|bidi| bidi.gone().is_cancelled())
            || self.state().followed.is_empty()
    }

    async fn navigate(&self, to: &NavigateTo, cx: &OpContext) -> Result<Navigation> {
        self.watched(self.go(to, cx)).await
    }

    async fn wait_for_navigation(&self, cx: &OpContext) -> Result<Navigation> {
        self.watched(self.wait_for_started_navigation(cx)).await
    }

    async fn evaluate(&self, script: &Script, cx: &OpContext) -> Result<Value> {
        self.watched(self.run(script, cx)).await
    }

    async fn frame(&self, locate: &Script, cx: &OpContext) -> Result<FrameRef> {
        self.frame_of(locate, cx).await
    }

    async fn perform_actions(&self, input: &Input, cx: &OpContext) -> Result<ActionOutcome> {
        self.watched(self.act(input, cx)).await
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

    async fn add_init_script(&self, source: &str, cx: &OpContext) -> Result<()> {
        self.add_preload(self.needs_bidi()?, source, cx).await
    }

    async fn restore_origins(&self, origins: &[OriginState], cx: &OpContext) -> Result<()> {
        self.write_origins(self.needs_bidi()?, origins, cx).await
    }

    async fn interrupt(&self, cx: &OpContext) -> Result<()> {
        self.free(self.bidi.as_ref(), cx).await
    }

    fn network_activity(&self) -> Option<NetworkActivity> {
        self.bidi.as_ref().map(|bidi| bidi.events().activity())
    }

    async fn pending_refresh(&self, _cx: &OpContext) -> Result<Option<Refresh>> {
        // Known since the last look, which ended the navigation.
        Ok(self.state().refresh.clone())
    }

    fn take_notes(&self) -> Notes {
        let mut notes = Notes::new();
        if let (Some(bidi), Ok(window)) = (&self.bidi, self.current()) {
            notes = bidi.events().take_notes(&window);
        }
        let mut state = self.state();
        notes.dialogs.append(&mut state.dialogs_seen);
        notes.pages_refused += std::mem::take(&mut state.refused);
        notes
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
