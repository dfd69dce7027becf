//! What events tell about the pages of a session.

use std::collections::HashMap;

use browsr_core::input::DialogSeen;
use browsr_core::options::DialogPolicy;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// What has been heard and not been asked for yet.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// By browsing context, which has the name of its window.
    moves: HashMap<Box<str>, Moves>,
    /// Dialogs since the last look.
    pub(crate) dialogs: Vec<DialogSeen>,
    /// Requests that are held back, until someone answers them.
    pub(crate) held: Vec<String>,
}

/// Where a page went, in the order of events.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moves {
    /// Counts the navigations that have begun.
    pub(crate) started: u64,
    /// What the last of them came to, if it came to no document.
    pub(crate) ending: Option<Ending>,
}

/// How a navigation came to no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It was aborted, or answered with nothing.
    Aborted,
    /// It turned into a download.
    Download,
    /// The network failed it.
    Failed(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    context: Option<Box<str>>,
    navigation: Option<Box<str>>,
    message: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    default_value: Option<String>,
    response: Option<Response>,
    request: Option<Request>,
    #[serde(default)]
    is_blocked: bool,
}

#[derive(Deserialize)]
struct Response {
    /// -1 while it is not known.
    status: i32,
}

#[derive(Deserialize)]
struct Request {
    request: String,
}

impl Events {
    /// Returns where a page went.
    pub(crate) fn moves(&self, context: &str) -> Moves {
        self.moves.get(context).cloned().unwrap_or_default()
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
                    | "browsingContext.userPromptOpened"
                    | "browsingContext.contextDestroyed"
                    | "network.authRequired"
                    | "network.responseStarted"
                    | "network.beforeRequestSent"
            );
        if !relevant {
            return None;
        }
        let params: Params = serde_json::from_str(params.get()).ok()?;
        if method == "network.beforeRequestSent" {
            self.held.extend(params.request.filter(|_| params.is_blocked).map(|request| request.request));
            return None;
        }
        if method == "network.authRequired" {
            // The answer that asks for a password is then what the page gets. One in the URL has been tried before.
            let request = params.request.filter(|_| params.is_blocked)?.request;
            return Some(("network.continueWithAuth", json!({ "request": request, "action": "cancel" })));
        }
        let context = params.context?;
        if method == "browsingContext.userPromptOpened" {
            return Some(self.answer(&context, params.kind, params.message, params.default_value, dialogs));
        }
        if method == "browsingContext.contextDestroyed" {
            self.moves.remove(&context);
            return None;
        }
        let moves = self.moves.entry(context).or_default();
        match method {
            "browsingContext.navigationStarted" => {
                moves.started += 1;
                moves.ending = None;
            }
            "browsingContext.navigationCommitted" => moves.ending = None,
            "browsingContext.navigationFailed" | "browsingContext.navigationAborted" => {
                let message = params.message.unwrap_or_default();
                if moves.ending != Some(Ending::Download) {
                    let failed = message.contains("net::ERR") && !message.contains("ERR_ABORTED");
                    moves.ending = Some(if failed { Ending::Failed(message) } else { Ending::Aborted });
                }
            }
            "browsingContext.downloadWillBegin" => moves.ending = Some(Ending::Download),
            "network.responseStarted" => {
                let is_empty = params.response.is_some_and(|response| matches!(response.status, 204 | 205));
                if params.navigation.is_some() && is_empty {
                    moves.ending = Some(Ending::Aborted);
                }
            }
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
        self.dialogs.push(DialogSeen::new(kind, message.unwrap_or_default(), accept));
        // Nobody may ever ask.
        let surplus = self.dialogs.len().saturating_sub(64);
        self.dialogs.drain(..surplus);
        ("browsingContext.handleUserPrompt", answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(events: &mut Events, method: &str, params: &Value) -> Option<(&'static str, Value)> {
        let raw = RawValue::from_string(params.to_string()).unwrap();
        events.hear(method, &raw, DialogPolicy::Dismiss)
    }

    #[test]
    fn a_download_ends_a_navigation_and_the_next_begins_anew() {
        let mut events = Events::default();
        let page = json!({ "context": "page", "navigation": "n" });
        hear(&mut events, "browsingContext.navigationStarted", &page);
        hear(&mut events, "browsingContext.downloadWillBegin", &page);
        hear(&mut events, "browsingContext.navigationFailed", &page);
        assert_eq!(events.moves("page").ending, Some(Ending::Download));
        hear(&mut events, "browsingContext.navigationStarted", &page);
        assert_eq!((events.moves("page").started, events.moves("page").ending), (2, None));
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
        let mut events = Events::default();
        let answer = json!({ "context": "page", "navigation": null, "response": { "status": 204 } });
        hear(&mut events, "network.responseStarted", &answer);
        assert_eq!(events.moves("page").ending, None);
        let answer = json!({ "context": "page", "navigation": "n", "response": { "status": 204 } });
        hear(&mut events, "network.responseStarted", &answer);
        assert_eq!(events.moves("page").ending, Some(Ending::Aborted));
    }
}
