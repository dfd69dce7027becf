//! How events change what is known of a session.
//!
//! [`event`](SessionState::event) runs on the reader task of the connection. It changes the state, answers dialogs,
//! resumes popups, and wakes those who wait; it never waits itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use browsr_core::input::DialogSeen;
use browsr_core::navigation::MAX_DIALOGS;
use browsr_core::{DialogPolicy, Error, ErrorKind, PopupPolicy, Refresh, Result};
use bytes::Bytes;
use chromiumoxide::cdp::browser_protocol::browser::CancelDownloadParams;
use chromiumoxide::cdp::browser_protocol::fetch::{self, AuthChallengeResponse, AuthChallengeResponseResponse};
use chromiumoxide::cdp::browser_protocol::{inspector, page, target};
use chromiumoxide::cdp::js_protocol::runtime;
use serde_json::json;
use url::Url;

use crate::connection::{SessionKey, params};
use crate::error::CallError;
use crate::events;
use crate::page::Page;
use crate::setup::metrics;
use crate::state::{Inner, SessionState};

impl SessionState {
    /// Takes on a page that the browser has attached us to.
    pub(crate) fn attached(self: &Arc<Self>, attached: &events::AttachedToTarget) {
        let session: SessionKey = attached.session_id.as_str().into();
        let info = &attached.target_info;
        let mut inner = self.lock();
        let resume = || {
            if attached.waiting_for_debugger {
                self.connection.post_command(Some(&session), &runtime::RunIfWaitingForDebuggerParams::default());
            }
        };
        let is_full = inner.pages.len() >= self.setup.max_pages;
        if inner.closed || is_full {
            inner.refused += u32::from(!inner.closed);
            self.connection.post_command(None, &target::CloseTargetParams::new(info.target_id.clone()));
            resume();
            return;
        }
        self.router.add(&session, self);
        self.setup.page(&self.connection, &session, &metrics(inner.viewport), &inner.init_scripts);
        resume();
        let mut page = Page::new(&info.target_id, session, &info.url);
        let is_first = inner.pages.is_empty();
        if !is_first && info.opener_id.is_none() && inner.expects_internal {
            inner.expects_internal = false;
            page.is_internal = true;
        } else if !is_first {
            inner.opened += 1;
        }
        let follow = is_first || !page.is_internal && self.setup.popups == PopupPolicy::Follow && inner.follows_input();
        let target = Arc::clone(&page.target);
        if follow && !is_first {
            // The input that opened the page counts for it: what is waited for next is its load.
            page.navigation.input_at = Some(Instant::now());
            page.navigation.asked();
        }
        inner.pages.push(page);
        if follow {
            inner.followed.push(target);
            self.move_casting(&mut inner);
        }
        drop(inner);
        self.wake();
    }

    /// Forgets a page or a frame in another process.
    fn detached(&self, session: &str) {
        self.router.remove(session);
        let mut inner = self.lock();
        let mut gone = Vec::new();
        if let Some(at) = inner.pages.iter().position(|page| *page.session == *session) {
            let page = inner.pages.remove(at);
            gone.extend(page.children.into_keys());
            inner.followed.retain(|target| *target != page.target);
            self.move_casting(&mut inner);
        }
        for page in &mut inner.pages {
            if page.children.remove(session).is_some() {
                page.contexts_cleared(session);
            }
        }
        drop(inner);
        // Only now: whoever waits for a call looks next whether the page is still there.
        self.connection.fail_session(session, &CallError::Detached);
        for child in gone {
            self.connection.fail_session(&child, &CallError::Detached);
            self.router.remove(&child);
        }
        self.wake();
    }

    /// Handles an event of one of our sessions, or of the browser about one of our pages.
    pub(crate) fn event(self: &Arc<Self>, method: &'static str, session: &str, message: &Bytes) {
        if let Err(error) = self.handle(method, session, message) {
            // Its shape has changed; the rest of the session works on.
            tracing::debug!(method, %error, "cannot read an event");
        }
    }

