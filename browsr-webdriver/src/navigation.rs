//! Going somewhere and waiting for it, by a mark in the document: it tells what is under way, and its absence that the
//! document is a new one.

use std::time::{Duration, Instant};

use browsr_core::policy::redact_url;
use browsr_core::{Error, ErrorKind, NavigateTo, Navigation, OpContext, Result};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::bidi::{Ending, Moves};
use crate::driver::DriverBrowser as Browser;
use crate::error::CallError;
use crate::line::Line;
use crate::session::WebDriverSession;

const MARK: &str = include_str!("navigation.js");

/// How long input gives a navigation to begin.
const GRACE: Duration = Duration::from_millis(500);
/// How often the document is looked at.
const EVERY: Duration = Duration::from_millis(25);
/// Chrome holds scripts back while a navigation is pending, so one that is still pending after this was aborted.
const ABORTED: Duration = Duration::from_millis(300);

/// A look at the document.
#[derive(Debug, Deserialize)]
pub(crate) struct Look {
    pub(crate) known: Option<Known>,
    ready: String,
    pub(crate) url: String,
    document: String,
    status: Option<u16>,
    content_type: String,
}

/// The mark.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Known {
    pub(crate) pending: bool,
    pub(crate) same: u32,
    pub(crate) download: bool,
}

impl Look {
    /// Whether this is no page but the browser's word that there is none.
    fn is_error_page(&self) -> bool {
        self.document.starts_with("about:neterror")
            || self.document.starts_with("about:certerror")
            || self.url.starts_with("chrome-error:")
    }

    /// Why there is no page, as far as the browser says it in the address of its error page.
    fn network_error(&self) -> String {
        let said = Url::parse(&self.document)
            .ok()
            .and_then(|url| url.query_pairs().find(|(name, _)| name == "e").map(|(_, value)| value.into_owned()));
        said.unwrap_or_else(|| "the browser shows an error page".to_owned())
    }

    fn is_complete(&self) -> bool {
        self.ready == "complete"
    }

    fn location(&self) -> Url {
        Url::parse(&self.url).or_else(|_| Url::parse("about:blank")).expect("about:blank is a URL")
    }

    fn nowhere(&self) -> Navigation {
        let mut navigation = Navigation::none(self.location());
        navigation.download = self.known.is_some_and(|known| known.download);
        navigation
    }

    fn current(&self, same_document: bool) -> Navigation {
        let mut navigation = Navigation::none(self.location());
        navigation.committed = true;
        navigation.same_document = same_document;
        navigation.status = self.status.filter(|status| *status > 0);
        navigation.content_type = Some(self.content_type.clone()).filter(|kind| !kind.is_empty());
        navigation
    }
}

impl Line<'_> {
    /// Looks at the document, and marks it if asked.
    pub(crate) async fn look(&mut self, install: bool, reset: bool, cx: &OpContext) -> Result<Look, CallError> {
        let answer = self.own(MARK, json!([{ "install": install, "reset": reset }]), cx).await?;
        serde_json::from_str(answer.as_str().unwrap_or_default()).map_err(|_| {
            CallError::Refused(crate::error::Refusal {
                status: fantoccini::error::ErrorStatus::UnknownError,
                message: "the page changed the functions that it is looked at by".to_owned(),
                prompt: None,
            })
        })
    }
}

