//! Where a page goes, as the events of navigations and requests tell it.

use std::time::{Duration, Instant};

use browsr_core::{Download, Navigation, Redirect};
use url::Url;

use super::failure::in_words_of_chrome;

/// What is known of a page's navigations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moves {
    /// Counts the navigations that have begun.
    pub(crate) started: u64,
    /// What the last of them came to, if it came to no document.
    pub(crate) ending: Option<Ending>,
    /// The last of them.
    last: Last,
    /// The one before it, of which an event may come late.
    before: Option<Box<str>>,
    /// Where a fragment or the history API has brought the page since.
    within: Option<String>,
    untold: bool,
    /// Until when a download is waited for to have a name and a status.
    naming: Option<Instant>,
}

/// How a navigation came to no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It was aborted, answered with nothing, or turned into a download.
    Aborted,
    /// The network failed it, and an error page takes its place.
    Failed,
}

/// A navigation, and what the network said of it.
#[derive(Debug, Clone, Default)]
struct Last {
    id: Option<Box<str>>,
    /// Whether its begin was told, and not only its request.
    is_begun: bool,
    url: String,
    committed: bool,
    status: Option<u16>,
    content_type: Option<String>,
    redirects: Vec<Redirect>,
    error: Option<String>,
    refresh: Option<String>,
    is_chunked: bool,
    is_encoded: bool,
    download: Option<Download>,
    /// Whether its request has ended.
    has_ended: bool,
    /// When its request failed in a way that puts an error page in the place of the document.
    doomed_at: Option<Instant>,
}

/// An answer to the request of a navigation.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub(super) url: String,
    pub(super) status: i32,
    pub(super) mime_type: String,
    pub(super) location: Option<String>,
    pub(super) refresh: Option<String>,
    pub(super) is_chunked: bool,
    pub(super) is_encoded: bool,
}

/// How long a download may take to have a name and a status.
const NAMING: Duration = Duration::from_millis(250);

/// How long an error page may take to be there.
const ERROR_PAGE: Duration = Duration::from_secs(1);

/// What Chrome calls an error status without a body, which is an answer like any other.
const EMPTY: &str = "net::ERR_HTTP_RESPONSE_CODE_FAILURE";

impl Moves {
    pub(super) fn begin(&mut self, id: Option<Box<str>>, url: String) {
        self.started += 1;
        let is_late = self.is_last(id.as_deref()) && !self.last.is_begun;
        if !is_late && (!self.is_last(id.as_deref()) || self.last.committed || self.last.has_ended) {
            self.renew(id, url);
        }
        self.last.is_begun = true;
    }

    fn renew(&mut self, id: Option<Box<str>>, url: String) {
        self.ending = None;
        self.within = None;
        self.naming = None;
        let last = std::mem::replace(&mut self.last, Last { id, url, ..Last::default() });
        if last.id != self.last.id {
            self.before = last.id;
        }
    }

    /// The navigation asks for this, first or after a redirect.
    pub(super) fn asks(&mut self, id: Option<&str>, url: String) {
        if !self.is_last(id) {
            // The request may be told of before the navigation that it is for.
            self.renew(id.map(Into::into), url);
            return;
        }
        if self.last.committed {
            return;
        }
        if self.last.has_ended && self.ending == Some(Ending::Aborted) {
            // Firefox takes the next navigation after one that came to nothing for the same.
            self.begin(id.map(Into::into), url);
        } else {
            self.last.url = url;
        }
    }

