//! Scraping: from a URL to Markdown, HTML, a screenshot and metadata, by the primitives of a session.
//!
//! [`ScrapeRequest`] says what is wanted, [`Scrape`] is what comes back; users call
//! [`Engine::scrape`](crate::Engine::scrape) or [`SessionHandle::scrape`](crate::SessionHandle::scrape).

mod frames;
mod page;
mod request;
pub mod settle;

use std::fmt;
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};
use serde_json::json;
use url::Url;

use self::settle::{Settled, SettledReason, settle};
use crate::command::Command;
use crate::command::element::Focus;
use crate::command::extract::Evaluate;
use crate::command::keyboard::{PressKey, TypeText};
use crate::command::navigate::WaitForNavigation;
use crate::command::pointer::{Click, Hover, ScrollIntoView};
use crate::command::wait::WaitForElement;
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::markdown::{self, Markdown, Omission, Omitted, Reason};
use crate::navigation::{MAX_HOPS, Navigation, Notes, SOON, follow, next_refresh};
use crate::script::script;
use crate::session::{FrameRef, ScreenshotOptions, Script, Session};
use crate::types::EncodedImage;

pub use request::{Format, Frames, HiddenText, ScrapeAction, ScrapeRequest, WaitUntil};

use page::{Page, Reading};

/// What a scrape gives. Serialises to `data` of the wire.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Scrape {
    /// Markdown, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown: Option<String>,
    /// The blocks that were left out of the main content, each with its reason, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Vec<Omission>>,
    /// How much was left out of the main content, by reason; text that nobody sees is `hidden`.
    #[serde(skip)]
    pub omitted: Omitted,
    /// HTML, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<ScrapedHtml>,
    /// A picture, if asked for; base64 on the wire.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "base64")]
    pub screenshot: Option<EncodedImage>,
    /// What is known of the page.
    pub metadata: Metadata,
    /// What went not quite as asked: a page that was still loading, an answer that is no web page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// Whether the body of the page broke off, so that this is the part that came; `warning` says why.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
    /// How the page settled before it was read.
    #[serde(skip)]
    pub settled: Settled,
    /// What happened meanwhile: where the page went, dialogs, pages that were refused.
    #[serde(skip)]
    pub notes: Notes,
}

/// HTML of a page.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ScrapedHtml {
    /// The whole document.
    pub full: String,
    /// The elements that were asked for by selector.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub selectors: Vec<SelectedHtml>,
}

impl fmt::Debug for ScrapedHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScrapedHtml").field("bytes", &self.full.len()).finish_non_exhaustive()
    }
}

/// HTML of the elements that match a selector, one after the other; empty where none does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct SelectedHtml {
    /// The selector.
    pub selector: String,
    /// Their HTML, a line break between two.
    pub html: String,
}

/// What is known of a scraped page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// Title of the document.
    pub title: Option<String>,
    /// Description by its `meta` elements.
    pub description: Option<String>,
    /// The language that it declares.
    pub language: Option<String>,
    /// The URL that was asked for.
    pub source_url: String,
    /// Where the page is after redirects and scripts.
    pub url: String,
    /// HTTP status, where the browser tells.
    pub status_code: Option<u16>,
    /// Media type.
    pub content_type: Option<String>,
}

impl Serialize for Metadata {
    /// Writes the status under both names that clients know.
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<'a> {
            title: &'a Option<String>,
            description: &'a Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            language: &'a Option<String>,
            #[serde(rename = "sourceURL")]
            source_url: &'a str,
            url: &'a str,
            #[serde(rename = "statusCode")]
            camel_status: Option<u16>,
            status_code: Option<u16>,
            #[serde(rename = "contentType")]
            content_type: &'a Option<String>,
        }
        Wire {
            title: &self.title,
            description: &self.description,
            language: &self.language,
            source_url: &self.source_url,
            url: &self.url,
            camel_status: self.status_code,
            status_code: self.status_code,
            content_type: &self.content_type,
        }
        .serialize(serializer)
    }
}

impl Metadata {
    /// What can be said of a page that could not be loaded.
    pub fn of_failure(source_url: &Url) -> Self {
        Self {
            title: None,
            description: None,
            language: None,
            source_url: source_url.to_string(),
            url: source_url.to_string(),
            status_code: None,
            content_type: None,
        }
    }
}

