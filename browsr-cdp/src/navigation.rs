//! Going somewhere and waiting for it, over the state that events keep.

use std::sync::Arc;

use browsr_core::policy::redact_url;
use browsr_core::{Error, ErrorKind, NavigateTo, Navigation, OpContext, Refresh, Result};
use chromiumoxide::cdp::browser_protocol::page;
use chromiumoxide::cdp::js_protocol::runtime::{EvaluateParams, TerminateExecutionParams};
use serde::Deserialize;
use std::time::{Duration, Instant};
use url::Url;

use crate::backend::LONG;
use crate::connection::SessionKey;
use crate::error::{CallError, lost};
use crate::page::NavigationState;
use crate::session::CdpSession;
use crate::state::{Inner, Look};

/// How often is looked whether a page holds up a navigation; three times in a row is too long.
const HELD_UP: Duration = Duration::from_millis(600);

/// How long after the load of a document the browser may take to say what follows.
const STOPPING: Duration = Duration::from_millis(30);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Navigated {
    loader_id: Option<String>,
    error_text: Option<String>,
}

/// Where a navigation begins.
struct Start {
    target: Arc<str>,
    session: SessionKey,
    epoch: u64,
    aborted: u64,
}

impl CdpSession {
    pub(crate) async fn go(&self, to: &NavigateTo, cx: &OpContext) -> Result<Navigation> {
        self.let_go();
        let start = {
            let mut inner = self.state().lock();
            // What was forbidden before is over with the new destination.
            inner.denied = None;
            let page = inner.any_page()?;
            page.navigation.acted();
            Start {
                target: Arc::clone(&page.target),
                session: Arc::clone(&page.session),
                epoch: page.navigation.epoch,
                aborted: page.navigation.aborted,
            }
        };
        let going = async {
            match to {
                NavigateTo::Url(url) => self.go_to(url, &start, cx).await,
                NavigateTo::Reload => {
                    let reload = page::ReloadParams::default();
                    let sent = self.connection().call(Some(&start.session), &reload, cx).await;
                    match sent {
                        Ok(_) => self.arrive(&start, None, cx).await,
                        Err(error) => Err(error.into_error("reloading")),
                    }
                }
                NavigateTo::History(delta) => self.go_back(*delta, &start, cx).await,
                _ => Err(Error::unsupported("the cdp backend knows no such destination")),
            }
        };
        let began = Instant::now();
        let result = self.not_held_up(going).await;
        if matches!(&result, Err(error) if error.kind() == ErrorKind::Timeout) {
            // It may be the browser that does not load anything any more.
            if began.elapsed() > LONG {
                self.browser().suspect(true);
            }
            // What has been loaded stays; the rest is not waited for.
            self.connection().post_command(Some(&start.session), &page::StopLoadingParams::default());
        }
        self.state().lock().take_denied()?;
        result
    }

    /// Waits for a navigation. Where the page does not let go of its document, since a handler of `beforeunload`, `pagehide`
    /// or `unload` does not end, its script is stopped.
    async fn not_held_up<T>(&self, navigation: impl Future<Output = T>) -> T {
        let freeing = async {
            let (mut loader, mut looks) = (None, 0);
            loop {
                tokio::time::sleep(HELD_UP).await;
                let (session, held_up) = {
                    let mut inner = self.state().lock();
                    let Ok(page) = inner.any_page() else { continue };
                    (Arc::clone(&page.session), page.navigation.held_up().map(str::to_owned))
                };
                looks = if held_up.is_some() && held_up == loader { looks + 1 } else { 0 };
                loader = held_up;
                if looks >= 2 {
                    tracing::info!("a page that does not let go of its document is stopped");
                    self.connection().post_command(Some(&session), &TerminateExecutionParams::default());
                    // Where no script runs it is the next that ends, which is to be this one.
                    self.connection().post_command(Some(&session), &EvaluateParams::new("1"));
                    looks = 0;
                }
            }
        };
        tokio::select! {
            result = navigation => result,
            () = freeing => unreachable!("it has no end"),
        }
    }

    async fn go_to(&self, url: &Url, start: &Start, cx: &OpContext) -> Result<Navigation> {
        let params = page::NavigateParams::new(url.as_str());
        let answer: Result<Navigated, _> =
            self.connection().call_as(Some(&start.session), "Page.navigate", &params, cx).await;
        let navigated = match answer {
            Ok(navigated) => navigated,
            Err(CallError::Refused { message, .. }) => return Err(failed(url, &message)),
            Err(CallError::Deadline) => return Err(Error::timeout(format!("loading {}", redact_url(url)))),
            Err(error) => return Err(error.into_error("navigating")),
        };
        match (navigated.error_text.filter(|text| !text.is_empty()), navigated.loader_id) {
            (None, None) => {
                // The event of a same-document navigation comes before or after the answer.
                self.state()
                    .wait("a fragment was being shown", cx, |inner| {
                        settled(inner, start, |navigation| {
                            (navigation.epoch > start.epoch).then(|| navigation.arrived())
                        })
                    })
                    .await
            }
            (Some(text), loader) if text == "net::ERR_ABORTED" => {
                if let Some(loader) = loader.as_deref()
                    && let Some(page) = self.state().lock().page_of(&start.target)
                {
                    page.navigation.abort(loader);
                }
                // A download gets its name yet; or else the page itself goes elsewhere meanwhile.
                self.arrive(start, None, cx).await
            }
            // Let the error page come, so that it does not get into the way of what follows. An error status without a
            // body has one too, and is none.
            (Some(text), Some(loader)) => {
                let soon = cx.capped(Duration::from_millis(500));
                match self.arrive(start, Some(&loader), &soon).await {
                    Ok(navigation) => Ok(navigation),
                    Err(_) => Err(failed(url, &text)),
                }
            }
            (Some(text), None) => Err(failed(url, &text)),
            (None, Some(loader)) => self.arrive(start, Some(&loader), cx).await,
        }
    }

