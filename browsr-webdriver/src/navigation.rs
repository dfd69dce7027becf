//! Going somewhere and waiting for it, by a mark in the document: it tells what is under way, and its absence that the
//! document is a new one.

use std::time::{Duration, Instant};

use browsr_core::navigation::UNKNOWN_FAILURE;
use browsr_core::policy::redact_url;
use browsr_core::{Download, Error, ErrorKind, NavigateTo, Navigation, OpContext, Refresh, Result};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::bidi::{Ending, Moves, error_page, in_words_of_chrome};
use crate::driver::DriverBrowser as Browser;
use crate::error::CallError;
use crate::line::Line;
use crate::session::WebDriverSession;

const MARK: &str = include_str!("navigation.js");

/// How long input gives a navigation to begin.
const GRACE: Duration = Duration::from_millis(500);
/// How often the document is looked at.
const EVERY: Duration = Duration::from_millis(25);
/// How often events are waited for that tell of a document that is there, 10 ms each.
const EVENTS: u32 = 10;
/// How long Firefox may take to show that an answer cannot be decoded.
const UNDECODED: Duration = Duration::from_millis(300);
/// A refresh that is further away than this is not told exactly.
const FAR: Duration = Duration::from_secs(3600);
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
    empty: bool,
    /// An [`Announced`], which no page must be able to make unreadable.
    refresh: Option<serde_json::Value>,
}

/// The mark.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Known {
    pub(crate) pending: bool,
    pub(crate) same: u32,
    pub(crate) download: bool,
}

/// A refresh that the document announces.
#[derive(Debug, Deserialize)]
pub(crate) struct Announced {
    url: Url,
    seconds: u64,
    /// How long until it begins; below zero where it should have.
    left_ms: f64,
}

impl Announced {
    fn read(told: serde_json::Value) -> Option<Refresh> {
        let announced: Self = serde_json::from_value(told).ok()?;
        let left = Duration::try_from_secs_f64(announced.left_ms / 1000.0).unwrap_or_default().min(FAR);
        Some(Refresh::new(announced.url, Duration::from_secs(announced.seconds), Instant::now() + left))
    }
}

impl Look {
    /// Whether this is no page but the browser's word that there is none.
    fn is_error_page(&self) -> bool {
        error_page(&self.document).is_some() || self.url.starts_with("chrome-error:")
    }

    /// Whether the document has loaded, or all of it that comes.
    fn is_complete(&self, moves: &Moves) -> bool {
        if moves.is_doomed() {
            return false;
        }
        // Firefox ends reading what came, Chrome does not.
        self.ready == "complete" || moves.is_broken() && (self.ready == "interactive" || self.url_is(moves))
    }

    fn url_is(&self, moves: &Moves) -> bool {
        !self.is_error_page() && moves.told().is_some_and(|told| told.committed && told.url.as_str() == self.url)
    }

    fn location(&self) -> Url {
        Url::parse(&self.url).or_else(|_| Url::parse("about:blank")).expect("about:blank is a URL")
    }

    /// What a navigation came to that led to no document.
    fn nowhere(&self, moves: &Moves) -> Navigation {
        let mut navigation = match moves.ending {
            Some(_) => moves.told().unwrap_or_else(|| Navigation::none(self.location())),
            None => Navigation::none(self.location()),
        };
        if self.known.is_some_and(|known| known.download) && navigation.download.is_none() {
            navigation.download = Some(Download::default());
        }
        navigation
    }

    fn current(&self, moves: &Moves) -> Navigation {
        let mut navigation = Navigation::none(self.location());
        navigation.committed = true;
        navigation.status = self.status.filter(|status| *status > 0);
        navigation.content_type = Some(self.content_type.clone()).filter(|kind| !kind.is_empty());
        moves.complete(&mut navigation);
        navigation
    }

    fn within(&self) -> Navigation {
        let mut navigation = Navigation::none(self.location());
        (navigation.committed, navigation.same_document) = (true, true);
        navigation
    }
}