#[expect(clippy::ref_option, reason = "the signature is serde's")]
fn base64<S: Serializer>(image: &Option<EncodedImage>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    image.as_ref().map(EncodedImage::to_base64).serialize(serializer)
}

/// Scrapes a page with a session whose turn it is.
pub(crate) async fn run(session: &dyn Session, request: &ScrapeRequest, cx: &OpContext) -> Result<Scrape> {
    let limit = cx.remaining();
    if let Some(wait) = request.wait_for.filter(|wait| *wait >= limit) {
        let message = format!(
            "wait_for is {} ms, but all of the scrape must be done in {} ms; wait less, or allow more time",
            wait.as_millis(),
            limit.as_millis()
        );
        return Err(Error::invalid("wait_for", message));
    }
    request.check_selectors()?;
    let mark = frames::mark();
    let reading = Reading { request, mark: &mark, frame: FrameRef::MAIN };
    let mut warnings = Vec::new();
    let mut navigation = match page::load(session, &request.url, request.wait_until, cx).await? {
        page::Loaded::Fully(navigation) => navigation,
        page::Loaded::Partly(navigation) => {
            warnings.push("the page was still loading when it was read".to_owned());
            navigation
        }
    };
    if !navigation.committed && !navigation.same_document {
        return Ok(without_document(request, navigation));
    }
    let extra = request.wait_for.is_some() || !request.actions.is_empty();
    // Asked for before anything else, so that a page that stands still costs no more than the one script that reads it.
    let began = Instant::now();
    let cap = match request.wait_until {
        WaitUntil::Settled | WaitUntil::NetworkIdle => request.settle.unwrap_or(settle::CAP),
        _ => Duration::ZERO,
    };
    if request.wait_until == WaitUntil::NetworkIdle {
        settle::network_idle(session, cap, cx).await;
    }
    let cap = if request.wait_until == WaitUntil::Settled { cap } else { Duration::ZERO };
    let mut still = if extra { None } else { page::snapshot(session, &reading, cap.is_zero(), cx).await? };
    // What the page was before it led to an error page.
    let mut before = None;
    for _ in 0..MAX_HOPS {
        let Some(refresh) = next_refresh(session, &navigation, SOON, cx).await? else { break };
        let page = match still.take() {
            Some(page) => page,
            None => page::read_now(session, &reading, cx).await?,
        };
        let next = follow(session, &navigation, &refresh, cx).await?;
        if next.committed {
            navigation = next;
            continue;
        }
        if next.network_error.is_some() && !request.actions.is_empty() {
            return Err(next.into_error());
        }
        warnings.extend(next.warning());
        before = next.network_error.is_some().then_some(page);
        break;
    }
    let mut early = None;
    let mut settled = None;
    if extra {
        settled = Some(settle(session, cap, None, cx).await?);
        if let Some(wait) = request.wait_for {
            pause(wait, cx).await?;
        }
        for (index, action) in request.actions.iter().enumerate() {
            let done =
                perform(session, action, cx).await.map_err(|error| error.with_field(format!("actions[{index}]")))?;
            match done {
                Done::Nothing => {}
                Done::Screenshot(image) => early = Some(image),
                Done::Moved(to) if to.committed => navigation = to,
                Done::Moved(to) => warnings.extend(to.warning()),
            }
        }
    }
    warnings.extend(navigation.warning());
    let is_there = before.is_none();
    let found = before.or(still);
    if !request.actions.is_empty() {
        settled = Some(settle(session, cap, Some(Instant::now()), cx).await?);
    } else if found.is_none() && settled.is_none() {
        settled = Some(settle(session, cap, None, cx).await?);
    }
    let mut page = match found {
        Some(page) => page,
        None => page::read_now(session, &reading, cx).await?,
    };
    let settled = settled.unwrap_or_else(|| {
        let reason = match page.settled.as_deref() {
            Some("static") => SettledReason::Static,
            Some(_) => SettledReason::Quiet,
            None => SettledReason::Off,
        };
        Settled::new(began, reason)
    });
    warnings.extend(settled.warning());
    if is_there {
        warnings.extend(frames::inline(session, &mut page, &reading, cx).await?);
    } else {
        frames::without(&mut page, &mark);
    }
    if page.is_the_browsers() {
        page.clear(&navigation.url);
    }
    let mut screenshot = None;
    if request.wants(Format::Screenshot) {
        screenshot = match early {
            Some(image) => Some(image),
            None => Some(session.screenshot(&ScreenshotOptions::new(), cx).await.map_err(after_reading)?),
        };
    }
    if let Some(kind) = page.unusual_type() {
        warnings.push(format!("the answer is no web page but {kind}; what the browser shows of it is given"));
    }
    let metadata = page.metadata(request, &navigation);
    let selectors = std::mem::take(&mut page.selectors);
    let Converted { markdown, explain, omitted, html } = convert(page, request).await?;
    Ok(Scrape {
        markdown,
        explain,
        omitted,
        html: html.map(|full| ScrapedHtml { full, selectors }),
        screenshot,
        metadata,
        warning: (!warnings.is_empty()).then(|| warnings.join("; ")),
        incomplete: navigation.incomplete,
        settled,
        notes: Notes { navigation: Some(navigation), ..Notes::new() },
    })
}