    pub(super) fn answered(&mut self, id: Option<&str>, answer: Answered) {
        if !self.is_last(id) {
            return;
        }
        let status = u16::try_from(answer.status).ok().filter(|status| *status > 0);
        if let (Some(300..400), Some(location)) = (status, answer.location) {
            self.last.redirects.push(Redirect::new(answer.url.clone(), status.unwrap_or(0)));
            let to = Url::parse(&answer.url).and_then(|from| from.join(&location));
            if let Some(to) = to.ok().filter(|to| !to.scheme().starts_with("http")) {
                // No request follows that would say so.
                let leads_to_error_page = matches!(to.scheme(), "javascript" | "data");
                self.last.url = to.into();
                if !leads_to_error_page {
                    self.last.status = status;
                    self.end(Ending::Aborted);
                }
            }
            return;
        }
        // What the server confirms is shown from the cache, with the status that it had.
        self.last.status = status.map(|status| if status == 304 { 200 } else { status });
        let kind = answer.mime_type.split(';').next().unwrap_or_default().trim();
        let is_known = !kind.is_empty() && kind != "application/x-unknown-content-type";
        self.last.content_type = is_known.then(|| kind.to_owned());
        self.last.refresh = answer.refresh;
        self.last.is_chunked = answer.is_chunked;
        self.last.is_encoded = answer.is_encoded;
        if self.last.download.is_some() {
            self.naming = None;
        }
        if matches!(status, Some(204 | 205)) {
            self.end(Ending::Aborted);
        }
    }

    pub(super) fn committed(&mut self, id: Option<&str>, url: &str) {
        if self.is_past(id) {
            return;
        }
        self.within = None;
        self.untold = true;
        if let Some(word) = error_page(url) {
            self.last.committed = false;
            self.last.error = Some(in_words_of_chrome(&word, self.last.is_chunked));
            self.ending = Some(Ending::Failed);
        } else {
            url.clone_into(&mut self.last.url);
            self.last.committed = true;
            self.ending = None;
        }
    }

    /// The request of the navigation failed.
    pub(super) fn failed(&mut self, id: Option<&str>, text: &str) {
        if !self.is_last(id) {
            return;
        }
        self.last.has_ended = true;
        if matches!(text, "net::ERR_ABORTED" | "NS_BINDING_ABORTED") {
            if !self.last.committed {
                self.end(Ending::Aborted);
            }
            return;
        }
        let word = in_words_of_chrome(text, self.last.is_chunked);
        if word == EMPTY {
            // Chrome commits a page of its own without a word.
            self.last.committed = true;
        } else {
            self.last.error = Some(word);
            // Firefox keeps what has come only where it cannot tell that it is not all.
            let keeps = text.starts_with("net::ERR_") || text == "NS_ERROR_NET_PARTIAL_TRANSFER";
            self.last.doomed_at = (!keeps).then(Instant::now);
        }
        self.untold = true;
    }

    /// The body of the document has come.
    pub(super) fn ended(&mut self, id: Option<&str>) {
        if self.is_last(id) {
            self.last.has_ended = true;
        }
    }

    /// Returns whether an error page is on its way to take the place of the document.
    pub(crate) fn is_doomed(&self) -> bool {
        self.last.doomed_at.is_some_and(|at| at.elapsed() < ERROR_PAGE)
    }

    /// The navigation was given up. What the network said of it stands.
    pub(super) fn given_up(&mut self, id: Option<&str>) {
        if self.is_last(id) && !self.last.committed {
            self.last.has_ended = true;
            self.end(if self.last.error.is_some() { Ending::Failed } else { Ending::Aborted });
        }
    }

    pub(super) fn downloads(&mut self, url: String, suggested_name: Option<String>) {
        if self.last.committed {
            // A click on a link that is a download, which is no navigation.
            self.last = Last { url, ..Last::default() };
        }
        self.last.has_ended = true;
        self.last.download = Some(Download::new(suggested_name.filter(|name| !name.is_empty())));
        // What the server said of it may come a little later.
        let is_unanswered = self.last.id.is_some() && self.last.status.is_none();
        self.naming = is_unanswered.then(|| Instant::now() + NAMING);
        self.end(Ending::Aborted);
    }

    pub(super) fn within(&mut self, url: String) {
        self.within = Some(url);
        self.untold = true;
    }

