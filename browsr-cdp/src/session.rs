//! [`CdpSession`]: a session of this backend, which is the pages of one browser context.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use browsr_core::cookie::{Cookie, CookieFilter, OriginState};
use browsr_core::input::{ActionOutcome, Input};
use browsr_core::session::{FrameStream, ScreencastOptions};
use browsr_core::{
    Capabilities, EncodedImage, Error, ErrorKind, FrameRef, NavigateTo, Navigation, NetworkActivity, Notes, OpContext,
    Refresh, Result, ScreenshotOptions, Script, Session, SessionDescriptor, Viewport,
};
use chromiumoxide::cdp::browser_protocol::page;
use chromiumoxide::cdp::browser_protocol::target::{
    CloseTargetParams, DetachFromTargetParams, DisposeBrowserContextParams,
};
use chromiumoxide::cdp::js_protocol::runtime::{EvaluateParams, TerminateExecutionParams};
use serde_json::Value;

use crate::backend::NAME;
use crate::browser::Browser;
use crate::connection::{Connection, SessionKey};
use crate::error::{CallError, crashed};
use crate::state::SessionState;

/// How long closing may take, and how long a page may take to answer a ping.
const CLOSING: Duration = Duration::from_secs(2);
const PING: Duration = Duration::from_millis(900);

/// A session. Made by [`CdpBackend`](crate::CdpBackend).
#[derive(Debug)]
pub(crate) struct CdpSession {
    state: Arc<SessionState>,
    browser: Arc<Browser>,
    /// The browser context, if it is our own.
    context: Option<String>,
    /// Whether nobody else uses the browser, which goes with the session.
    owns_browser: bool,
    target: String,
    /// Whether closing leaves the pages as they are: they were there before.
    keeps_pages: bool,
}

impl CdpSession {
    pub(crate) fn new(
        state: Arc<SessionState>,
        browser: Arc<Browser>,
        context: Option<String>,
        owns_browser: bool,
        target: String,
    ) -> Self {
        Self { state, browser, context, owns_browser, target, keeps_pages: false }
    }

    pub(crate) fn state(&self) -> &Arc<SessionState> {
        &self.state
    }

    pub(crate) fn browser(&self) -> &Browser {
        &self.browser
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.browser.connection
    }

    pub(crate) fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// Returns the flat session of the current page.
    pub(crate) fn page_session(&self) -> Result<SessionKey> {
        let mut inner = self.state.lock();
        inner.take_denied()?;
        inner.page().map(|page| Arc::clone(&page.session))
    }

    /// Returns where the current page is, crashed or not.
    pub(crate) fn page_of_any_state(&self) -> Result<String> {
        self.state.lock().any_page().map(|page| page.navigation.url.clone())
    }

    /// Sends what ends everything that this session has opened, once. Returns whether it was open.
    fn end(&self) -> bool {
        let sessions: Vec<_> = {
            let mut inner = self.state.lock();
            if std::mem::replace(&mut inner.closed, true) {
                return false;
            }
            inner.casting = None;
            inner.pages.iter().map(|page| (page.target.to_string(), page.session.to_string())).collect()
        };
        self.state.wake();
        if self.context.is_none() {
            for (target, session) in sessions {
                if self.keeps_pages {
                    let detach = DetachFromTargetParams { session_id: Some(session.into()) };
                    self.connection().post_command(None, &detach);
                } else {
                    self.connection().post_command(None, &CloseTargetParams::new(target));
                }
            }
        }
        true
    }
}