impl WebDriverSession {
    pub(crate) async fn go(&self, to: &NavigateTo, cx: &OpContext) -> Result<Navigation> {
        let mut line = self.line(cx).await?;
        {
            let mut state = self.state();
            (state.input_at, state.fresh) = (None, false);
        }
        // A page that is stuck is left all the same.
        let soon = cx.capped((cx.remaining() / 2).min(Duration::from_secs(1)));
        let before = match line.look(true, true, &soon).await {
            Ok(look) => Some(look),
            Err(error @ CallError::Gone(_)) => return Err(error.into_error("navigating")),
            Err(_) => None,
        };
        let begun = self.moves().started;
        let told = match to {
            NavigateTo::Url(url) => self.tell(&mut line, "url", json!({ "url": url.as_str() }), cx).await,
            NavigateTo::Reload => self.tell(&mut line, "refresh", json!({}), cx).await,
            NavigateTo::History(delta) => {
                let step = if *delta < 0 { "back" } else { "forward" };
                let mut told = Ok(());
                for _ in 0..delta.unsigned_abs() {
                    told = self.tell(&mut line, step, json!({}), cx).await;
                }
                told
            }
            _ => return Err(Error::unsupported("the webdriver backend knows no such destination")),
        };
        let destination = match to {
            NavigateTo::Url(url) => url.clone(),
            _ => before.as_ref().map_or_else(|| Url::parse("about:blank").expect("a URL"), Look::location),
        };
        if let Err(error) = told {
            return Err(match error {
                CallError::Refused(refusal) if refusal.message.contains("net::ERR") => {
                    failed(&destination, refusal.message.lines().next().unwrap_or_default())
                }
                CallError::Deadline => Error::timeout(format!("loading {}", redact_url(&destination))),
                error => error.into_error("navigating"),
            });
        }
        let result = self.arrive(&mut line, &destination, to, begun, cx).await;
        if matches!(&result, Err(error) if error.kind() == ErrorKind::Timeout) {
            // What has been loaded stays; the rest is not waited for.
            self.stop_loading(&mut line).await;
        }
        result
    }

    async fn tell(
        &self,
        line: &mut Line<'_>,
        path: &str,
        body: serde_json::Value,
        cx: &OpContext,
    ) -> Result<(), CallError> {
        loop {
            match line.wire().post(path, &body, cx).await {
                Err(error) if self.answer_prompt(&error).await => {}
                Err(error) if error.is_closed_window() => {
                    line.lose_window();
                    line.top(cx).await?;
                }
                result => return result.map(drop),
            }
        }
    }

    pub(crate) async fn stop_loading(&self, line: &mut Line<'_>) {
        let soon = OpContext::within(Duration::from_millis(200));
        let stopped = match self.browser {
            // Scripts are held back while a navigation is pending.
            Browser::Chrome => line.wire().cdp("Page.stopLoading", &json!({}), &soon).await,
            Browser::Firefox => line.own("window.stop(); return 1", json!([]), &soon).await,
        };
        if let Err(error) = stopped {
            tracing::debug!(?error, "the load could not be stopped");
        }
    }

    /// Waits until the document that was asked for has loaded, or it is clear that none comes.
    async fn arrive(
        &self,
        line: &mut Line<'_>,
        destination: &Url,
        to: &NavigateTo,
        started: u64,
        cx: &OpContext,
    ) -> Result<Navigation> {
        let begun = Instant::now();
        let mut still_since = Instant::now();
        let blank = destination.scheme() == "about";
        loop {
            let look = match line.look(false, false, cx).await {
                Ok(look) => look,
                Err(CallError::Deadline) => {
                    return Err(Error::timeout(format!("loading {}", redact_url(destination))));
                }
                Err(error) => return Err(error.into_error("navigating")),
            };
            match look.known {
                None if look.is_error_page() => return Err(failed(destination, &look.network_error())),
                // Firefox shows an empty document for a moment while it swaps them.
                None if look.is_complete() && (blank || look.url != "about:blank") => {
                    return Ok(look.current(false));
                }
                None => {}
                Some(known) if known.same > 0 && !known.pending => {
                    let mut navigation = look.current(true);
                    navigation.committed = false;
                    return Ok(navigation);
                }
                Some(known) => {
                    match self.ending_since(started) {
                        Some(Ending::Failed(text)) => return Err(failed(destination, &text)),
                        Some(ending) => return Ok(self.end(line, &look, &ending, cx).await),
                        None => {}
                    }
                    if !known.pending && matches!(to, NavigateTo::History(_)) && begun.elapsed() > GRACE {
                        // As a browser's buttons do at either end.
                        return Ok(look.nowhere());
                    }
                    let waited = if known.pending { still_since.elapsed() } else { begun.elapsed() / 4 };
                    if !known.pending {
                        still_since = Instant::now();
                    }
                    if self.browser == Browser::Chrome && waited > self.aborted_after() {
                        return Ok(self.end(line, &look, &Ending::Aborted, cx).await);
                    }
                }
            }
            pause(cx).await?;
        }
    }

