//! [`Page`]: what is known of one page from its events: navigation, frames, requests.
//!
//! Nothing here sends or waits; [`SessionState`](crate::state::SessionState) feeds it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use browsr_core::{Download, Navigation, NetworkActivity, Redirect, Refresh, Repeats, Result};
use url::Url;

use crate::connection::SessionKey;
use crate::events;

/// How long input gives a navigation to begin.
pub(crate) const GRACE: Duration = Duration::from_millis(500);
/// How long after its last fetch a page gets to act on the answer.
const AFTER_FETCH: Duration = Duration::from_millis(150);
/// How long a navigation that was only asked for counts as under way.
const ASKED: Duration = Duration::from_millis(500);
/// A request that takes longer no longer counts as activity: it is a stream or a long poll.
const OLD_REQUEST: Duration = Duration::from_secs(10);
/// A fetch without an answer after this waits for something to happen.
const LONG_POLL: Duration = Duration::from_secs(2);
/// An answer that has brought nothing for so long has a body that nobody reads.
const UNREAD: Duration = Duration::from_millis(300);
/// How long an open stream may take to say its first.
const SILENT_PUSH: Duration = Duration::from_millis(800);
/// How long ago a socket may have been opened that is taken for that of a document which is just there.
const JUST_NOW: Duration = Duration::from_millis(200);
/// How long a download may take to have a name.
const NAMING: Duration = Duration::from_millis(250);
/// How many documents and requests are remembered at most.
const MAX_DOCUMENTS: usize = 8;
const MAX_REQUESTS: usize = 4096;

/// A page of a session.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) target: Arc<str>,
    pub(crate) session: SessionKey,
    /// Whether it is ours for a purpose of our own, and not the session's.
    pub(crate) is_internal: bool,
    pub(crate) crashed: bool,
    pub(crate) dialog_open: bool,
    pub(crate) navigation: NavigationState,
    pub(crate) frames: HashMap<Box<str>, Frame>,
    /// Frames in other processes: their sessions, with the target of each.
    pub(crate) children: HashMap<SessionKey, Box<str>>,
    pub(crate) requests: Requests,
}

/// A frame of a page.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    /// The session whose process it lives in.
    pub(crate) session: Option<SessionKey>,
    /// The world of the page, by its unique id.
    pub(crate) main: Option<Arc<str>>,
    /// The world of the engine.
    pub(crate) engine: Option<Arc<str>>,
}

impl Page {
    pub(crate) fn new(target: &str, session: SessionKey, url: &str) -> Self {
        Self {
            target: target.into(),
            session,
            is_internal: false,
            crashed: false,
            dialog_open: false,
            navigation: NavigationState { url: url.to_owned(), ..NavigationState::default() },
            frames: HashMap::new(),
            children: HashMap::new(),
            requests: Requests::default(),
        }
    }

    /// Returns whether a frame is the main one, which has the id of the target.
    pub(crate) fn is_main(&self, frame: &str) -> bool {
        *self.target == *frame
    }

    pub(crate) fn main_frame(&self) -> Option<&Frame> {
        self.frames.get(&*self.target)
    }

    pub(crate) fn context_created(&mut self, session: &SessionKey, context: &events::Context) {
        let frame = self.frames.entry(context.aux_data.frame_id.clone()).or_default();
        if context.aux_data.is_default {
            frame.main = Some(context.unique_id.as_ref().into());
        } else if &*context.name == crate::setup::WORLD {
            frame.engine = Some(context.unique_id.as_ref().into());
        } else {
            return;
        }
        frame.session = Some(Arc::clone(session));
    }

    pub(crate) fn context_destroyed(&mut self, unique_id: &str) {
        for frame in self.frames.values_mut() {
            for world in [&mut frame.main, &mut frame.engine] {
                if world.as_deref() == Some(unique_id) {
                    *world = None;
                }
            }
        }
    }

    pub(crate) fn contexts_cleared(&mut self, session: &str) {
        for frame in self.frames.values_mut().filter(|frame| frame.session.as_deref() == Some(session)) {
            frame.main = None;
            frame.engine = None;
        }
    }

