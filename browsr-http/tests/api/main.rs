//! The router over the fake backend, without a socket but where the socket is what is tested.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]
#![expect(clippy::disallowed_methods, reason = "a test waits for its tasks or drops them with its runtime")]

mod access;
mod agents;
mod bodies;
mod commands;
mod connections;
mod description;
mod draining;
mod scrapes;
mod sessions;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use browsr_core::fake::FakeBackend;
use browsr_core::{Engine, EngineBuilder};
use browsr_http::{Server, ServerConfig};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// A backend whose every page is the same.
fn fake() -> FakeBackend {
    FakeBackend::new().with_html("<!doctype html><title>Fake</title><h1>Heading</h1><p>Some text.</p>")
}

/// An API over a fake backend.
struct Api {
    backend: FakeBackend,
    engine: Engine,
    server: Server,
    router: Router,
}

impl Api {
    fn new() -> Self {
        Self::with_config(ServerConfig::new().with_display(false))
    }

    fn with_config(config: ServerConfig) -> Self {
        Self::with(fake(), config, |engine| engine)
    }

    fn with(backend: FakeBackend, config: ServerConfig, build: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Self {
        let engine = build(Engine::builder().backend(backend.clone())).build().unwrap();
        let server = Server::new(engine.clone(), config).unwrap();
        let router = server.router();
        Self { backend, engine, server, router }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path, &[], "")).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send(request("DELETE", path, &[], "")).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(request("POST", path, &[("content-type", "application/json")], &body.to_string())).await
    }

    /// Opens a session and returns its id.
    async fn open(&self) -> String {
        let answer = self.post("/sessions", &Value::Null).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text("session_id")
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost:8082");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

#[derive(Debug, Clone, PartialEq)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    async fn of(response: axum::response::Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Self { status: parts.status, headers: parts.headers, body }
    }

    fn text(&self, key: &str) -> String {
        self.body[key].as_str().unwrap_or_else(|| panic!("no {key} in {self:?}")).to_owned()
    }

    /// Status, code and field of an error, whose form is checked on the way.
    #[track_caller]
    fn error(&self) -> (u16, &str, Option<&str>) {
        assert!(self.body["error"].as_str().is_some_and(|text| !text.is_empty()), "{self:?}");
        assert!(matches!(self.body["retry"].as_str(), Some("never" | "same_session" | "new_session")), "{self:?}");
        let code = self.body["code"].as_str().unwrap_or_else(|| panic!("no code in {self:?}"));
        (self.status.as_u16(), code, self.body["field"].as_str())
    }
}

async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..200 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not come to pass that {what}");
}
