//! [`Navigation`]: what going somewhere came to; [`Notes`]: what happened beside the results of commands; and how
//! refreshes that a page announces are followed.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::input::DialogSeen;
use crate::policy::redact_url;
use crate::session::Session;

/// Where to go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NavigateTo {
    /// A URL.
    Url(Url),
    /// The current page anew.
    Reload,
    /// So many entries forward in the history, or back if negative.
    History(i32),
}

/// What a navigation came to. Serialises to `debug.navigation` of the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Navigation {
    /// Where it led: where the page is, or, of a navigation that led to no document, what was asked for in the end.
    pub url: Url,
    /// Whether a new document, or a new same-document entry, took the place of the old. A browser's error page is none.
    pub committed: bool,
    /// Whether the document stayed: a fragment or `history.pushState`.
    #[serde(skip_serializing_if = "is_false")]
    pub same_document: bool,
    /// The HTTP status, where the browser tells.
    pub status: Option<u16>,
    /// The media type, as the server said where the browser tells.
    pub content_type: Option<String>,
    /// The download that it turned into, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub download: Option<Download>,
    /// Whether the body of the document broke off or could not be decoded, for the reason in `network_error`; what had
    /// come until then is shown.
    #[serde(skip_serializing_if = "is_false")]
    pub incomplete: bool,
    /// What the network failed with, in Chrome's words, such as `net::ERR_CONNECTION_REFUSED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_error: Option<String>,
    /// The redirects on the way, where the browser tells.
    #[serde(skip)]
    pub redirects: Vec<Redirect>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Navigation {
    /// Makes a navigation that led nowhere.
    pub const fn none(url: Url) -> Self {
        Self {
            url,
            committed: false,
            same_document: false,
            status: None,
            content_type: None,
            download: None,
            incomplete: false,
            network_error: None,
            redirects: Vec::new(),
        }
    }

    /// Says what is not as it should be, if anything is known of it: no document, or half of one.
    pub fn warning(&self) -> Option<String> {
        let reason = self.network_error.as_deref().unwrap_or("the reason is not known");
        if self.incomplete {
            return Some(format!("the page is incomplete: its body broke off or could not be decoded ({reason})"));
        }
        if self.committed || self.same_document {
            return None;
        }
        let url = redact_url(&self.url);
        if self.network_error.is_some() {
            return Some(format!("{url} could not be loaded: {reason}"));
        }
        let kind = self.content_type.as_deref().unwrap_or("no media type");
        match (&self.download, self.url.scheme(), self.status) {
            (Some(_), ..) => Some(format!("{url} answers with a download ({kind}), which is not fetched")),
            (None, "http" | "https" | "about", Some(204 | 205)) => Some(format!("{url} answers without content")),
            (None, "http" | "https" | "about", Some(_)) => Some(format!("{url} gave no document")),
            (None, "http" | "https" | "about", None) => None,
            (None, scheme, _) => {
                Some(format!("the server redirects to an address with the scheme {scheme:?}, which is no page"))
            }
        }
    }

    /// Returns the error for a navigation that the network failed.
    pub fn into_error(self) -> Error {
        let text = self.network_error.unwrap_or_else(|| UNKNOWN_FAILURE.to_owned());
        Error::new(ErrorKind::NavigationFailed, format!("cannot load {}: {text}", redact_url(&self.url)))
            .with_detail(json!({ "network_error": text }))
    }

    /// Makes a navigation that the network failed.
    pub fn failed(url: Url, network_error: impl Into<String>) -> Self {
        Self { network_error: Some(network_error.into()), ..Self::none(url) }
    }
}

/// What Chrome calls a failure that has no name.
pub const UNKNOWN_FAILURE: &str = "net::ERR_FAILED";

/// A navigation that became a download. Nothing is kept of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Download {
    /// The name that a browser would give to the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggested_name: Option<String>,
}

impl Download {
    /// Makes a download.
    pub const fn new(suggested_name: Option<String>) -> Self {
        Self { suggested_name }
    }
}

/// One step of a redirect chain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirect {
    /// The URL that redirected.
    pub url: String,
    /// Its HTTP status.
    pub status: u16,
}

impl Redirect {
    /// Makes a step.
    pub fn new(url: impl Into<String>, status: u16) -> Self {
        Self { url: url.into(), status }
    }
}

/// What happened on a session beside the results of its calls.
///
/// On the wire it is in `debug` of the command that met it: `navigation`, `dialogs`, `pages_refused`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notes {
    /// The last navigation of the page that ended, by whatever it was started.
    pub navigation: Option<Navigation>,
    /// Dialogs that came up and were answered, oldest first; the first 32.
    pub dialogs: Vec<DialogSeen>,
    /// How many pages were closed because the session had as many as it may.
    pub pages_refused: u32,
}

impl Notes {
    /// Nothing.
    pub const fn new() -> Self {
        Self { navigation: None, dialogs: Vec::new(), pages_refused: 0 }
    }

    /// Adds what happened later.
    pub fn extend(&mut self, later: Self) {
        if later.navigation.is_some() {
            self.navigation = later.navigation;
        }
        let room = MAX_DIALOGS.saturating_sub(self.dialogs.len());
        self.dialogs.extend(later.dialogs.into_iter().take(room));
        self.pages_refused = self.pages_refused.saturating_add(later.pages_refused);
    }

    /// Writes them into the `debug` of a result; what that tells itself stays.
    pub fn write_into(self, debug: &mut Map<String, Value>) {
        if let Some(navigation) = self.navigation
            && !debug.contains_key("navigation")
        {
            debug.insert("navigation".to_owned(), json!(navigation));
        }
        if !self.dialogs.is_empty() {
            let told = debug.entry("dialogs").or_insert_with(|| json!([]));
            if let Some(told) = told.as_array_mut() {
                told.extend(self.dialogs.iter().map(|dialog| json!(dialog)));
            }
        }
        if self.pages_refused > 0 {
            debug.insert("pages_refused".to_owned(), self.pages_refused.into());
        }
    }
}

