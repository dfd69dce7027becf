//! Loading a page, waiting until it has settled, and reading it.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{Format, Frames, HiddenText, Metadata, ScrapeRequest, SelectedHtml, WaitUntil};
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::navigation::{NavigateTo, Navigation};
use crate::scrape::settle::NetworkActivity;
use crate::script::script;
use crate::session::{FrameRef, Script, Session};

/// How much of the deadline is kept for reading a page that never ends loading.
const RESERVE: Duration = Duration::from_secs(5);

/// How long a page may take to load before it is read as it is.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How long a page that is still loading may take to say how far it has come.
const PARTIAL: Duration = Duration::from_secs(2);

/// How far a page has come.
pub(super) enum Loaded {
    Fully(Navigation),
    /// Something on it, an image perhaps, does not end loading.
    Partly(Navigation),
}

/// Where a page is that did not end loading, and whether there is anything to read.
#[derive(Deserialize)]
struct Partial {
    url: Url,
    there: bool,
}

/// Goes to the page. Where the document is there but its load does not end, it is taken as it is; a server that does not
/// answer gets all of the time.
pub(super) async fn load(session: &dyn Session, url: &Url, wait: WaitUntil, cx: &OpContext) -> Result<Loaded> {
    let reserve = RESERVE.min(cx.remaining() / 4);
    let to = NavigateTo::Url(url.clone());
    let rest = cx.capped(cx.remaining().saturating_sub(reserve));
    let patience = PATIENCE.min(cx.remaining().saturating_sub(RESERVE).max(cx.remaining() / 2));
    let is_early = wait == WaitUntil::DomContentLoaded;
    if is_early {
        // So that it is not taken for the page.
        let leave = Script::function("() => { globalThis[Symbol.for('browsr.left')] = true; }").idempotent();
        let _ = session.evaluate(&leave, &cx.capped(PARTIAL)).await;
    }
    let (patience, every) =
        if is_early { (Duration::ZERO, Duration::from_millis(20)) } else { (patience, Duration::from_millis(500)) };
    let partly_there = async {
        tokio::time::sleep(patience).await;
        loop {
            if let Some(navigation) = partly(session, cx).await {
                return navigation;
            }
            tokio::time::sleep(every).await;
        }
    };
    let timeout = tokio::select! {
        loaded = session.navigate(&to, &rest) => match loaded {
            Err(error) if error.kind() == ErrorKind::Timeout => error,
            result => return result.map(Loaded::Fully),
        },
        navigation = partly_there => {
            if is_early {
                return Ok(Loaded::Fully(navigation));
            }
            // What does not end is of no use, and would hold up what comes after.
            let stop = Script::function("() => window.stop()").idempotent();
            if let Err(error) = session.evaluate(&stop, &cx.capped(PARTIAL)).await {
                tracing::debug!(%error, "the load could not be stopped");
            }
            return Ok(Loaded::Partly(navigation));
        }
    };
    partly(session, cx).await.map(Loaded::Partly).ok_or(timeout)
}

/// Where a page is that is there, although its load has not ended.
async fn partly(session: &dyn Session, cx: &OpContext) -> Option<Navigation> {
    let script = Script::function(
        script!(=> "() => ({ url: location.href, there: !globalThis[Symbol.for('browsr.left')] && doc.readyState !== 'loading' && Boolean(doc.body?.hasChildNodes()) })"),
    )
    .idempotent();
    let found = session.evaluate(&script, &cx.capped(PARTIAL)).await.ok()?;
    let state: Partial = serde_json::from_value(found).ok()?;
    (state.there && state.url.scheme().starts_with("http")).then(|| {
        let mut navigation = Navigation::none(state.url);
        navigation.committed = true;
        navigation
    })
}

const SNAPSHOT: &str = script!("locate", "element", "wait", "flat", "page_state" => "snapshot");

/// A page as it was read.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    /// Why it counts as settled, if it was found so.
    #[serde(default)]
    pub(super) settled: Option<String>,
    pub(super) url: String,
    pub(super) base: String,
    title: String,
    description: Option<String>,
    language: Option<String>,
    pub(super) content_type: String,
    status: Option<u16>,
    pub(super) html: Option<String>,
    /// The document as it shows.
    #[serde(default)]
    pub(super) flat: Option<Flat>,
    /// The text, of a document that is no HTML.
    pub(super) text: Option<String>,
    pub(super) selectors: Vec<SelectedHtml>,
}

/// A document as it shows, for Markdown.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Flat {
    /// Its HTML, with what is in shadow roots in its place and a mark for each frame; none where it is as the document's.
    pub(super) html: Option<String>,
    /// The numbers of the frames that show.
    pub(super) frames: Vec<usize>,
    /// What was left out since nobody sees it.
    pub(super) hidden: Vec<Hidden>,
    /// How many characters show, where that was asked for.
    pub(super) text: usize,
}