impl Line<'_> {
    /// Looks at the document, and marks it if asked.
    pub(crate) async fn look(&mut self, install: bool, reset: bool, cx: &OpContext) -> Result<Look, CallError> {
        let header = self.session.moves().refresh().map(ToOwned::to_owned);
        let args = json!([{ "install": install, "reset": reset, "header": header }]);
        let answer = self.own(MARK, args, cx).await?;
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
        self.let_go(&line, &cx.capped(Duration::from_millis(500))).await;
        {
            let mut state = self.state();
            (state.input_at, state.fresh, state.refresh) = (None, false, None);
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
                CallError::Refused(refusal) if network_failure(&refusal.message).is_some() => {
                    failed(&destination, &network_failure(&refusal.message).unwrap_or_default())
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
            let moves = self.moves();
            match look.known {
                None if look.is_error_page() => return self.on_error_page(destination, &look, &moves, cx).await,
                // Firefox shows an empty document for a moment while it swaps them.
                None if look.is_complete(&moves) && (blank || look.url != "about:blank") => {
                    if let Some(navigation) = self.arrived(line, look, started, cx).await {
                        return Ok(navigation);
                    }
                }
                None => {}
                Some(known) if known.same > 0 && !known.pending => return Ok(look.within()),
                Some(known) => {
                    // An error page is to come, so that it does not get into the way of what follows.
                    if moves.started > started && moves.ending == Some(Ending::Aborted) && moves.is_settled() {
                        return Ok(self.end(line, &look, &moves, cx).await);
                    }
                    if !known.pending && matches!(to, NavigateTo::History(_)) && begun.elapsed() > GRACE {
                        // As a browser's buttons do at either end.
                        return Ok(Navigation::none(look.location()));
                    }
                    let waited = if known.pending { still_since.elapsed() } else { begun.elapsed() / 4 };
                    if !known.pending {
                        still_since = Instant::now();
                    }
                    if self.browser == Browser::Chrome && waited > self.aborted_after() {
                        return Ok(self.end(line, &look, &moves, cx).await);
                    }
                }
            }
            pause(cx).await?;
        }
    }

    /// Notes what the document announces, and says where the page is; `None` where an error page is about to replace it.
    async fn arrived(&self, line: &mut Line<'_>, mut look: Look, started: u64, cx: &OpContext) -> Option<Navigation> {
        let mut moves = self.moves();
        for _ in 0..EVENTS {
            if moves.started <= started || moves.has_arrived() {
                break;
            }
            // Events may come a moment behind what a script sees.
            tokio::time::sleep(Duration::from_millis(10)).await;
            moves = self.moves();
        }
        if self.browser == Browser::Firefox && look.empty && moves.is_encoded() {
            // An answer that cannot be decoded is an empty document for a moment, and then the page that says so.
            tokio::time::sleep(UNDECODED.min(cx.remaining())).await;
            moves = self.moves();
        }
        if moves.is_doomed() || moves.ending == Some(Ending::Failed) && !moves.has_arrived() {
            return None;
        }
        if moves.refresh().is_some()
            && look.refresh.is_none()
            && let Ok(again) = line.look(false, false, cx).await
            && again.url == look.url
        {
            look = again;
        }
        let navigation = look.current(&moves);
        self.state().refresh = look.refresh.and_then(Announced::read);
        Some(navigation)
    }

    /// Says what a page of the browser's own stands for: an error, but for Chrome's in place of an error status without a
    /// body.
    async fn on_error_page(&self, wanted: &Url, look: &Look, moves: &Moves, cx: &OpContext) -> Result<Navigation> {
        if look.url.starts_with("chrome-error:") && look.status.is_some_and(|status| status > 0) {
            let mut navigation = look.current(moves);
            if navigation.url.scheme() == "chrome-error" {
                navigation.url.clone_from(wanted);
            }
            return Ok(navigation);
        }
        let word = error_page(&look.document);
        if word.is_none() && self.bidi.is_some() && moves.error().is_none() {
            // The event that names it may come behind the page.
            tokio::time::sleep(EVERY.min(cx.remaining())).await;
        }
        let moves = self.moves();
        let url = moves.told().filter(|told| !told.committed).map(|told| told.url);
        let error = moves.error().map(ToOwned::to_owned);
        let named = error.unwrap_or_else(|| in_words_of_chrome(word.as_deref().unwrap_or_default(), false));
        let error = failed(url.as_ref().unwrap_or(wanted), &named);
        Err(match word {
            Some(word) => error.with_detail(json!({ "network_error": named, "browser_error": word })),
            None => error,
        })
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

    /// Notes that a navigation came to no document.
    async fn end(&self, line: &mut Line<'_>, look: &Look, moves: &Moves, cx: &OpContext) -> Navigation {
        let _ = line.look(false, true, cx).await;
        look.nowhere(moves)
    }

    pub(crate) async fn wait_for_started_navigation(&self, cx: &OpContext) -> Result<Navigation> {
        let mut line = self.line(cx).await?;
        self.leave_alone_what_is_open(&line, cx).await?;
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
            let moves = self.moves();
            let ended = moves.started > started && moves.ending == Some(Ending::Aborted) && moves.is_settled();
            match look.known {
                None if fresh && look.url == "about:blank" && begun.elapsed() < GRACE => {}
                None if look.is_error_page() => {
                    return self.on_error_page(&look.location(), &look, &moves, cx).await;
                }
                // A document without a mark that was waited for before, and goes nowhere.
                None if ended && input_at.is_none() && look.is_complete(&moves) => return Ok(look.nowhere(&moves)),
                // Firefox shows an empty document for a moment while it swaps them.
                None if look.is_complete(&moves)
                    && (look.url != "about:blank" || !waited && input_at.is_none() || begun.elapsed() > GRACE) =>
                {
                    self.state().fresh = false;
                    if let Some(navigation) = self.arrived(&mut line, look, started, cx).await {
                        return Ok(navigation);
                    }
                }
                None => waited = true,
                Some(known) if known.pending => {
                    if ended {
                        return Ok(self.end(&mut line, &look, &moves, cx).await);
                    }
                    waited = true;
                    let since: &Instant = pending_since.get_or_insert_with(Instant::now);
                    if self.browser == Browser::Chrome && since.elapsed() > self.aborted_after() {
                        return Ok(self.end(&mut line, &look, &moves, cx).await);
                    }
                }
                Some(known) if known.same > 0 => return Ok(look.within()),
                Some(_) if ended => return Ok(self.end(&mut line, &look, &moves, cx).await),
                Some(_) => {
                    if input_at.is_none_or(|at| at.elapsed() >= GRACE) {
                        return Ok(look.nowhere(&moves));
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
    Navigation::failed(url.clone(), text).into_error()
}

/// Returns the name of the network error that a driver refuses a navigation with, if that is why.
fn network_failure(message: &str) -> Option<String> {
    if let Some(at) = message.find("net::ERR_") {
        let name = message[at..].split(|c: char| !c.is_ascii_alphanumeric() && !"_:".contains(c)).next();
        return name.map(ToOwned::to_owned);
    }
    let word = first_word(message.strip_prefix("Error: ").unwrap_or(message));
    let word = error_page(word).unwrap_or_else(|| word.to_owned());
    Some(in_words_of_chrome(&word, false)).filter(|named| named != UNKNOWN_FAILURE)
}

fn first_word(text: &str) -> &str {
    text.split_whitespace()
        .find(|word| word.starts_with("about:"))
        .unwrap_or_else(|| text.split_whitespace().next().unwrap_or_default())
}