/// How many dialogs are remembered until somebody asks.
pub const MAX_DIALOGS: usize = 32;

/// A refresh that a document has announced.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refresh {
    /// Where it goes.
    pub url: Url,
    /// How long after the load it begins, as announced.
    pub delay: Duration,
    /// When it begins.
    pub due: Instant,
}

impl Refresh {
    /// Makes a refresh.
    pub const fn new(url: Url, delay: Duration, due: Instant) -> Self {
        Self { url, delay, due }
    }
}

/// Refreshes of at most this belong to the navigation that they follow.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(1);
/// Refreshes of at most this are waited for by who waits for a page to be what it will be.
pub(crate) const SOON: Duration = Duration::from_secs(5);
/// How many refreshes are followed one after the other.
pub(crate) const MAX_HOPS: usize = 5;
/// How long after its time a refresh may begin.
const LATE: Duration = Duration::from_millis(500);

/// Returns the refresh that is to be followed: of at most `limit`, not to where the page is, within the deadline.
pub(crate) async fn next_refresh(
    session: &dyn Session,
    at: &Navigation,
    limit: Duration,
    cx: &OpContext,
) -> Result<Option<Refresh>> {
    if !at.committed && !at.same_document {
        return Ok(None);
    }
    let refresh = session.pending_refresh(cx).await?;
    let elsewhere = |url: &Url| without_fragment(url) != without_fragment(&at.url);
    Ok(refresh.filter(|next| next.delay <= limit && elsewhere(&next.url) && next.due + LATE < cx.deadline()))
}

fn without_fragment(url: &Url) -> &str {
    url.as_str().split('#').next().unwrap_or_default()
}

/// Follows the refreshes that a page announces, each of at most `limit`. Returns where the page is then. One that leads
/// to no document leaves the page as the result.
pub(crate) async fn follow_refreshes(
    session: &dyn Session,
    mut at: Navigation,
    limit: Duration,
    cx: &OpContext,
) -> Result<Navigation> {
    for _ in 0..MAX_HOPS {
        let Some(refresh) = next_refresh(session, &at, limit, cx).await? else { break };
        let next = follow(session, &at, &refresh, cx).await?;
        if !next.committed {
            break;
        }
        at = next;
    }
    Ok(at)
}

/// Waits for a refresh, and for the page behind it. What does not come, or leads to no document, is not committed.
pub(crate) async fn follow(
    session: &dyn Session,
    at: &Navigation,
    refresh: &Refresh,
    cx: &OpContext,
) -> Result<Navigation> {
    let still = Navigation::none(at.url.clone());
    tokio::time::sleep_until(refresh.due.into()).await;
    while Instant::now() < refresh.due + LATE {
        match session.wait_for_navigation(cx).await {
            Ok(next) if next.committed && next.url != at.url => return Ok(next),
            Ok(next) if !next.committed && !next.same_document && next != still => return Ok(next),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NavigationFailed => {
                let text = error.detail().and_then(|detail| detail["network_error"].as_str());
                return Ok(Navigation::failed(refresh.url.clone(), text.unwrap_or(UNKNOWN_FAILURE)));
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(still)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_navigation_is_written_as_the_wire_has_it() {
        let mut navigation = Navigation::none(url("http://a.test/x"));
        navigation.status = Some(200);
        navigation.content_type = Some("application/zip".to_owned());
        navigation.download = Some(Download::new(Some("a.zip".to_owned())));
        let expected = json!({
            "url": "http://a.test/x", "committed": false, "status": 200, "content_type": "application/zip",
            "download": { "suggested_name": "a.zip" },
        });
        assert_eq!(json!(navigation), expected);
    }

    #[test]
    fn what_is_no_document_is_named() {
        let warning = |change: fn(&mut Navigation)| {
            let mut navigation = Navigation::none(url("http://a.test/x"));
            change(&mut navigation);
            navigation.warning().unwrap_or_default()
        };
        assert_eq!(warning(|navigation| navigation.committed = true), "");
        assert!(warning(|navigation| navigation.download = Some(Download::default())).contains("download"));
        assert!(warning(|navigation| navigation.status = Some(204)).contains("without content"));
        assert!(warning(|navigation| navigation.url = url("mailto:a@b.test")).contains("\"mailto\""));
        assert!(
            warning(|navigation| {
                (navigation.committed, navigation.incomplete) = (true, true);
                navigation.network_error = Some("net::ERR_CONNECTION_RESET".to_owned());
            })
            .contains("net::ERR_CONNECTION_RESET")
        );
    }

    #[test]
    fn notes_add_up_and_leave_what_a_result_tells_itself() {
        let mut notes = Notes::new();
        notes.dialogs.push(DialogSeen::new("alert", "one", false));
        let mut later = Notes::new();
        later.navigation = Some(Navigation::none(url("http://a.test/")));
        later.dialogs.push(DialogSeen::new("alert", "two", false));
        later.pages_refused = 2;
        notes.extend(later);
        let mut debug = Map::new();
        debug.insert("dialogs".to_owned(), json!([{ "message": "zero" }]));
        debug.insert("navigation".to_owned(), json!("its own"));
        notes.write_into(&mut debug);
        assert_eq!(debug["dialogs"].as_array().map(Vec::len), Some(3));
        assert_eq!((&debug["navigation"], &debug["pages_refused"]), (&json!("its own"), &json!(2)));
    }
}