    pub(crate) fn crash(&mut self) {
        self.crashed = true;
        self.frames.clear();
        self.navigation.pending = None;
        self.navigation.loading = false;
        self.requests = Requests::default();
    }
}

/// Where a page is and where it goes.
#[derive(Debug, Default)]
pub(crate) struct NavigationState {
    /// Counts commits of documents and same-document navigations of the main frame.
    pub(crate) epoch: u64,
    /// Requested or started, not committed.
    pub(crate) pending: Option<Pending>,
    /// Committed, not loaded.
    pub(crate) loading: bool,
    /// The epoch before the last input.
    pub(crate) input_epoch: u64,
    /// When the last input was, if nothing else was done since.
    pub(crate) input_at: Option<Instant>,
    /// When it began.
    input_began: Option<Instant>,
    /// Where the page is.
    pub(crate) url: String,
    /// The loader of the current document.
    pub(crate) loader: Box<str>,
    /// Whether the last thing that happened left the document in place.
    pub(crate) same_document: bool,
    /// What the last navigation came to, if it ended without a commit and nothing was done since.
    ended: Option<Navigation>,
    ended_loader: Box<str>,
    /// Until when a download is waited for to have a name.
    naming: Option<Instant>,
    /// Counts navigations that ended without a commit.
    pub(crate) aborted: u64,
    /// Whether anything has happened that nobody was told of.
    untold: bool,
    /// The refresh that the document has announced.
    pub(crate) refresh: Option<Refresh>,
    refresh_epoch: u64,
    /// Whether the document has loaded, and the event behind that has not come.
    is_stopping: bool,
    documents: VecDeque<Document>,
}

/// A navigation that has not committed.
#[derive(Debug)]
pub(crate) struct Pending {
    /// None while it is only asked for.
    pub(crate) loader: Option<Box<str>>,
    since: Instant,
}

/// What the network said about a document.
#[derive(Debug, Default)]
struct Document {
    loader: Box<str>,
    /// What was asked for, after redirects.
    url: Box<str>,
    status: Option<u16>,
    content_type: Option<String>,
    redirects: Vec<Redirect>,
    /// Whether its request has been sent, which the page before may hold up.
    is_requested: bool,
    committed: bool,
    /// Whether the browser's error page stands in its place.
    is_error_page: bool,
    /// What its request failed with.
    network_error: Option<Box<str>>,
}

impl NavigationState {
    /// The page asks for a navigation.
    pub(crate) fn asked(&mut self) {
        if self.pending.is_none() {
            self.forget_end();
            self.pending = Some(Pending { loader: None, since: Instant::now() });
        }
    }

    /// The browser has started one to another document.
    pub(crate) fn started(&mut self, loader: &str, url: &str) {
        self.forget_end();
        self.supersedes(url);
        self.pending = Some(Pending { loader: Some(loader.into()), since: Instant::now() });
        self.document(loader).url = url.into();
    }

    /// A new document is there.
    pub(crate) fn committed(&mut self, loader: &str, url: String, mime_type: Option<String>, is_error_page: bool) {
        self.epoch += 1;
        self.pending = None;
        self.loading = true;
        self.same_document = false;
        self.untold = true;
        self.is_stopping = false;
        self.forget_end();
        self.url = url;
        self.loader = loader.into();
        let document = self.document(loader);
        document.committed = true;
        document.is_error_page = is_error_page;
        // That of an error page is the browser's.
        if document.content_type.is_none() && !is_error_page {
            document.content_type = mime_type;
        }
    }

    /// The URL changed and the document stayed.
    pub(crate) fn moved(&mut self, url: String) {
        self.epoch += 1;
        self.same_document = true;
        self.untold = true;
        self.url = url;
        if self.pending.as_ref().is_some_and(|pending| pending.loader.is_none()) {
            self.pending = None;
        }
    }

    /// The document has loaded.
    pub(crate) fn loaded(&mut self, loader: &str) {
        if *self.loader == *loader {
            self.loading = false;
            self.is_stopping = true;
        }
    }