#[async_trait]
impl Session for CdpSession {
    fn descriptor(&self) -> SessionDescriptor {
        SessionDescriptor::new(NAME, self.browser.endpoint.clone(), self.target.clone())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    fn is_lost(&self) -> bool {
        self.state.is_lost()
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
        let (session, held_back) = {
            let mut inner = self.state.lock();
            let page = inner.page()?;
            (Arc::clone(&page.session), page.dialog_open || page.navigation.is_pending())
        };
        // Half is kept for asking the browser, where the page is known not to answer for now.
        let soon = cx.capped(if held_back { PING.min(cx.remaining() / 2) } else { PING });
        let answer = self.connection().start_command(Some(&session), &EvaluateParams::new("1")).wait(&soon).await;
        let Err(error) = answer else { return Ok(()) };
        let excused = {
            let mut inner = self.state.lock();
            let page = inner.page()?;
            page.dialog_open || page.navigation.is_pending()
        };
        match error {
            // The browser holds scripts back meanwhile; it has to answer for its page.
            CallError::Deadline if excused => {
                let version = chromiumoxide::cdp::browser_protocol::browser::GetVersionParams::default();
                let answer = self.connection().start_command(None, &version).wait(&cx.capped(PING)).await;
                answer.map(drop).map_err(|error| error.into_error("pinging the browser"))
            }
            error => Err(error.into_error("pinging the page")),
        }
    }

    async fn close(&self, cx: &OpContext) -> Result<()> {
        if !self.end() {
            return Ok(());
        }
        let cx = &cx.capped(CLOSING);
        if self.owns_browser {
            // It goes on ending if this takes longer.
            let _ = self.browser.end(cx).await;
        } else if let Some(context) = &self.context {
            let dispose = DisposeBrowserContextParams::new(context.clone());
            let _ = self.connection().call(None, &dispose, cx).await;
        } else {
            // What was sent before this has been done when this is answered.
            let version = chromiumoxide::cdp::browser_protocol::browser::GetVersionParams::default();
            let _ = self.connection().start_command(None, &version).wait(cx).await;
        }
        self.browser.router.forget(&self.state);
        Ok(())
    }

    async fn screencast(&self, options: &ScreencastOptions, cx: &OpContext) -> Result<FrameStream> {
        self.cast(options, cx).await
    }

    async fn send_cdp(&self, method: &str, params: Value, cx: &OpContext) -> Result<Value> {
        let session = Arc::clone(&self.state.lock().any_page()?.session);
        let params = if params.is_null() { Value::Object(serde_json::Map::new()) } else { params };
        match self.connection().call_as(Some(&session), method, &params, cx).await {
            Ok(result) => Ok(result),
            Err(CallError::Refused { code, message }) => {
                let kind = if code == -32602 { ErrorKind::InvalidArgument } else { ErrorKind::Unexpected };
                Err(Error::new(kind, format!("the browser refused {method}: {message}"))
                    .with_detail(serde_json::json!({ "cdp_code": code, "cdp_message": message })))
            }
            Err(error) => Err(error.into_error("a DevTools command")),
        }
    }

    async fn add_init_script(&self, source: &str, cx: &OpContext) -> Result<()> {
        let command = crate::setup::add_script(source, None);
        let calls: Vec<_> = {
            let mut inner = self.state.lock();
            inner.page()?;
            inner.init_scripts.push(source.to_owned());
            let sessions = inner
                .pages
                .iter()
                .filter(|page| !page.is_internal)
                .flat_map(|page| std::iter::once(&page.session).chain(page.children.keys()));
            sessions.map(|session| self.connection().start_command(Some(session), &command)).collect()
        };
        for call in calls {
            match call.wait(cx).await.and_then(|answer| answer.result::<serde::de::IgnoredAny>()) {
                Ok(_) | Err(CallError::Detached) => {}
                Err(error) => return Err(error.into_error("adding an init script")),
            }
        }
        Ok(())
    }

    async fn set_files(&self, locate: &Script, paths: &[PathBuf], cx: &OpContext) -> Result<()> {
        self.choose_files(locate, paths, cx).await
    }

    async fn restore_origins(&self, origins: &[OriginState], cx: &OpContext) -> Result<()> {
        self.write_origins(origins, cx).await
    }

    async fn interrupt(&self, cx: &OpContext) -> Result<()> {
        let (session, children, dialog) = {
            let mut inner = self.state.lock();
            let page = inner.any_page()?;
            if page.crashed {
                return Err(crashed());
            }
            let children: Vec<_> = page.children.keys().cloned().collect();
            (Arc::clone(&page.session), children, page.dialog_open)
        };
        if dialog {
            self.connection().post_command(Some(&session), &page::HandleJavaScriptDialogParams::new(false));
        }
        self.connection().post_command(Some(&session), &page::StopLoadingParams::default());
        for child in &children {
            self.connection().post_command(Some(child), &TerminateExecutionParams::default());
        }
        let terminate = self.connection().start_command(Some(&session), &TerminateExecutionParams::default());
        // Where no script runs, the next one is the one to end: this one. The one after it tells.
        let first = self.connection().start_command(Some(&session), &EvaluateParams::new("1"));
        let second = self.connection().start_command(Some(&session), &EvaluateParams::new("1"));
        let lost = |error: CallError| match error {
            CallError::Deadline => crate::error::lost("the page hangs and cannot be stopped"),
            error => error.into_error("stopping the page"),
        };
        drop((terminate, first));
        second.wait(cx).await.map(drop).map_err(lost)
    }

    fn network_activity(&self) -> Option<NetworkActivity> {
        let mut inner = self.state.lock();
        Some(inner.any_page().map_or_else(|_| NetworkActivity::new(), |page| page.requests.activity()))
    }

    async fn pending_refresh(&self, cx: &OpContext) -> Result<Option<Refresh>> {
        self.announced_refresh(cx).await
    }

    fn take_notes(&self) -> Notes {
        let mut inner = self.state.lock();
        let mut notes = Notes::new();
        notes.dialogs = std::mem::take(&mut inner.dialogs);
        notes.pages_refused = std::mem::take(&mut inner.refused);
        notes.navigation = inner.any_page().ok().and_then(|page| page.navigation.take_untold());
        notes
    }
}

impl Drop for CdpSession {
    /// Closes without waiting.
    fn drop(&mut self) {
        if self.end() {
            if let Some(context) = &self.context {
                self.connection().post_command(None, &DisposeBrowserContextParams::new(context.clone()));
            }
            self.browser.router.forget(&self.state);
        }
    }
}