    fn handle(self: &Arc<Self>, method: &'static str, session: &str, message: &Bytes) -> Result<(), serde_json::Error> {
        match method {
            "Target.attachedToTarget" => self.child_attached(session, &params(message)?),
            "Target.detachedFromTarget" => {
                self.detached(&params::<events::DetachedFromTarget>(message)?.session_id);
            }
            "Inspector.targetCrashed" => self.crashed(session),
            "Page.javascriptDialogOpening" => self.dialog(session, params(message)?),
            "Page.screencastFrame" => self.cast(session, message),
            "Fetch.requestPaused" => {
                let paused: events::RequestPaused = params(message)?;
                self.paused(session, paused.request_id);
            }
            "Fetch.authRequired" => {
                let paused: events::RequestPaused = params(message)?;
                let cancel = AuthChallengeResponse::new(AuthChallengeResponseResponse::CancelAuth);
                // The answer that asks for a password is then what the page gets. One in the URL has been tried before.
                let answer = fetch::ContinueWithAuthParams::new(paused.request_id, cancel);
                self.connection.post_command(Some(&session.into()), &answer);
            }
            _ => {
                let mut inner = self.lock();
                let Some(at) = inner.page_at(session) else { return Ok(()) };
                let is_top = *inner.pages[at].session == *session;
                let wake = if is_top && method.starts_with("Page.") {
                    self.page_event(&mut inner, at, method, message)?
                } else {
                    let page = &mut inner.pages[at];
                    match method {
                        "Runtime.executionContextCreated" => {
                            let created: events::ContextCreated = params(message)?;
                            page.context_created(&session.into(), &created.context);
                            true
                        }
                        "Runtime.executionContextDestroyed" => {
                            let destroyed: events::ContextDestroyed = params(message)?;
                            page.context_destroyed(&destroyed.execution_context_unique_id);
                            false
                        }
                        "Runtime.executionContextsCleared" => {
                            page.contexts_cleared(session);
                            false
                        }
                        "Page.frameDetached" => {
                            let frame: events::FrameDetached = params(message)?;
                            remove_frame(page, &frame);
                            false
                        }
                        "Inspector.targetReloadedAfterCrash" => {
                            page.crashed &= !is_top;
                            true
                        }
                        _ => network_event(page, is_top, method, message)?,
                    }
                };
                drop(inner);
                if wake {
                    self.wake();
                }
            }
        }
        Ok(())
    }