    fn end(&mut self, ending: Ending) {
        let is_content = self.last.status.is_some_and(|status| !matches!(status, 204 | 205 | 300..400));
        if ending == Ending::Aborted && is_content && self.last.download.is_none() && self.last.error.is_none() {
            // An answer with content that makes no document is a download, whose name comes a little later.
            self.last.download = Some(Download::default());
            self.naming = Some(Instant::now() + NAMING);
        }
        self.ending = Some(ending);
        self.untold = true;
    }

    /// Returns whether this is the navigation before the last, which another has superseded.
    pub(super) fn is_past(&self, id: Option<&str>) -> bool {
        id.is_some() && self.before.as_deref() == id
    }

    fn is_last(&self, id: Option<&str>) -> bool {
        id.is_some() && self.last.id.as_deref() == id
    }

    /// Returns whether the last navigation has led to a document, of which all has come.
    pub(crate) fn has_arrived(&self) -> bool {
        self.last.committed && (self.last.has_ended || self.last.status.is_none())
    }

    /// Returns whether the answer has an encoding to undo.
    pub(crate) const fn is_encoded(&self) -> bool {
        self.last.is_encoded
    }

    /// Returns whether what is known so far is all.
    pub(crate) fn is_settled(&self) -> bool {
        self.naming.is_none_or(|until| until <= Instant::now())
    }

    /// Returns whether the body of the document broke off, so that it will not end loading.
    pub(crate) fn is_broken(&self) -> bool {
        self.last.error.is_some() && self.last.status.is_some()
    }

    /// Returns the value of the header `Refresh` of the document.
    pub(crate) fn refresh(&self) -> Option<&str> {
        self.last.refresh.as_deref().filter(|_| self.last.committed)
    }

    /// Returns what the network failed the last navigation with.
    pub(crate) fn error(&self) -> Option<&str> {
        self.last.error.as_deref()
    }

    /// Adds what the network said to a navigation that has committed.
    pub(crate) fn complete(&self, navigation: &mut Navigation) {
        let last = &self.last;
        if !last.committed || last.status.is_none() {
            return;
        }
        navigation.status = last.status;
        navigation.content_type = last.content_type.clone().or(navigation.content_type.take());
        navigation.redirects.clone_from(&last.redirects);
        navigation.incomplete = last.error.is_some();
        navigation.network_error.clone_from(&last.error);
        if navigation.url.scheme() == "chrome-error"
            && let Ok(url) = Url::parse(&last.url)
        {
            navigation.url = url;
        }
    }

    /// Returns the last navigation as it stands.
    pub(crate) fn told(&self) -> Option<Navigation> {
        let url = self.within.as_ref().unwrap_or(&self.last.url);
        let mut navigation = Navigation::none(Url::parse(url).ok()?);
        let last = &self.last;
        navigation.committed = last.committed || self.within.is_some();
        navigation.same_document = self.within.is_some();
        navigation.status = last.status;
        navigation.content_type.clone_from(&last.content_type);
        navigation.download.clone_from(&last.download);
        navigation.redirects.clone_from(&last.redirects);
        navigation.incomplete = last.committed && last.error.is_some();
        navigation.network_error.clone_from(&last.error);
        Some(navigation)
    }

    /// Returns what happened last, unless that was told before.
    pub(crate) fn take_untold(&mut self) -> Option<Navigation> {
        if std::mem::take(&mut self.untold) { self.told() } else { None }
    }
}

/// Returns why there is no page, of the address of Firefox's page that says so.
pub(crate) fn error_page(url: &str) -> Option<String> {
    if !url.starts_with("about:neterror") && !url.starts_with("about:certerror") {
        return None;
    }
    let url = Url::parse(url).ok()?;
    let word = url.query_pairs().find(|(name, _)| name == "e").map(|(_, value)| value.into_owned());
    Some(word.unwrap_or_default())
}
