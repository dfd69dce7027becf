//! What events tell about the pages of a session.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use browsr_core::input::DialogSeen;
use browsr_core::navigation::MAX_DIALOGS;
use browsr_core::options::DialogPolicy;
use browsr_core::{NetworkActivity, Notes, Repeats};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use url::Url;

use super::moves::{Answered, Moves};

/// What has been heard and not been asked for yet.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// By browsing context, which has the name of its window.
    moves: HashMap<Box<str>, Moves>,
    /// Dialogs since the last look.
    pub(crate) dialogs: Vec<DialogSeen>,
    /// Requests that are held back, until someone answers them.
    pub(crate) held: Vec<String>,
    /// The windows that are open, with when they were opened.
    windows: HashMap<Box<str>, Instant>,
    /// How many there may be.
    max_pages: usize,
    /// How many windows of our own are to come, which do not count.
    pub(crate) expected: usize,
    /// Requests under way.
    requests: HashMap<String, Pending>,
    /// When a request last began or ended, or was answered.
    moved_at: Option<Instant>,
    repeats: Repeats,
    /// Whether the document has loaded.
    has_loaded: bool,
    /// Whether the page has begun to ask for things by itself: by a script, or after its load.
    is_active: bool,
    /// Windows that are being closed, since there are as many as may be.
    refused: Vec<Box<str>>,
    pages_refused: u32,
}

/// A request under way.
#[derive(Debug)]
struct Pending {
    since: Instant,
    host: String,
    /// When its answer began.
    answered_at: Option<Instant>,
}

impl Pending {
    /// Whether a page that is to settle waits for it: not for a body that nobody reads, nor for an answer that waits for
    /// something to happen.
    fn counts(&self) -> bool {
        self.answered_at.map_or(self.since.elapsed() < LONG_POLL, |answered| answered.elapsed() < UNREAD)
    }
}

/// A request without an answer after this waits for something to happen.
const LONG_POLL: Duration = Duration::from_secs(2);
/// An answer that has not ended after this is not waited for: nothing tells of its parts.
const UNREAD: Duration = Duration::from_millis(300);
/// How many requests are remembered.
const MAX_REQUESTS: usize = 4096;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    context: Option<Box<str>>,
    #[serde(default)]
    parent: Option<Box<str>>,
    #[serde(default)]
    url: String,
    suggested_filename: Option<String>,
    error_text: Option<String>,
    navigation: Option<Box<str>>,
    message: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    default_value: Option<String>,
    response: Option<Response>,
    request: Option<Request>,
    initiator: Option<Initiator>,
    #[serde(default)]
    is_blocked: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    /// -1 while it is not known.
    status: i32,
    #[serde(default)]
    url: String,
    #[serde(default)]
    mime_type: String,
    #[serde(default)]
    headers: Vec<Header>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: HeaderValue,
}

#[derive(Deserialize)]
struct HeaderValue {
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(rename = "request")]
    id: String,
    #[serde(default)]
    url: String,
    initiator_type: Option<String>,
    #[serde(default)]
    method: String,
    body_size: Option<u64>,
}

#[derive(Deserialize)]
struct Initiator {
    #[serde(rename = "type", default)]
    kind: String,
}

impl Response {
    fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| header.value.value.clone())
    }

    fn into_answer(self) -> Answered {
        let is_chunked = self.header("transfer-encoding").is_some();
        let is_encoded = self.header("content-encoding").is_some();
        Answered {
            status: self.status,
            location: self.header("location"),
            refresh: self.header("refresh"),
            is_chunked,
            is_encoded,
            url: self.url,
            mime_type: self.mime_type,
        }
    }
}

impl Events {
    pub(super) fn new(max_pages: usize) -> Self {
        Self { max_pages, ..Self::default() }
    }

    /// Returns where a page went.
    pub(crate) fn moves(&self, context: &str) -> Moves {
        self.moves.get(context).cloned().unwrap_or_default()
    }

    /// Returns when a window was opened; `None` of one that is not known or is being closed.
    pub(crate) fn opened_at(&self, window: &str) -> Option<Instant> {
        self.windows.get(window).copied()
    }