    /// The main frame loads nothing any more.
    pub(crate) fn stopped(&mut self) {
        self.loading = false;
        self.is_stopping = false;
        if self.pending.take().is_some() {
            self.aborted += 1;
        }
    }

    /// A navigation ended without a document.
    pub(crate) fn abort(&mut self, loader: &str) {
        if self.pending.as_ref().is_some_and(|pending| pending.loader.as_deref() == Some(loader)) {
            let mut end = self.told_of(loader);
            end.committed = false;
            // An answer with content that makes no document is a download; the event that says so comes a little later.
            let is_http = end.url.scheme().starts_with("http");
            if is_http && end.status.is_some_and(|status| !matches!(status, 204 | 205 | 300..400)) {
                end.download = Some(Download::default());
                self.naming = Some(Instant::now() + NAMING);
            } else if is_http && end.status.is_none() {
                // A redirect that is not followed is told of behind its end.
                self.naming = Some(Instant::now() + NAMING);
            }
            self.end(end);
            self.ended_loader = loader.into();
        }
    }

    /// Returns whether an answer may yet say more of a navigation.
    pub(crate) fn awaits_answer(&self) -> bool {
        self.is_started() || self.naming.is_some()
    }

    /// The refresh is off, or has begun: that is told of before.
    pub(crate) fn refresh_cleared(&mut self) {
        if self.pending.is_none() {
            self.refresh = None;
        }
    }

    /// The page asks for, or starts, a navigation. One that its refresh did not announce takes the place of that.
    fn supersedes(&mut self, url: &str) {
        if self.refresh.as_ref().is_some_and(|refresh| refresh.url.as_str() != url) {
            self.refresh = None;
        }
    }

    /// A navigation, or a click, turned into a download.
    pub(crate) fn download(&mut self, url: &str, suggested_name: Option<String>) {
        let mut end = match (self.ended.take(), &self.pending) {
            (Some(ended), _) if ended.download.is_some() => ended,
            (_, Some(Pending { loader: Some(loader), .. })) => {
                let loader = loader.clone();
                self.told_of(&loader)
            }
            _ => Navigation::none(parse(url)),
        };
        end.committed = false;
        end.download = Some(Download::new(suggested_name.filter(|name| !name.is_empty())));
        self.naming = None;
        self.end(end);
    }

    fn end(&mut self, end: Navigation) {
        self.ended = Some(end);
        self.untold = true;
        if self.pending.take().is_some() {
            self.aborted += 1;
        }
    }

    fn forget_end(&mut self) {
        self.ended = None;
        self.naming = None;
    }

    /// The request of a document failed. Returns whether it had been committed.
    pub(crate) fn failed(&mut self, loader: &str, error: &str) -> bool {
        let is_current = *self.loader == *loader;
        let document = self.document(loader);
        document.network_error = Some(error.into());
        let broke_off = document.committed && is_current;
        self.untold |= broke_off;
        broke_off
    }

    /// The request of a document is sent.
    pub(crate) fn requested(&mut self, loader: &str) {
        self.document(loader).is_requested = true;
    }

    /// Notes where a redirect leads.
    pub(crate) fn redirected(&mut self, loader: &str, url: &str, status: u16, to: &str) {
        let document = self.document(loader);
        document.url = to.into();
        if document.redirects.len() < 64 {
            document.redirects.push(Redirect::new(url, status));
        }
    }

    /// Notes where the answer to a request that is under way sends the browser, which may not follow.
    pub(crate) fn sent_to(&mut self, loader: &str, status: u16, location: &str) {
        let is_pending = self.pending.as_ref().is_some_and(|pending| pending.loader.as_deref() == Some(loader));
        let has_ended = self.ended.is_some() && *self.ended_loader == *loader;
        if !(is_pending || has_ended) || !(300..400).contains(&status) {
            return;
        }
        if let Ok(to) = parse(&self.document(loader).url).join(location)
            && !to.scheme().starts_with("http")
        {
            let document = self.document(loader);
            let from = std::mem::replace(&mut document.url, to.as_str().into());
            document.redirects.push(Redirect::new(from, status));
            if has_ended {
                let mut end = self.told_of(loader);
                end.committed = false;
                self.ended = Some(end);
                self.naming = None;
            }
        }
    }