    /// Returns how long a navigation of Chrome may be pending while scripts run before it counts as aborted.
    fn aborted_after(&self) -> Duration {
        // With events this is for those that get lost.
        if self.bidi.is_some() { ABORTED * 10 } else { ABORTED }
    }

    /// Returns what is known by events of where the page went.
    pub(crate) fn moves(&self) -> Moves {
        match (&self.bidi, self.current()) {
            (Some(bidi), Ok(window)) => bidi.events().moves(&window),
            _ => Moves::default(),
        }
    }

    /// Returns how the last navigation ended, if one has begun since and came to no document.
    fn ending_since(&self, started: u64) -> Option<Ending> {
        let moves = self.moves();
        moves.ending.filter(|_| moves.started > started)
    }

    /// Notes that a navigation came to no document.
    async fn end(&self, line: &mut Line<'_>, look: &Look, ending: &Ending, cx: &OpContext) -> Navigation {
        let _ = line.look(false, true, cx).await;
        let mut navigation = look.nowhere();
        navigation.download |= *ending == Ending::Download;
        navigation
    }

    pub(crate) async fn wait_for_started_navigation(&self, cx: &OpContext) -> Result<Navigation> {
        let mut line = self.line(cx).await?;
        let begun = Instant::now();
        let mut pending_since = None;
        let mut waited = false;
        loop {
            let look = match line.look(false, false, cx).await {
                Ok(look) => look,
                Err(error) => return Err(error.into_error("waiting for the page to load")),
            };
            let (input_at, fresh, started) = {
                let state = self.state();
                (state.input_at, state.fresh, state.started)
            };
            match look.known {
                None if fresh && look.url == "about:blank" && begun.elapsed() < GRACE => {}
                None if look.is_error_page() => return Ok(look.current(false)),
                // Firefox shows an empty document for a moment while it swaps them.
                None if look.is_complete()
                    && (look.url != "about:blank" || !waited && input_at.is_none() || begun.elapsed() > GRACE) =>
                {
                    self.state().fresh = false;
                    let mut navigation = look.current(false);
                    navigation.committed = input_at.is_some() || waited;
                    return Ok(navigation);
                }
                None => waited = true,
                Some(known) if known.pending => {
                    if let Some(ending) = self.ending_since(started) {
                        return Ok(self.end(&mut line, &look, &ending, cx).await);
                    }
                    waited = true;
                    let since: &Instant = pending_since.get_or_insert_with(Instant::now);
                    if self.browser == Browser::Chrome && since.elapsed() > self.aborted_after() {
                        return Ok(self.end(&mut line, &look, &Ending::Aborted, cx).await);
                    }
                }
                Some(known) if known.same > 0 => return Ok(look.current(true)),
                Some(_) => {
                    if input_at.is_none_or(|at| at.elapsed() >= GRACE) {
                        return Ok(look.nowhere());
                    }
                }
            }
            pause(cx).await?;
        }
    }
}

async fn pause(cx: &OpContext) -> Result<()> {
    tokio::time::sleep(EVERY.min(cx.remaining())).await;
    if cx.is_expired() { Err(Error::timeout("the page was loading")) } else { Ok(()) }
}

fn failed(url: &Url, text: &str) -> Error {
    Error::new(ErrorKind::NavigationFailed, format!("cannot load {}: {text}", redact_url(url)))
        .with_detail(json!({ "network_error": text }))
}