    /// Returns whether a window is being closed, since there are as many as may be.
    pub(crate) fn is_refused(&self, window: &str) -> bool {
        self.refused.iter().any(|refused| **refused == *window)
    }

    /// Returns the windows that are open.
    pub(crate) fn windows(&self) -> Vec<Box<str>> {
        self.windows.keys().cloned().collect()
    }

    /// Returns what a page that is to settle waits for.
    pub(crate) fn activity(&self) -> NetworkActivity {
        let mut activity = NetworkActivity::new();
        for request in self.requests.values().filter(|request| request.counts()) {
            activity.pending += 1;
            match activity.hosts.iter_mut().find(|(host, _)| *host == request.host) {
                Some((_, count)) => *count += 1,
                None => activity.hosts.push((request.host.clone(), 1)),
            }
        }
        activity.idle_for = self.moved_at.map(|at| at.elapsed());
        activity.active = self.is_active;
        activity
    }

    /// Notes what an event says of a request.
    fn request(&mut self, method: &str, request: Request, by_script: bool) {
        let now = Instant::now();
        match method {
            "network.beforeRequestSent" => {
                // Firefox tells of the icon that it asks for by itself; no page waits for that.
                let is_of_page = |url: &Url| url.scheme().starts_with("http") && url.path() != "/favicon.ico";
                let url = Url::parse(&request.url).ok().filter(is_of_page);
                if let Some(host) = url.and_then(|url| url.host_str().map(ToOwned::to_owned))
                    && self.requests.len() < MAX_REQUESTS
                    && !(by_script && self.repeats.again((&request.method, &request.url, request.body_size)))
                {
                    self.requests.insert(request.id, Pending { since: now, host, answered_at: None });
                    self.moved_at = Some(now);
                    self.is_active |= self.has_loaded || by_script;
                }
            }
            "network.responseStarted" => {
                if let Some(pending) = self.requests.get_mut(&request.id) {
                    pending.answered_at = Some(now);
                    self.moved_at = Some(now);
                }
            }
            _ => {
                if self.requests.remove(&request.id).is_some_and(|pending| pending.counts()) {
                    self.moved_at = Some(now);
                }
            }
        }
    }

    /// Takes what has happened in a window and beside it.
    pub(crate) fn take_notes(&mut self, window: &str) -> Notes {
        let mut notes = Notes::new();
        notes.dialogs = std::mem::take(&mut self.dialogs);
        notes.pages_refused = std::mem::take(&mut self.pages_refused);
        notes.navigation = self.moves.get_mut(window).and_then(Moves::take_untold);
        notes
    }

    /// Takes on a window, or has it closed.
    fn opened(&mut self, window: Box<str>) -> Option<(&'static str, Value)> {
        if self.expected > 0 {
            self.expected -= 1;
        } else if self.windows.len() >= self.max_pages {
            self.pages_refused += 1;
            let close = json!({ "context": window });
            self.refused.push(window);
            return Some(("browsingContext.close", close));
        }
        self.windows.insert(window, Instant::now());
        None
    }