    pub(crate) fn responded(&mut self, loader: &str, status: u16, content_type: &str) {
        let document = self.document(loader);
        // 0 and 200 for what did not come by HTTP would be made up.
        document.status = (status != 0).then_some(status);
        document.content_type = (!content_type.is_empty()).then(|| content_type.to_owned());
    }

    /// Returns whether this is the loader of a document.
    pub(crate) fn knows(&self, loader: &str) -> bool {
        self.documents.iter().any(|document| *document.loader == *loader)
    }

    /// Returns whether a document has been committed at some time.
    pub(crate) fn has_committed(&self, loader: &str) -> bool {
        self.documents.iter().any(|document| document.committed && *document.loader == *loader)
    }

    /// Returns whether a navigation is under way.
    pub(crate) fn is_pending(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| pending.loader.is_some() || pending.since.elapsed() < ASKED)
            || self.naming.is_some_and(|until| until > Instant::now())
    }

    /// Returns whether the browser has started a navigation, and so holds scripts back.
    pub(crate) fn is_started(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| pending.loader.is_some())
    }

    /// Returns the navigation that waits for the page to let go of its document: it has not asked for anything yet, or has
    /// been answered and does not commit.
    pub(crate) fn held_up(&self) -> Option<&str> {
        let loader = self.pending.as_ref()?.loader.as_deref()?;
        let document = self.documents.iter().find(|document| *document.loader == *loader);
        let is_held = |document: &Document| !document.is_requested || document.status.is_some() && !document.committed;
        document.is_none_or(is_held).then_some(loader)
    }

    /// Input begins.
    pub(crate) fn begin_input(&mut self) {
        self.input_epoch = self.epoch;
        self.refresh = None;
        self.forget_end();
        self.input_at = Some(Instant::now());
        self.input_began = self.input_at;
    }

    /// Returns when the last input began and ended, if nothing else was done since.
    pub(crate) fn last_input(&self) -> Option<(Instant, Instant)> {
        self.input_at.map(|at| (self.input_began.unwrap_or(at), at))
    }

    /// Returns whether a navigation or a load is under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.loading || self.is_pending()
    }

    /// Returns when a navigation that was only asked for, or a download without a name, no longer counts.
    pub(crate) fn asked_until(&self) -> Option<Instant> {
        let asked =
            self.pending.as_ref().filter(|pending| pending.loader.is_none()).map(|pending| pending.since + ASKED);
        asked.or(self.naming)
    }

    /// Something else than input was done.
    pub(crate) fn acted(&mut self) {
        self.input_at = None;
        self.refresh = None;
        self.forget_end();
    }

    /// Returns where the page is, with what the network said about it.
    pub(crate) fn current(&self) -> Navigation {
        let mut navigation = self.told_of(&self.loader);
        navigation.url = parse(&self.url);
        navigation.same_document = self.same_document;
        navigation
    }

    /// Returns where the page is; an error page is an error.
    pub(crate) fn arrived(&self) -> Result<Navigation> {
        let navigation = self.current();
        if navigation.committed { Ok(navigation) } else { Err(navigation.into_error()) }
    }

    /// Returns what the last navigation came to that led to no document, or else where the page still is.
    pub(crate) fn nowhere(&self) -> Navigation {
        self.ended.clone().unwrap_or_else(|| Navigation::none(parse(&self.url)))
    }

    /// Returns whether the last navigation led to no document.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Returns what happened last, unless that was told before.
    pub(crate) fn take_untold(&mut self) -> Option<Navigation> {
        std::mem::take(&mut self.untold).then(|| self.ended.clone().unwrap_or_else(|| self.current()))
    }

    /// A script has answered: what the document had to say by then has been heard.
    pub(crate) const fn answered(&mut self) {
        self.is_stopping = false;
    }

    /// The document announces a refresh.
    pub(crate) fn announced(&mut self, refresh: Option<Refresh>) {
        self.refresh = refresh;
        self.refresh_epoch = self.epoch;
    }

    /// Returns whether an event may yet come that says what follows the document.
    pub(crate) const fn may_announce(&self) -> bool {
        self.is_stopping && (self.refresh.is_none() || self.refresh_epoch != self.epoch)
    }

    /// Returns what the network said of a document.
    fn told_of(&self, loader: &str) -> Navigation {
        let Some(document) = self.documents.iter().find(|document| *document.loader == *loader) else {
            let mut unknown = Navigation::none(parse(&self.url));
            unknown.committed = true;
            return unknown;
        };
        let mut navigation = Navigation::none(parse(&document.url));
        // An error status without a body: the browser shows a page of its own, and the status says it all.
        let error = document.network_error.as_deref().filter(|error| *error != "net::ERR_HTTP_RESPONSE_CODE_FAILURE");
        navigation.network_error = error.map(ToOwned::to_owned);
        navigation.committed = !document.is_error_page || error.is_none() && document.status.is_some();
        navigation.incomplete = navigation.committed && error.is_some();
        navigation.status = document.status;
        navigation.content_type.clone_from(&document.content_type);
        navigation.redirects.clone_from(&document.redirects);
        navigation
    }

    fn document(&mut self, loader: &str) -> &mut Document {
        let at = self.documents.iter().position(|document| *document.loader == *loader).unwrap_or_else(|| {
            if self.documents.len() == MAX_DOCUMENTS {
                // Never the current one.
                let oldest = self.documents.iter().position(|document| document.loader != self.loader);
                self.documents.remove(oldest.unwrap_or(0));
            }
            self.documents.push_back(Document { loader: loader.into(), ..Document::default() });
            self.documents.len() - 1
        });
        &mut self.documents[at]
    }
}