/// A text that nobody sees: its characters without white space, and its first words.
#[derive(Debug, Deserialize)]
pub(super) struct Hidden {
    pub(super) characters: usize,
    pub(super) text: String,
}

/// Which document is read, and how.
pub(super) struct Reading<'a> {
    pub(super) request: &'a ScrapeRequest,
    /// What stands before the number of a frame.
    pub(super) mark: &'a str,
    pub(super) frame: FrameRef,
}

/// Reads the page as it is.
pub(super) async fn read_now(session: &dyn Session, reading: &Reading<'_>, cx: &OpContext) -> Result<Page> {
    snapshot(session, reading, true, cx)
        .await?
        .ok_or_else(|| Error::new(ErrorKind::Unexpected, "the page could not be read"))
}

/// Reads a document if it has settled, or as it is by `force`.
pub(super) async fn snapshot(
    session: &dyn Session,
    reading: &Reading<'_>,
    force: bool,
    cx: &OpContext,
) -> Result<Option<Page>> {
    let request = reading.request;
    let inner = !reading.frame.is_main();
    let html = !inner && (request.wants(Format::Html) || request.wants(Format::Markdown));
    let selectors = request
        .selectors
        .iter()
        .filter(|_| !inner)
        .map(|selector| crate::command::Selector::plain(selector, "selectors").map(|selector| selector.element))
        .collect::<Result<Vec<_>>>()?;
    let script = Script::function(SNAPSHOT)
        .arg(json!({
            "force": force,
            "network": NetworkActivity::told(session.network_activity().as_ref(), None),
            "html": html,
            "reading": request.wants(Format::Markdown).then(|| json!({
                "mark": (request.frames == Frames::Inline).then_some(reading.mark),
                "all": !request.only_main_content || request.hidden_text == HiddenText::Keep,
                "inner": inner,
            })),
            "selectors": selectors,
        }))
        .in_frame(&reading.frame)
        .idempotent();
    let mut answer = match session.evaluate(&script, cx).await {
        Err(error) if error.kind() == ErrorKind::JavascriptError => return Err(invalid_selector(error)),
        answer => answer?,
    };
    if answer["ready"] != true {
        return Ok(None);
    }
    if let Some(object) = answer.as_object_mut() {
        object.remove("ready");
    }
    crate::command::decode(answer).map(Some)
}

fn invalid_selector(error: Error) -> Error {
    let detail = |key: &str| error.detail().and_then(|detail| detail[key].as_str()).map(ToOwned::to_owned);
    match detail("name").as_deref() {
        Some("InvalidSelector") => Error::new(
            ErrorKind::InvalidSelector,
            format!("a selector is not valid: {}", detail("message").unwrap_or_default()),
        )
        .with_field("selectors"),
        _ => error,
    }
}

impl Page {
    /// Whether this is a page of the browser's own, in place of an answer without a body.
    pub(super) fn is_the_browsers(&self) -> bool {
        self.url.starts_with("chrome-error:")
    }

    /// Leaves nothing of the page but where it is.
    pub(super) fn clear(&mut self, url: &Url) {
        self.url = url.to_string();
        self.html = self.html.take().map(|_| String::new());
        self.flat = None;
        (self.title, self.description, self.text) = (String::new(), None, None);
    }

    /// What the document is, if it is not HTML.
    pub(super) fn unusual_type(&self) -> Option<&str> {
        let known = ["text/html", "application/xhtml+xml"];
        let embedded = self.content_type == "text/html" && self.title.is_empty() && self.is_plugin();
        if embedded {
            return Some("application/pdf");
        }
        (!known.contains(&self.content_type.as_str())).then_some(self.content_type.as_str())
    }

    /// Whether the browser shows a PDF, which it wraps in a document of its own.
    fn is_plugin(&self) -> bool {
        self.html.as_ref().is_some_and(|html| html.len() < 4096 && html.contains("type=\"application/pdf\""))
    }

    pub(super) fn metadata(&self, request: &ScrapeRequest, navigation: &Navigation) -> Metadata {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        // What the navigation tells is of its own page; an action or a script may have gone on to another.
        let same = self.url == navigation.url.as_str();
        Metadata {
            title: filled(&self.title),
            description: self.description.clone(),
            language: self.language.as_deref().and_then(filled),
            source_url: request.url.to_string(),
            url: self.url.clone(),
            status_code: navigation.status.filter(|_| same).or(self.status),
            content_type: navigation.content_type.clone().filter(|_| same).or_else(|| filled(&self.content_type)),
        }
    }
}