/// Notes in an error that the page had been read by then: visiting it again would be one visit too many.
fn after_reading(error: Error) -> Error {
    let mut detail = error.detail().filter(|detail| detail.is_object()).cloned().unwrap_or_else(|| json!({}));
    detail["was_read"] = true.into();
    error.with_detail(detail)
}

/// Returns whether a scrape that failed may be tried once more on a new session: its session is lost, and all that has
/// happened is that a page was asked for.
pub fn may_repeat(request: &ScrapeRequest, error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::SessionLost | ErrorKind::PageCrashed)
        && error.retry() != Retry::Never
        && request.actions.is_empty()
        && error.detail().is_none_or(|detail| detail["was_read"] != true)
}

/// The answer for a URL that gives no document: a download, or `204`.
fn without_document(request: &ScrapeRequest, navigation: Navigation) -> Scrape {
    let warning = navigation.warning().unwrap_or_else(|| "the URL gave no document".to_owned());
    let mut metadata = Metadata::of_failure(&request.url);
    metadata.status_code = navigation.status;
    metadata.content_type.clone_from(&navigation.content_type);
    let html = || ScrapedHtml { full: String::new(), selectors: Vec::new() };
    Scrape {
        markdown: request.wants(Format::Markdown).then(String::new),
        explain: request.explains().then(Vec::new),
        omitted: Omitted::default(),
        html: request.wants(Format::Html).then(html),
        screenshot: None,
        metadata,
        warning: Some(warning),
        incomplete: false,
        settled: Settled::new(Instant::now(), SettledReason::Off),
        notes: Notes { navigation: Some(navigation), ..Notes::new() },
    }
}

/// What a page was converted to.
struct Converted {
    markdown: Option<String>,
    explain: Option<Vec<Omission>>,
    omitted: Omitted,
    html: Option<String>,
}

/// Makes Markdown of a page, off the runtime's threads, and hands its HTML back if that is wanted too.
async fn convert(page: Page, request: &ScrapeRequest) -> Result<Converted> {
    let explain = request.explains().then(Vec::new);
    let omitted = Omitted::default();
    let html = page.html.unwrap_or_default();
    let flat = page.flat.unwrap_or_default();
    if !request.wants(Format::Markdown) {
        let html = request.wants(Format::Html).then_some(html);
        return Ok(Converted { markdown: None, explain, omitted, html });
    }
    if let Some(text) = page.text {
        let language = if page.content_type.contains("json") { "json" } else { "" };
        let html = request.wants(Format::Html).then_some(html);
        return Ok(Converted { markdown: Some(fenced(&text, language)), explain, omitted, html });
    }
    let options = markdown_options(request, Url::parse(&page.base).ok());
    let (read, kept) = match (flat.html, request.wants(Format::Html)) {
        (Some(flat), wanted) => (flat, wanted.then_some(html)),
        (None, true) => (html.clone(), Some(html)),
        (None, false) => (html, None),
    };
    let mut found = convert_off_thread(read, options).await?;
    for hidden in flat.hidden {
        found.omitted.add(Reason::Hidden, hidden.characters);
        if explain.is_some() {
            found.explain.push(Omission {
                reason: Reason::Hidden,
                characters: hidden.characters,
                text: hidden.text,
                warning: false,
            });
        }
    }
    let explain = explain.map(|_| found.explain);
    Ok(Converted { markdown: Some(found.text), explain, omitted: found.omitted, html: kept })
}

