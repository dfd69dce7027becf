use browsr_http::{ApiKey, ServerConfig};
use serde_json::json;

use crate::{Answer, Api, request};

const ROUTES: &[(&str, &str)] = &[
    ("POST", "/sessions"),
    ("GET", "/sessions"),
    ("GET", "/sessions/session-x"),
    ("DELETE", "/sessions/session-x"),
    ("POST", "/sessions/provision/prov-1"),
    ("POST", "/commands"),
    ("POST", "/browser/commands"),
    ("POST", "/v1/scrape"),
    ("POST", "/scrape"),
    ("GET", "/openapi.json"),
    ("GET", "/stream/sse"),
    ("POST", "/observe"),
    ("POST", "/browser/observe"),
    ("POST", "/browser_step"),
    ("POST", "/cdp"),
    ("GET", "/relay/sessions"),
    ("GET", "/nowhere"),
    ("PATCH", "/sessions"),
];

fn keyed() -> Api {
    Api::with_config(ServerConfig::new().with_api_keys(ApiKey::list("bak_one_key,bak_two_key").unwrap()))
}

#[tokio::test]
async fn without_a_valid_key_every_route_answers_the_same_401_and_starts_nothing() {
    let api = keyed();
    let long = "x".repeat(8192);
    let mut seen: Vec<Answer> = Vec::new();
    for (method, path) in ROUTES {
        for header in [
            None,
            Some(("authorization", "")),
            Some(("authorization", "Bearer wrong")),
            Some(("authorization", "Bearer bak_one_ke")),
            Some(("authorization", "Bearer bak_one_key2")),
            Some(("authorization", "Bearer bak_one_key,bak_two_key")),
            Some(("authorization", "Basic bak_one_key")),
            Some(("authorization", "bak_one_key")),
            Some(("x-api-key", "")),
            Some(("x-api-key", "wrong")),
            Some(("x-api-key", long.as_str())),
            Some(("cookie", "token=bak_one_key")),
        ] {
            let headers: Vec<_> = header.into_iter().collect();
            let answer = api.send(request(method, path, &headers, "")).await;
            assert_eq!(answer.status, 401, "{method} {path} {header:?}");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
            seen.push(answer);
        }
        let query = format!("{path}?token=bak_one_key&api_key=bak_one_key");
        assert_eq!(api.send(request(method, &query, &[], "")).await.status, 401, "{method} {query}");
    }
    assert!(seen.windows(2).all(|pair| pair[0].body == pair[1].body), "the answer tells nothing of what was wrong");
    assert_eq!(api.backend.created(), 0);
    assert_eq!(api.get("/health").await.status, 200, "health needs no key");
}

#[tokio::test]
async fn each_form_of_the_key_is_let_in() {
    let api = keyed();
    for headers in [
        &[("authorization", "Bearer bak_one_key")][..],
        &[("authorization", "bearer bak_two_key")],
        &[("authorization", "ApiKey bak_one_key")],
        &[("x-api-key", "bak_one_key")],
        &[("x-api-key", "bak_one_key"), ("authorization", "Bearer some.jwt.here")],
        &[("x-api-key", "wrong"), ("authorization", "Bearer bak_one_key")],
    ] {
        assert_eq!(api.send(request("GET", "/sessions", headers, "")).await.status, 200, "{headers:?}");
    }
}

