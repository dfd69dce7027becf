//! What a Selenium Grid says of itself, so that an error can say why there is no session and when to ask again.

use std::time::Duration;

use browsr_core::{Error, ErrorKind, OpContext, Retry};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use url::Url;

use crate::wire::{connector, with_slash};

/// How long a Grid may take to tell its state.
const PATIENCE: Duration = Duration::from_millis(800);
/// When to ask a full Grid, or one without nodes, again.
const AGAIN: Duration = Duration::from_secs(5);
/// The longest state that is read.
const MAX_STATE: usize = 4 << 20;

/// What is kept back of the time for a session, to find out why there was none.
pub(crate) fn time_for_session(cx: &OpContext) -> OpContext {
    cx.capped(cx.remaining().saturating_sub(PATIENCE))
}

/// Turns the failure to get a session in time into one that says why: its slots are taken, or it has none that fits.
pub(crate) async fn explain(driver: &Url, error: Error) -> Error {
    if error.kind() != ErrorKind::Timeout {
        return error;
    }
    let why = match tokio::time::timeout(PATIENCE, state(driver)).await {
        Ok(Some(state)) => Some(state.say()),
        _ => None,
    };
    let message = why.unwrap_or_else(|| "the driver gave no session in time".to_owned());
    Error::new(ErrorKind::SessionNotCreated, message)
        .with_retry(Retry::NewSession)
        .with_retry_after(AGAIN)
        .with_source(error)
}

/// The state of a Grid.
#[derive(Debug, PartialEq, Eq)]
struct State {
    nodes: usize,
    slots: usize,
    taken: usize,
}

impl State {
    /// Reads the answer of `/status`; none if it is not that of a Grid.
    fn read(status: &Value) -> Option<Self> {
        let nodes = status["value"]["nodes"].as_array()?;
        let up: Vec<_> = nodes.iter().filter(|node| node["availability"] == "UP").collect();
        let slots = || up.iter().filter_map(|node| node["slots"].as_array()).flatten();
        Some(Self {
            nodes: up.len(),
            slots: slots().count(),
            taken: slots().filter(|slot| slot["session"].is_object()).count(),
        })
    }

    fn say(&self) -> String {
        match self {
            Self { nodes: 0, .. } => "the grid has no node that is up; its queue was waited in".to_owned(),
            Self { slots, taken, .. } if taken >= slots => {
                format!("all {slots} slots of the grid are taken; its queue was waited in")
            }
            _ => "the grid has free slots, but none gave this browser in time".to_owned(),
        }
    }
}

async fn state(driver: &Url) -> Option<State> {
    let url = with_slash(driver).join("status").ok()?;
    let request = Request::get(url.as_str()).header(header::ACCEPT, "application/json").body(Empty::<Bytes>::new());
    let client = Client::builder(TokioExecutor::new()).build(connector());
    let answer = client.request(request.ok()?).await.ok()?;
    let body = Limited::new(answer.into_body(), MAX_STATE).collect().await.ok()?.to_bytes();
    State::read(&serde_json::from_slice(&body).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_grid_says_why_there_is_no_session() {
        let node = |availability: &str, slots: Value| json!({ "availability": availability, "slots": slots });
        let grid = |nodes: Vec<Value>| State::read(&json!({ "value": { "ready": true, "nodes": nodes } })).unwrap();
        let taken = json!({ "session": { "sessionId": "x" } });
        let free = json!({ "session": null });
        assert!(grid(vec![]).say().contains("no node"));
        assert!(grid(vec![node("DOWN", json!([free]))]).say().contains("no node"));
        assert!(grid(vec![node("UP", json!([taken, taken]))]).say().contains("all 2 slots"));
        assert!(grid(vec![node("UP", json!([taken, free]))]).say().contains("free slots"));
        assert_eq!(State::read(&json!({ "value": { "ready": true, "message": "ChromeDriver ready" } })), None);
    }
}