fn markdown_options(request: &ScrapeRequest, base: Option<Url>) -> markdown::Options {
    markdown::Options::new()
        .with_only_main_content(request.only_main_content)
        .with_remove_base64_images(request.remove_base64_images)
        .with_include(&request.include_selectors)
        .with_exclude(&request.exclude_selectors)
        .with_explain(request.explain)
        .with_base_url(base)
}

/// A fenced block whose fence is longer than any in the text; nothing for nothing.
fn fenced(text: &str, language: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

/// Converts HTML where it does not hold up other tasks.
pub(crate) async fn convert_off_thread(html: String, options: markdown::Options) -> Result<Markdown> {
    // A small page takes less time than the way to another thread.
    if html.len() < 16 * 1024 {
        return Ok(markdown::convert(&html, &options));
    }
    tokio::task::spawn_blocking(move || markdown::convert(&html, &options))
        .await
        .map_err(|source| Error::new(ErrorKind::Unexpected, "the Markdown conversion failed").with_source(source))
}

pub(crate) async fn pause(time: std::time::Duration, cx: &OpContext) -> Result<()> {
    cx.bound("waiting as asked", async {
        tokio::time::sleep(time).await;
        Ok(())
    })
    .await
}

/// Waits for the navigation that an action may have started. One that does not end loading is read as it is.
async fn arrive(session: &dyn Session, cx: &OpContext) -> Result<Done> {
    let patience = cx.capped(page::PATIENCE.min(cx.remaining() / 2));
    match WaitForNavigation::new().run(session, &patience).await {
        Err(error) if error.kind() == ErrorKind::Timeout => Ok(Done::Nothing),
        result => result.map(Done::Moved),
    }
}

/// What an action came to.
enum Done {
    Nothing,
    Moved(Navigation),
    Screenshot(EncodedImage),
}

/// Does one thing with the page.
async fn perform(session: &dyn Session, action: &ScrapeAction, cx: &OpContext) -> Result<Done> {
    match action {
        ScrapeAction::Wait(time) => pause(*time, cx).await?,
        ScrapeAction::WaitFor(selector) => {
            WaitForElement::new(selector).visible().run(session, cx).await?;
        }
        ScrapeAction::Click(selector) => {
            Click::new(selector).run(session, cx).await?;
            return arrive(session, cx).await;
        }
        ScrapeAction::Type { selector, text } => {
            TypeText::new(selector, text).run(session, cx).await?;
        }
        ScrapeAction::Press { selector, key } => {
            if let Some(selector) = selector {
                Focus::new(selector).run(session, cx).await?;
            }
            PressKey::new(key).run(session, cx).await?;
            return arrive(session, cx).await;
        }
        ScrapeAction::Scroll(Some(selector)) => ScrollIntoView::new(selector).run(session, cx).await?,
        ScrapeAction::Scroll(None) => {
            let script = script!(=> "() => scrollTo({ top: doc.documentElement.scrollHeight, behavior: 'instant' })");
            session.evaluate(&Script::function(script).idempotent(), cx).await?;
        }
        ScrapeAction::Hover(selector) => {
            Hover::new(selector).run(session, cx).await?;
        }
        ScrapeAction::Evaluate(expression) => {
            Evaluate::new(expression).run(session, cx).await?;
        }
        ScrapeAction::Screenshot => {
            return session.screenshot(&ScreenshotOptions::new(), cx).await.map(Done::Screenshot);
        }
    }
    Ok(Done::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_those_inside() {
        assert_eq!(fenced("a\n", ""), "```\na\n```\n");
        assert_eq!(fenced("````x", "json"), "`````json\n````x\n`````\n");
        assert_eq!(fenced(" \n", ""), "");
    }

    #[test]
    fn metadata_has_the_status_under_both_names() {
        let mut metadata = Metadata::of_failure(&Url::parse("http://a.test/").unwrap());
        metadata.status_code = Some(404);
        let json = serde_json::to_value(&metadata).unwrap();
        assert_eq!((&json["statusCode"], &json["status_code"]), (&404.into(), &404.into()));
        assert_eq!(json["sourceURL"], "http://a.test/");
        assert!(json["description"].is_null());
    }
}