    /// Handles an event of a page about itself. Returns whether somebody may wait for it.
    fn page_event(
        &self,
        inner: &mut Inner,
        at: usize,
        method: &'static str,
        message: &Bytes,
    ) -> Result<bool, serde_json::Error> {
        let page = &mut inner.pages[at];
        match method {
            "Page.frameNavigated" => {
                let event: events::FrameNavigated = params(message)?;
                let frame = event.frame;
                if !page.is_main(&frame.id) {
                    return Ok(false);
                }
                page.crashed = false;
                page.requests.only(&frame.loader_id);
                // An error page has an address of its own; what was wanted says more.
                let is_error_page = frame.unreachable_url.is_some();
                let mut url = frame.unreachable_url.unwrap_or(frame.url);
                url.push_str(frame.url_fragment.as_deref().unwrap_or_default());
                let allowed = may_show(&url);
                page.navigation.committed(&frame.loader_id, url, frame.mime_type, is_error_page);
                if event.kind.as_deref() == Some("BackForwardCacheRestore") {
                    page.navigation.loading = false;
                }
                if !allowed && !page.is_internal {
                    self.deny(inner, at);
                }
                return Ok(true);
            }
            "Page.frameDetached" => {
                let frame: events::FrameDetached = params(message)?;
                remove_frame(page, &frame);
                return Ok(false);
            }
            "Page.javascriptDialogClosed" => {
                page.dialog_open = false;
                return Ok(true);
            }
            "Page.downloadProgress" => {
                self.give_up_download(&params(message)?);
                return Ok(false);
            }
            _ => {}
        }
        let event: events::FrameEvent = params(message)?;
        if !page.is_main(&event.frame_id) {
            return Ok(false);
        }
        match method {
            "Page.frameRequestedNavigation" if event.disposition.as_deref().is_none_or(|to| to == "currentTab") => {
                page.navigation.asked();
            }
            "Page.frameScheduledNavigation" if event.reason.ends_with("Refresh") => {
                let delay = Duration::try_from_secs_f64(event.delay).unwrap_or(Duration::MAX);
                let due = Instant::now().checked_add(delay);
                let url = Url::parse(&event.url).ok();
                page.navigation.announced(url.zip(due).map(|(url, due)| Refresh::new(url, delay, due)));
            }
            "Page.frameScheduledNavigation" if event.delay < 1.0 => page.navigation.asked(),
            "Page.frameClearedScheduledNavigation" => page.navigation.refresh_cleared(),
            "Page.frameStartedNavigating" => match event.navigation_type.as_deref() {
                Some("sameDocument" | "historySameDocument") => return Ok(false),
                _ => page.navigation.started(&event.loader_id, &event.url),
            },
            "Page.frameStoppedLoading" => page.navigation.stopped(),
            "Page.navigatedWithinDocument" => page.navigation.moved(event.url),
            "Page.lifecycleEvent" if event.name == "load" => {
                page.navigation.loaded(&event.loader_id);
                page.requests.loaded(&event.loader_id);
            }
            "Page.downloadWillBegin" => page.navigation.download(&event.url, event.suggested_filename),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Ends a download once its answer has come: a browser asks for what a page links as a download, and nothing is kept.
    fn give_up_download(&self, download: &events::DownloadProgress) {
        let Some((context, directory)) = &self.setup.downloads else { return };
        let is_name = download.guid.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        match download.state.as_str() {
            "inProgress" if download.total_bytes > 0.0 || download.received_bytes > 0.0 => {
                let cancel = CancelDownloadParams {
                    browser_context_id: Some(context.clone().into()),
                    ..CancelDownloadParams::new(download.guid.clone())
                };
                self.connection.post_command(None, &cancel);
            }
            // A small one may be there before it can be cancelled.
            "completed" if is_name => {
                if let Err(error) = std::fs::remove_file(directory.join(&download.guid)) {
                    tracing::debug!(%error, "a download could not be removed");
                }
            }
            _ => {}
        }
    }

    /// Sends a page back from where it may not be, and keeps the fact for the next result.
    fn deny(&self, inner: &mut Inner, at: usize) {
        let page = &inner.pages[at];
        let scheme = page.navigation.url.split(':').next().unwrap_or_default().to_owned();
        if inner.followed.first() == Some(&page.target) {
            self.connection.post_command(Some(&page.session), &page::NavigateParams::new("about:blank"));
        } else {
            self.connection.post_command(None, &target::CloseTargetParams::new(page.target.to_string()));
        }
        inner.denied = Some(Error::new(
            ErrorKind::Denied,
            format!("the page went to an address with the scheme {scheme:?}, which may not be visited"),
        ));
    }

    fn crashed(&self, session: &str) {
        self.connection.fail_session(session, &CallError::Crashed);
        let mut inner = self.lock();
        let mut children = Vec::new();
        if let Some(at) = inner.page_at(session) {
            let page = &mut inner.pages[at];
            if *page.session == *session {
                page.crash();
                children.extend(page.children.drain().map(|(child, _)| child));
            } else {
                page.contexts_cleared(session);
            }
        }
        drop(inner);
        for child in children {
            self.connection.fail_session(&child, &CallError::Crashed);
        }
        self.wake();
    }

    fn dialog(&self, session: &str, dialog: events::DialogOpening) {
        let accept = dialog.kind == "beforeunload" || self.setup.dialogs == DialogPolicy::Accept;
        let answer = page::HandleJavaScriptDialogParams {
            prompt_text: dialog.default_prompt.filter(|_| accept),
            ..page::HandleJavaScriptDialogParams::new(accept)
        };
        self.connection.post_command(Some(&session.into()), &answer);
        let mut inner = self.lock();
        if let Some(at) = inner.page_at(session) {
            inner.pages[at].dialog_open = true;
        }
        if inner.dialogs.len() < MAX_DIALOGS {
            inner.dialogs.push(DialogSeen::new(dialog.kind, dialog.message, accept));
        }
        drop(inner);
        self.wake();
    }

    /// Takes on a frame in another process or a worker of a page, and lets everything else go: whatever waits for us runs
    /// on, known or not.
    fn child_attached(self: &Arc<Self>, parent: &str, attached: &events::AttachedToTarget) {
        let session: SessionKey = attached.session_id.as_str().into();
        let mut inner = self.lock();
        let page = inner.page_at(parent);
        match (page, attached.target_info.kind.as_str()) {
            (Some(at), "iframe") => {
                self.router.add(&session, self);
                inner.pages[at].children.insert(Arc::clone(&session), attached.target_info.target_id.as_str().into());
                self.setup.frame(&self.connection, Some(&session), &inner.init_scripts);
                self.connection.post_command(Some(&session), &inspector::EnableParams::default());
                self.connection.post_command(Some(&session), &runtime::RunIfWaitingForDebuggerParams::default());
            }
            (Some(_), "worker") => {
                self.setup.worker(&self.connection, Some(&session));
                self.connection.post_command(Some(&session), &runtime::RunIfWaitingForDebuggerParams::default());
            }
            _ => self.router.let_go(attached, Some(&parent.into())),
        }
    }

    /// Lets a request go on that the browser holds back; one of a page of our own is answered with an empty document, so
    /// that nothing goes to the network.
    fn paused(&self, session: &str, request: String) {
        let is_ours = {
            let inner = self.lock();
            inner.page_at(session).is_some_and(|at| inner.pages[at].is_internal)
        };
        if !is_ours {
            self.connection.post_command(Some(&session.into()), &fetch::ContinueRequestParams::new(request));
            return;
        }
        let answer = json!({
            "requestId": request,
            "responseCode": 200,
            "responseHeaders": [{ "name": "Content-Type", "value": "text/html" }],
            "body": "",
        });
        self.connection.post(Some(&session.into()), "Fetch.fulfillRequest", &answer);
    }
}

fn remove_frame(page: &mut Page, frame: &events::FrameDetached) {
    // A frame that moves to another process stays, with contexts of its new session.
    if frame.reason.as_deref() != Some("swap") {
        page.frames.remove(frame.frame_id.as_str());
    }
}

fn network_event(
    page: &mut Page,
    is_top: bool,
    method: &'static str,
    message: &Bytes,
) -> Result<bool, serde_json::Error> {
    let is_document = |request: &str, loader: &str, frame: Option<&str>| {
        is_top && request == loader && frame.is_some_and(|frame| page.is_main(frame))
    };
    match method {
        "Network.requestWillBeSent" => {
            let event: events::RequestWillBeSent = params(message)?;
            if is_document(&event.request_id, &event.loader_id, event.frame_id.as_deref()) {
                page.navigation.requested(&event.loader_id);
                if let Some(response) = &event.redirect_response {
                    let status = u16::try_from(response.status).unwrap_or(0);
                    page.navigation.redirected(&event.loader_id, &response.url, status, &event.request.url);
                }
            }
            page.requests.begin(&event);
            Ok(false)
        }
        "Network.responseReceived" => {
            let event: events::ResponseReceived = params(message)?;
            let of_document = is_document(&event.request_id, &event.loader_id, event.frame_id.as_deref());
            page.requests.hear(&event.request_id);
            if of_document {
                let status = u16::try_from(event.response.status).unwrap_or(0);
                page.navigation.responded(&event.loader_id, status, &event.response.mime_type);
            }
            Ok(false)
        }
        "Network.dataReceived" | "Network.eventSourceMessageReceived" | "Network.webSocketFrameReceived" => {
            page.requests.hear(&params::<events::RequestEvent>(message)?.request_id);
            Ok(false)
        }
        "Network.webSocketCreated" => {
            let event: events::RequestEvent = params(message)?;
            page.requests.open(&event.request_id, &event.url);
            Ok(false)
        }
        "Network.webSocketClosed" => {
            page.requests.end(&params::<events::RequestEvent>(message)?.request_id);
            Ok(false)
        }
        "Network.loadingFinished" | "Network.loadingFailed" => {
            let event: events::LoadingEnded = params(message)?;
            let mut wake = page.requests.end(&event.request_id);
            if is_top && &*event.error_text == "net::ERR_ABORTED" {
                page.navigation.abort(&event.request_id);
                wake = true;
            } else if is_top && !event.error_text.is_empty() && page.navigation.knows(&event.request_id) {
                wake |= page.navigation.failed(&event.request_id, &event.error_text);
            }
            Ok(wake)
        }
        // Only of a document that is asked for: the rest need not be read.
        "Network.responseReceivedExtraInfo" if is_top && page.navigation.awaits_answer() => {
            let event: events::ResponseExtra = params(message)?;
            let location = event.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
            if let Some((_, location)) = location {
                let status = u16::try_from(event.status_code).unwrap_or(0);
                page.navigation.sent_to(&event.request_id, status, location);
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Whether a page may show this address in its main frame.
fn may_show(url: &str) -> bool {
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    match scheme {
        "http" | "https" | "blob" | "chrome-error" | "" => true,
        "about" => rest.starts_with("blank") || rest.starts_with("srcdoc"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_not_show_files_or_the_browser_itself() {
        for url in ["http://a/", "https://a/", "about:blank", "about:blank#x", "blob:http://a/1", "chrome-error://x/"] {
            assert!(may_show(url), "{url}");
        }
        for url in ["file:///etc/passwd", "chrome://settings/", "view-source:http://a/", "devtools://x", "data:,x"] {
            assert!(!may_show(url), "{url}");
        }
    }
}