    /// Takes an event, and returns what to answer it with, if anything.
    pub(super) fn hear(
        &mut self,
        method: &str,
        params: &RawValue,
        dialogs: DialogPolicy,
    ) -> Option<(&'static str, Value)> {
        let relevant = method.starts_with("browsingContext.navigation")
            || matches!(
                method,
                "browsingContext.downloadWillBegin"
                    | "browsingContext.fragmentNavigated"
                    | "browsingContext.historyUpdated"
                    | "browsingContext.load"
                    | "browsingContext.userPromptOpened"
                    | "browsingContext.contextCreated"
                    | "browsingContext.contextDestroyed"
                    | "network.authRequired"
                    | "network.responseStarted"
                    | "network.beforeRequestSent"
                    | "network.responseCompleted"
                    | "network.fetchError"
            );
        if !relevant {
            return None;
        }
        let mut params: Params = serde_json::from_str(params.get()).ok()?;
        if method == "network.beforeRequestSent" && params.is_blocked {
            self.held.extend(params.request.map(|request| request.id));
            return None;
        }
        if method == "network.authRequired" {
            // The answer that asks for a password is then what the page gets. One in the URL has been tried before.
            let request = params.request.filter(|_| params.is_blocked)?.id;
            return Some(("network.continueWithAuth", json!({ "request": request, "action": "cancel" })));
        }
        let context = params.context.take()?;
        if method == "browsingContext.userPromptOpened" {
            return Some(self.answer(&context, params.kind, params.message, params.default_value, dialogs));
        }
        if method == "browsingContext.contextCreated" {
            return if params.parent.is_none() { self.opened(context) } else { None };
        }
        if method == "browsingContext.contextDestroyed" {
            self.moves.remove(&context);
            self.windows.remove(&context);
            self.refused.retain(|refused| *refused != context);
            return None;
        }
        if method.starts_with("network.") {
            let url = params.request.as_ref().map(|request| request.url.clone()).unwrap_or_default();
            if let Some(request) = params.request.take() {
                let by_script = params.initiator.as_ref().is_some_and(|initiator| initiator.kind == "script")
                    || matches!(request.initiator_type.as_deref(), Some("fetch" | "xmlhttprequest"));
                self.request(method, request, by_script && params.navigation.is_none());
            }
            params.url = url;
            // What follows is about documents.
            params.navigation.as_ref()?;
        }
        if self.windows.contains_key(&context) {
            let is_past = self.moves.get(&context).is_some_and(|moves| moves.is_past(params.navigation.as_deref()));
            match method {
                "browsingContext.navigationCommitted" if !is_past => {
                    // Whatever else was under way was for the document before.
                    self.requests.clear();
                    self.repeats.clear();
                    (self.moved_at, self.has_loaded, self.is_active) = (None, false, false);
                }
                "browsingContext.load" => self.has_loaded = true,
                _ => {}
            }
        }
        let id = params.navigation.as_deref();
        let moves = self.moves.entry(context).or_default();
        match method {
            "browsingContext.navigationStarted" => moves.begin(params.navigation, params.url),
            "browsingContext.navigationCommitted" => moves.committed(id, &params.url),
            "browsingContext.navigationFailed" | "browsingContext.navigationAborted" => {
                if let Some(text) = params.message.filter(|message| message.starts_with("net::ERR_")) {
                    moves.failed(id, &text);
                }
                moves.given_up(id);
            }
            "browsingContext.downloadWillBegin" => moves.downloads(params.url, params.suggested_filename),
            "browsingContext.fragmentNavigated" | "browsingContext.historyUpdated" => moves.within(params.url),
            "network.beforeRequestSent" => moves.asks(id, params.url),
            "network.responseStarted" => {
                if let Some(response) = params.response {
                    moves.answered(id, response.into_answer());
                }
            }
            "network.responseCompleted" => moves.ended(id),
            "network.fetchError" => moves.failed(id, params.error_text.as_deref().unwrap_or_default()),
            _ => {}
        }
        None
    }