fn parse(url: &str) -> Url {
    Url::parse(url).or_else(|_| Url::parse("about:blank")).expect("about:blank is a URL")
}

/// The network requests of a page that are under way.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    running: HashMap<Box<str>, Request>,
    /// When the last fetch ended.
    fetched_at: Option<Instant>,
    /// When anything last began or ended, or brought data.
    moved_at: Option<Instant>,
    repeats: Repeats,
    /// That of the document.
    loader: Box<str>,
    /// Whether the document has loaded.
    has_loaded: bool,
    /// Whether the page has begun to ask for things by itself: by a script, or after its load.
    is_active: bool,
}

#[derive(Debug)]
struct Request {
    since: Instant,
    loader: Box<str>,
    host: Box<str>,
    is_fetch: bool,
    /// A socket or an event stream, which stays open.
    is_push: bool,
    /// Whether the page asks for this again and again.
    is_poll: bool,
    /// When it last brought anything.
    heard_at: Option<Instant>,
}

impl Request {
    /// Whether a page that is to settle waits for it: not for a body that nobody reads, nor for an answer that waits for
    /// something to happen, nor for a stream that has spoken or stays silent.
    fn counts(&self) -> bool {
        match self.heard_at {
            _ if self.is_poll => false,
            _ if self.is_push => self.heard_at.is_none() && self.since.elapsed() < SILENT_PUSH,
            Some(heard) => heard.elapsed() < UNREAD,
            None if self.is_fetch => self.since.elapsed() < LONG_POLL,
            None => self.since.elapsed() < OLD_REQUEST,
        }
    }
}

impl Requests {
    /// A request begins, or goes on after a redirect.
    pub(crate) fn begin(&mut self, request: &events::RequestWillBeSent) {
        let kind = request.kind.as_deref().unwrap_or_default();
        let scheme = request.request.url.split(':').next().unwrap_or_default();
        if matches!(kind, "WebSocket" | "Ping" | "CSPViolationReport" | "SignedExchange")
            || matches!(scheme, "data" | "blob" | "about")
        {
            return;
        }
        let asked = &request.request;
        let is_poll =
            matches!(kind, "Fetch" | "XHR") && self.repeats.again((&asked.method, &asked.url, &asked.post_data));
        self.add(&request.request_id, &request.loader_id, &request.request.url, kind, is_poll);
        self.is_active |= self.has_loaded
            || matches!(kind, "Fetch" | "XHR" | "EventSource")
            || kind != "Document" && &*request.initiator.kind == "script";
    }