#[tokio::test]
async fn the_session_of_another_key_is_not_there() {
    let api = keyed();
    let (one, two) = (("x-api-key", "bak_one_key"), ("x-api-key", "bak_two_key"));
    let json_type = ("content-type", "application/json");
    let opened = api.send(request("POST", "/sessions", &[one], "")).await;
    let id = opened.text("session_id");
    let path = format!("/sessions/{id}");
    let commands = json!({ "session_id": id, "commands": [] }).to_string();
    let scrape = json!({ "session_id": id, "url": "http://a.test" }).to_string();
    for (method, path, body) in [
        ("GET", path.as_str(), ""),
        ("DELETE", &path, ""),
        ("POST", "/commands", &commands),
        ("POST", "/v1/scrape", &scrape),
    ] {
        let foreign = api.send(request(method, path, &[two, json_type], body)).await;
        assert_eq!(foreign.error(), (404, "invalid_session_id", Some("session_id")));
        let unknown = |text: &str| text.replace(&id, "session-x");
        let unknown = api.send(request(method, &unknown(path), &[two, json_type], &unknown(body))).await;
        assert_eq!(unknown.text("error").replace("session-x", &id), foreign.text("error"), "in the same words");
    }
    assert_eq!(api.send(request("GET", "/sessions", &[two], "")).await.body["sessions"], json!([]));
    assert_eq!(api.send(request("GET", "/sessions", &[one], "")).await.body["sessions"], json!([id]));
    // One that the app itself opened is everybody's.
    let own = api.engine.create_session(browsr_core::SessionOptions::new()).await.unwrap();
    assert_eq!(api.send(request("GET", &format!("/sessions/{}", own.id()), &[two], "")).await.status, 200);
    assert_eq!(api.send(request("DELETE", &path, &[one], "")).await.status, 204);
}

#[tokio::test]
async fn a_frame_token_opens_the_stream_of_its_session_and_nothing_else() {
    let api = keyed();
    let key = ("x-api-key", "bak_one_key");
    let opened = api.send(request("POST", "/sessions", &[key], "")).await;
    let (id, token) = (opened.text("session_id"), opened.text("frame_token"));
    let other = api.send(request("POST", "/sessions", &[key], "")).await.text("session_id");
    let stream = async |query: String| api.get(&format!("/stream/sse?{query}")).await.status.as_u16();
    assert_eq!(stream(format!("session_id={id}&token={token}")).await, 501, "let in, where nothing is built yet");
    assert_eq!(stream(format!("session_id={other}&token={token}")).await, 403);
    assert_eq!(stream(format!("session_id={id}&token={token}x")).await, 401);
    assert_eq!(stream(format!("session_id={id}&token=bak_one_key")).await, 401);
    assert_eq!(stream(format!("session_id={id}&token={token}&token={token}")).await, 401);
    assert_eq!(stream(format!("session_id={id}&token=%FF%FE")).await, 401);
    let bearer = format!("Bearer {token}");
    for header in [("authorization", bearer.as_str()), ("x-api-key", &token)] {
        assert_eq!(api.send(request("GET", "/sessions", &[header], "")).await.status, 401, "it is no key");
    }
    assert_eq!(api.get(&format!("/sessions?token={token}")).await.status, 401);
    api.send(request("DELETE", &format!("/sessions/{id}"), &[key], "")).await;
    assert_eq!(stream(format!("session_id={id}&token={token}")).await, 404, "it ends with its session");
}

#[tokio::test]
async fn a_foreign_host_or_origin_is_refused_on_every_route() {
    let api = Api::new();
    for (method, path) in ROUTES.iter().chain(&[("GET", "/health")]) {
        for (header, field) in [
            (("host", "evil.test"), "host"),
            (("host", "localhost.evil.test:8082"), "host"),
            (("origin", "https://evil.test"), "origin"),
            (("origin", "http://localhost:3000"), "origin"),
            (("origin", "null"), "origin"),
        ] {
            let answer = api.send(request(method, path, &[header], "")).await;
            assert_eq!(answer.error(), (403, "denied", Some(field)), "{method} {path} {header:?}");
        }
    }
    assert_eq!(api.backend.created(), 0);
    let own = [("host", "127.0.0.1:8082"), ("origin", "http://127.0.0.1:8082")];
    assert_eq!(api.send(request("POST", "/sessions", &own, "")).await.status, 200);
}

#[tokio::test]
async fn an_app_that_has_let_the_caller_in_is_believed() {
    let api = Api::with_config(ServerConfig::new().with_trusted_caller());
    let foreign = [("host", "anything.test"), ("origin", "https://page.test")];
    assert_eq!(api.send(request("GET", "/sessions", &foreign, "")).await.status, 200);
}

#[tokio::test]
async fn a_server_without_a_key_does_not_listen_beyond_loopback() {
    let engine = Api::new().engine;
    let config = ServerConfig::new().with_listen("0.0.0.0:8082".parse().unwrap());
    assert_eq!(browsr_http::Server::new(engine, config).unwrap_err().field(), Some("listen"));
}