    /// Notes a prompt and says how to answer it.
    fn answer(
        &mut self,
        context: &str,
        kind: Option<String>,
        message: Option<String>,
        default: Option<String>,
        dialogs: DialogPolicy,
    ) -> (&'static str, Value) {
        let kind = kind.unwrap_or_else(|| "alert".to_owned());
        let accept = kind == "beforeunload" || dialogs == DialogPolicy::Accept;
        let mut answer = json!({ "context": context, "accept": accept });
        if accept && kind == "prompt" {
            answer["userText"] = default.unwrap_or_default().into();
        }
        if self.dialogs.len() < MAX_DIALOGS {
            self.dialogs.push(DialogSeen::new(kind, message.unwrap_or_default(), accept));
        }
        ("browsingContext.handleUserPrompt", answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bidi::Ending;

    fn hear(events: &mut Events, method: &str, params: &Value) -> Option<(&'static str, Value)> {
        let raw = RawValue::from_string(params.to_string()).unwrap();
        events.hear(method, &raw, DialogPolicy::Dismiss)
    }

    fn answer(status: u16, headers: &Value) -> Value {
        let headers: Vec<_> = headers
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| json!({ "name": name, "value": { "type": "string", "value": value } }))
            .collect();
        json!({ "context": "page", "navigation": "n", "response": {
            "status": status, "url": "http://a.test/x", "mimeType": "text/html;charset=utf-8", "headers": headers } })
    }

    fn begun() -> Events {
        let mut events = Events::default();
        let page = json!({ "context": "page", "navigation": "n", "url": "http://a.test/x" });
        hear(&mut events, "browsingContext.navigationStarted", &page);
        events
    }

    #[test]
    fn a_download_ends_a_navigation_and_the_next_begins_anew() {
        let mut events = begun();
        let page =
            json!({ "context": "page", "navigation": "n", "url": "http://a.test/x", "suggestedFilename": "x.zip" });
        hear(&mut events, "network.responseStarted", &answer(200, &json!({})));
        hear(&mut events, "browsingContext.navigationFailed", &page);
        assert!(!events.moves("page").is_settled());
        hear(&mut events, "browsingContext.downloadWillBegin", &page);
        let told = events.take_notes("page").navigation.unwrap();
        assert_eq!((told.committed, told.status), (false, Some(200)));
        assert_eq!(told.download.unwrap().suggested_name.as_deref(), Some("x.zip"));
        assert_eq!(events.take_notes("page").navigation, None);
        hear(&mut events, "browsingContext.navigationStarted", &page);
        assert_eq!((events.moves("page").started, events.moves("page").ending), (2, None));
    }

    #[test]
    fn events_that_come_late_take_nothing_from_a_navigation() {
        let page = |id: &str| {
            json!({ "context": "page", "navigation": id, "url": "http://a.test/x",
            "suggestedFilename": "x.zip", "request": { "request": "r", "url": "http://a.test/x" } })
        };
        let expect = |events: &mut Events| {
            let told = events.take_notes("page").navigation.unwrap();
            assert_eq!((told.committed, told.status), (false, Some(200)));
            assert_eq!(told.download.unwrap().suggested_name.as_deref(), Some("x.zip"));
        };
        // The document before is told of while the download is on its way.
        let mut events = Events::default();
        hear(&mut events, "browsingContext.navigationStarted", &page("before"));
        hear(&mut events, "browsingContext.navigationStarted", &page("n"));
        hear(&mut events, "network.responseStarted", &answer(200, &json!({})));
        hear(&mut events, "browsingContext.navigationCommitted", &page("before"));
        hear(&mut events, "browsingContext.downloadWillBegin", &page("n"));
        expect(&mut events);
        // The begin comes behind the request that it is for.
        let mut events = Events::default();
        hear(&mut events, "network.beforeRequestSent", &page("n"));
        hear(&mut events, "network.responseStarted", &answer(200, &json!({})));
        hear(&mut events, "network.responseCompleted", &page("n"));
        hear(&mut events, "browsingContext.navigationStarted", &page("n"));
        hear(&mut events, "browsingContext.downloadWillBegin", &page("n"));
        expect(&mut events);
        // The answer comes behind the name.
        let mut events = begun();
        hear(&mut events, "browsingContext.downloadWillBegin", &page("n"));
        assert!(!events.moves("page").is_settled());
        hear(&mut events, "network.responseStarted", &answer(200, &json!({})));
        assert!(events.moves("page").is_settled());
        expect(&mut events);
    }

    #[test]
    fn a_redirect_to_another_scheme_ends_a_navigation() {
        let mut events = begun();
        hear(&mut events, "network.responseStarted", &answer(302, &json!({ "Location": "mailto:a@b.test" })));
        let told = events.take_notes("page").navigation.unwrap();
        assert_eq!((told.url.as_str(), told.committed), ("mailto:a@b.test", false));
        // The control: one to a page does not.
        let mut events = begun();
        hear(&mut events, "network.responseStarted", &answer(302, &json!({ "Location": "/y" })));
        assert_eq!(events.moves("page").ending, None);
    }

    #[test]
    fn what_the_server_confirms_has_the_status_that_it_had() {
        let mut events = begun();
        hear(&mut events, "network.responseStarted", &answer(304, &json!({})));
        let page = json!({ "context": "page", "navigation": "n", "url": "http://a.test/x" });
        hear(&mut events, "browsingContext.navigationCommitted", &page);
        let told = events.take_notes("page").navigation.unwrap();
        assert_eq!((told.committed, told.status), (true, Some(200)));
    }

    #[test]
    fn a_body_that_breaks_off_leaves_the_document() {
        let mut events = begun();
        hear(&mut events, "network.responseStarted", &answer(200, &json!({})));
        let error = json!({ "context": "page", "navigation": "n", "errorText": "NS_ERROR_NET_PARTIAL_TRANSFER" });
        hear(&mut events, "network.fetchError", &error);
        let page = json!({ "context": "page", "navigation": "n", "url": "http://a.test/x" });
        hear(&mut events, "browsingContext.navigationCommitted", &page);
        let told = events.take_notes("page").navigation.unwrap();
        assert_eq!((told.committed, told.incomplete), (true, true));
        assert_eq!(told.network_error.as_deref(), Some("net::ERR_CONTENT_LENGTH_MISMATCH"));
        assert_eq!(told.content_type.as_deref(), Some("text/html"));
    }

    #[test]
    fn an_error_page_of_firefox_is_no_document() {
        let mut events = begun();
        let page =
            json!({ "context": "page", "navigation": "n", "url": "about:neterror?e=dnsNotFound&u=http%3A//a.test/" });
        hear(&mut events, "browsingContext.navigationCommitted", &page);
        let told = events.take_notes("page").navigation.unwrap();
        assert_eq!((told.committed, told.url.as_str()), (false, "http://a.test/x"));
        assert_eq!(told.network_error.as_deref(), Some("net::ERR_NAME_NOT_RESOLVED"));
    }

    #[test]
    fn windows_beyond_the_limit_are_closed_and_counted() {
        let mut events = Events::new(1);
        let window = |name: &str| json!({ "context": name, "parent": null, "url": "about:blank" });
        assert_eq!(hear(&mut events, "browsingContext.contextCreated", &window("one")), None);
        let frame = json!({ "context": "frame", "parent": "one", "url": "about:blank" });
        assert_eq!(hear(&mut events, "browsingContext.contextCreated", &frame), None);
        let close = hear(&mut events, "browsingContext.contextCreated", &window("two"));
        assert_eq!(close, Some(("browsingContext.close", json!({ "context": "two" }))));
        events.expected = 1;
        assert_eq!(hear(&mut events, "browsingContext.contextCreated", &window("ours")), None);
        assert_eq!((events.take_notes("one").pages_refused, events.is_refused("two")), (1, true));
    }

    #[test]
    fn a_prompt_is_answered_and_noted() {
        let mut events = Events::default();
        let prompt = json!({ "context": "page", "type": "beforeunload", "message": "" });
        let (method, answer) = hear(&mut events, "browsingContext.userPromptOpened", &prompt).unwrap();
        assert_eq!((method, &answer["accept"]), ("browsingContext.handleUserPrompt", &json!(true)));
        assert_eq!(events.dialogs.len(), 1);
    }

    #[test]
    fn a_challenge_is_cancelled_where_it_waits_for_us() {
        let mut events = Events::default();
        let mut challenge = json!({ "context": "page", "isBlocked": true, "navigation": "n",
            "request": { "request": "r" }, "response": { "status": -1 } });
        let answer = hear(&mut events, "network.authRequired", &challenge);
        assert_eq!(answer, Some(("network.continueWithAuth", json!({ "request": "r", "action": "cancel" }))));
        challenge["isBlocked"] = false.into();
        assert_eq!(hear(&mut events, "network.authRequired", &challenge), None);
    }

    #[test]
    fn an_empty_answer_to_a_page_is_an_abort() {
        let mut events = begun();
        let mut empty = answer(204, &json!({}));
        empty["navigation"] = Value::Null;
        hear(&mut events, "network.responseStarted", &empty);
        assert_eq!(events.moves("page").ending, None);
        hear(&mut events, "network.responseStarted", &answer(204, &json!({})));
        assert_eq!(events.moves("page").ending, Some(Ending::Aborted));
    }
}