    async fn go_back(&self, delta: i32, start: &Start, cx: &OpContext) -> Result<Navigation> {
        let fail = |error: CallError| error.into_error("going through the history");
        let session = Some(&start.session);
        let history =
            self.connection().call(session, &page::GetNavigationHistoryParams::default(), cx).await.map_err(fail)?;
        let index = history.current_index + i64::from(delta);
        let entry = usize::try_from(index).ok().and_then(|index| history.entries.get(index));
        let Some(entry) = entry.filter(|_| delta != 0) else {
            // As a browser's buttons do at either end.
            let mut inner = self.state().lock();
            return inner.any_page().map(|page| page.navigation.nowhere());
        };
        let go = page::NavigateToHistoryEntryParams::new(entry.id);
        self.connection().call(session, &go, cx).await.map_err(fail)?;
        self.arrive(start, None, cx).await
    }

    /// Waits until a document has loaded: that of the loader or a later one, or any after the start.
    async fn arrive(&self, start: &Start, loader: Option<&str>, cx: &OpContext) -> Result<Navigation> {
        self.state()
            .wait("the page was loading", cx, |inner| {
                settled(inner, start, |navigation| {
                    let arrived = match loader {
                        Some(loader) => {
                            // Many documents later it is not remembered.
                            let is_forgotten = navigation.epoch > start.epoch && !navigation.knows(loader);
                            navigation.has_committed(loader) || is_forgotten
                        }
                        None => navigation.epoch > start.epoch,
                    };
                    if arrived && !navigation.loading {
                        return Some(navigation.arrived());
                    }
                    let ended = loader.is_none() && navigation.aborted > start.aborted && !navigation.is_busy();
                    ended.then(|| Ok(navigation.nowhere()))
                })
            })
            .await
    }

    /// Returns the refresh that the document has announced, which the browser says right behind the load.
    pub(crate) async fn announced_refresh(&self, cx: &OpContext) -> Result<Option<Refresh>> {
        let (session, is_stopping) = {
            let mut inner = self.state().lock();
            let page = inner.any_page()?;
            (Arc::clone(&page.session), page.navigation.may_announce())
        };
        if is_stopping {
            // Answered behind what the page has to say by now.
            let fence = self.connection().start_command(Some(&session), &EvaluateParams::new("1"));
            let _ = fence.wait(&cx.capped(STOPPING)).await;
        }
        let mut inner = self.state().lock();
        Ok(inner.any_page()?.navigation.refresh.clone())
    }

    pub(crate) async fn wait_for_started_navigation(&self, cx: &OpContext) -> Result<Navigation> {
        let mut waited = false;
        let waiting = self.state().wait("the page was loading", cx, |inner| {
            let page = match inner.page() {
                Ok(page) => page,
                Err(error) => return Look::Ready(Err(error)),
            };
            let navigation = &mut page.navigation;
            if navigation.is_busy() {
                waited = true;
                // One that was asked for and never began keeps nobody from waiting for what does load.
                let asked_until = navigation.asked_until().filter(|until| *until > Instant::now());
                return asked_until.map_or(Look::Wait, Look::Until);
            }
            if navigation.has_ended() {
                return Look::Ready(Ok(navigation.nowhere()));
            }
            if navigation.epoch > navigation.input_epoch {
                return Look::Ready(navigation.arrived());
            }
            let Some(input) = navigation.last_input().filter(|_| !waited) else {
                return Look::Ready(Ok(navigation.nowhere()));
            };
            match page.requests.grace(input) {
                Some(until) if until <= Instant::now() => Look::Ready(Ok(page.navigation.nowhere())),
                Some(until) => Look::Until(until),
                // A fetch that becomes old no longer counts, without any event.
                None => Look::Until(Instant::now() + crate::page::GRACE),
            }
        });
        let result = self.not_held_up(waiting).await;
        self.state().lock().take_denied()?;
        result
    }
}

/// Looks at the navigation of the page that a command began on.
fn settled(
    inner: &mut Inner,
    start: &Start,
    look: impl FnOnce(&NavigationState) -> Option<Result<Navigation>>,
) -> Look<Navigation> {
    if inner.denied.is_some() {
        // Told by the caller.
        return Look::Ready(inner.take_denied().and_then(|()| Err(lost("the page was closed"))));
    }
    match inner.page_of(&start.target) {
        None => Look::Ready(Err(lost("the page was closed"))),
        Some(page) if page.crashed => Look::Ready(Err(crate::error::crashed())),
        Some(page) => match (look(&page.navigation), page.navigation.asked_until()) {
            (Some(navigation), _) => Look::Ready(navigation),
            (None, Some(until)) if until > Instant::now() => Look::Until(until),
            (None, _) => Look::Wait,
        },
    }
}

fn failed(url: &Url, text: &str) -> Error {
    Navigation::failed(url.clone(), text).into_error()
}