    /// A socket is opened.
    pub(crate) fn open(&mut self, id: &str, url: &str) {
        self.add(id, "", url, "WebSocket", false);
        self.is_active = true;
    }

    fn add(&mut self, id: &str, loader: &str, url: &str, kind: &str, is_poll: bool) {
        if self.running.len() >= MAX_REQUESTS {
            return;
        }
        let host = Url::parse(url).ok().and_then(|url| url.host_str().map(Into::into)).unwrap_or_default();
        let new = Request {
            since: Instant::now(),
            loader: loader.into(),
            host,
            is_fetch: matches!(kind, "Fetch" | "XHR"),
            is_push: matches!(kind, "WebSocket" | "EventSource"),
            is_poll,
            heard_at: None,
        };
        if !new.is_poll {
            self.moved_at = Some(Instant::now());
        }
        self.running.entry(id.into()).or_insert(new);
    }

    /// A request brings its answer, or a part of it.
    pub(crate) fn hear(&mut self, id: &str) {
        if let Some(request) = self.running.get_mut(id) {
            let first = request.heard_at.is_none();
            request.heard_at = Some(Instant::now());
            // What a stream goes on to say shows, or does not matter.
            if !request.is_poll && (!request.is_push || first) {
                self.moved_at = request.heard_at;
            }
        }
    }

    /// A request ends. Returns whether it was a fetch.
    pub(crate) fn end(&mut self, id: &str) -> bool {
        let ended = self.running.remove(id);
        let was_fetch = ended.as_ref().is_some_and(|request| request.is_fetch);
        if ended.is_some_and(|request| request.counts()) {
            self.moved_at = Some(Instant::now());
        }
        if was_fetch {
            self.fetched_at = Some(Instant::now());
        }
        was_fetch
    }

    /// A document has loaded.
    pub(crate) fn loaded(&mut self, loader: &str) {
        self.has_loaded |= *self.loader == *loader;
    }

    /// Returns what a page that is to settle waits for.
    pub(crate) fn activity(&self) -> NetworkActivity {
        let mut activity = NetworkActivity::new();
        for request in self.running.values().filter(|request| request.counts()) {
            activity.pending += 1;
            match activity.hosts.iter_mut().find(|(host, _)| **host == *request.host) {
                Some((_, count)) => *count += 1,
                None => activity.hosts.push((request.host.to_string(), 1)),
            }
        }
        activity.idle_for = self.moved_at.map(|at| at.elapsed());
        activity.active = self.is_active;
        activity
    }

    /// A new document takes the place of the old: whatever else was under way is not waited for. What the new one has asked
    /// for by now stays; of a socket nobody says whose it is, so that it is taken for the new one's if it is just opened.
    pub(crate) fn only(&mut self, loader: &str) {
        self.repeats.clear();
        self.loader = loader.into();
        self.running.retain(|_, request| {
            *request.loader == *loader || request.loader.is_empty() && request.since.elapsed() < JUST_NOW
        });
        self.is_active = self.running.values().any(|request| request.is_fetch || request.is_push);
        (self.has_loaded, self.moved_at) = (false, self.is_active.then(Instant::now));
    }

    /// Returns until when a navigation may yet follow from input that began and ended then: fetches that began since
    /// may lead to one. `None` while one of them is under way.
    pub(crate) fn grace(&self, (began, input): (Instant, Instant)) -> Option<Instant> {
        let fetching = self
            .running
            .values()
            .any(|request| request.is_fetch && request.since >= began && request.since.elapsed() < OLD_REQUEST);
        let after = self.fetched_at.filter(|at| *at >= began).map(|at| at + AFTER_FETCH);
        (!fetching).then(|| after.unwrap_or(input).max(input + GRACE))
    }
}
