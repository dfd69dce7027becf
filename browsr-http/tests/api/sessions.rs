use std::time::Duration;

use browsr_http::ServerConfig;
use serde_json::{Value, json};

use crate::{Api, request};

#[tokio::test]
async fn a_session_is_opened_listed_shown_and_closed_once() {
    let api = Api::new();
    let opened = api.post("/sessions", &json!({ "requested_name": "  checkout ", "headless": true })).await;
    assert_eq!(opened.status, 200);
    assert_eq!(opened.body["status"], "ready");
    assert!(opened.body.get("warning").is_none());
    let id = opened.text("session_id");
    assert!(id.starts_with("session-"));
    assert_eq!(opened.text("frame_token").split('.').count(), 3);
    assert_eq!(opened.text("sse_url"), format!("http://localhost:8082/stream/sse?session_id={id}"));

    let list = api.get("/sessions").await;
    assert_eq!(list.body["sessions"], json!([id]));
    let details = &list.body["session_details"][0];
    assert_eq!((&details["session_id"], &details["session_type"]), (&json!(id), &json!("browser")));
    assert_eq!((&details["name"], &details["idle_secs"]), (&json!("checkout"), &json!(0)));
    assert!(details["last_activity"].as_u64().unwrap() > 1_700_000_000_000, "milliseconds");
    assert_eq!(api.get(&format!("/sessions/{id}")).await.body["name"], "checkout");

    let closed = api.delete(&format!("/sessions/{id}")).await;
    assert_eq!((closed.status.as_u16(), &closed.body), (204, &Value::Null));
    assert_eq!(api.delete(&format!("/sessions/{id}")).await.error(), (404, "invalid_session_id", Some("session_id")));
    assert_eq!(api.get(&format!("/sessions/{id}")).await.status, 404);
    assert_eq!(api.get("/sessions").await.body, json!({ "sessions": [], "session_details": [] }));
    assert_eq!(api.backend.open(), 0);
}

#[tokio::test]
async fn nothing_null_and_an_empty_object_mean_defaults() {
    let api = Api::new();
    for (body, headers) in [
        ("", &[][..]),
        ("null", &[("content-type", "application/json")]),
        ("{}", &[("content-type", "application/json; charset=utf-8")]),
    ] {
        let answer = api.send(request("POST", "/sessions", headers, body)).await;
        assert_eq!(answer.status, 200, "{body:?}: {answer:?}");
    }
    let nulls = json!({ "headless": null, "start_url": null, "user_agent": null, "viewport": null, "backend": null });
    assert_eq!(api.post("/sessions", &nulls).await.status, 200);
}

#[tokio::test]
async fn a_window_without_a_display_is_a_warning() {
    let api = Api::new();
    for body in [json!({}), json!({ "headless": false })] {
        assert!(api.post("/sessions", &body).await.text("warning").contains("display"));
    }
    let api = Api::with_config(ServerConfig::new().with_display(true));
    assert!(api.post("/sessions", &json!({})).await.body.get("warning").is_none());
}

#[tokio::test]
async fn every_field_of_the_seed_is_taken() {
    let api = Api::new();
    let all = json!({
        "headless": false, "requested_name": "a", "start_url": "http://a.test/", "cdp_url": "http://127.0.0.1:9222",
        "use_random_user_agent": true, "disable_automation_detection": true, "user_agent": "Mine/1.0",
        "idle_timeout_ms": 1000, "max_lifetime_ms": 2000, "isolation": "process",
        "viewport": { "width": 800, "height": 600, "device_scale_factor": 2 },
    });
    let answer = api.post("/sessions", &all).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(api.backend.log().contains(&"end /".to_owned()), "it went to start_url");
    let details = api.get(&format!("/sessions/{}", answer.text("session_id"))).await;
    let left = details.body["expires_in_ms"].as_u64().unwrap();
    assert!((1..=1000).contains(&left), "{left}");
}

#[tokio::test]
async fn a_field_that_cannot_be_is_named() {
    let api = Api::new();
    for (body, status, field) in [
        (json!({ "headles": true }), 400, "headles"),
        (json!({ "headless": "yes" }), 400, "headless"),
        (json!({ "requested_name": 7 }), 400, "requested_name"),
        (json!({ "requested_name": "a\r\nb" }), 400, "requested_name"),
        (json!({ "requested_name": "x".repeat(257) }), 400, "requested_name"),
        (json!({ "start_url": "" }), 400, "start_url"),
        (json!({ "start_url": "http://" }), 400, "start_url"),
        (json!({ "start_url": "file:///etc/passwd" }), 403, "start_url"),
        (json!({ "start_url": " \tFILE:///etc/passwd" }), 403, "start_url"),
        (json!({ "start_url": "view-source:file:///etc/passwd" }), 403, "start_url"),
        (json!({ "start_url": "chrome://settings" }), 403, "start_url"),
        (json!({ "start_url": "javascript:alert(1)" }), 403, "start_url"),
        (json!({ "start_url": "about:config" }), 403, "start_url"),
        (json!({ "start_url": "http://a.test/refused" }), 422, "start_url"),
        (json!({ "start_url": "http://a.test/crash" }), 422, "start_url"),
        (json!({ "cdp_url": "file:///x" }), 400, "cdp_url"),
        (json!({ "cdp_url": "" }), 400, "cdp_url"),
        (json!({ "cdp_url": "http://10.0.0.1:9222" }), 403, "cdp_url"),
        (json!({ "cdp_url": "http://169.254.169.254/" }), 403, "cdp_url"),
        (json!({ "cdp_url": "http://localhost@10.0.0.1:9222" }), 403, "cdp_url"),
        (json!({ "cdp_url": "http://127.0.0.1:8082" }), 403, "cdp_url"),
        (json!({ "user_agent": "" }), 400, "user_agent"),
        (json!({ "user_agent": "a\r\nx-evil: 1" }), 400, "user_agent"),
        (json!({ "user_agent": "x".repeat(1025), "use_random_user_agent": true }), 400, "user_agent"),
        (json!({ "profile_id": "../../etc" }), 400, "profile_id"),
        (json!({ "profile_id": "2f6c0f9e-6a0e-4f0e-9b0a-1c2d3e4f5a6b" }), 404, "profile_id"),
        (json!({ "idle_timeout_ms": 0 }), 400, "idle_timeout_ms"),
        (json!({ "idle_timeout_ms": -1 }), 400, "idle_timeout_ms"),
        (json!({ "max_lifetime_ms": 1.5 }), 400, "max_lifetime_ms"),
        (json!({ "isolation": "none" }), 400, "isolation"),
        (json!({ "viewport": { "width": 0, "height": 1 } }), 400, "viewport.width"),
        (json!({ "viewport": { "width": 1, "height": 100_000 } }), 400, "viewport.height"),
        (json!({ "viewport": { "width": 1 } }), 400, "viewport.height"),
        (json!({ "viewport": { "width": 1, "height": 1, "depth": 1 } }), 400, "viewport.depth"),
        (
            json!({ "viewport": { "width": 1, "height": 1, "device_scale_factor": 0 } }),
            400,
            "viewport.device_scale_factor",
        ),
        (json!({ "viewport": [1, 2] }), 400, "viewport"),
        (json!({ "backend": "no-such" }), 400, "backend"),
        (json!({ "backend": 1 }), 400, "backend"),
        (json!({ "browser": "netscape" }), 400, "browser"),
        (json!({ "proxy": {} }), 501, "proxy"),
        (json!({ "locale": "de" }), 501, "locale"),
        (json!({ "timezone": "UTC" }), 501, "timezone"),
        (json!({ "extra_headers": {} }), 501, "extra_headers"),
    ] {
        let answer = api.post("/sessions", &body).await;
        let (found, _, named) = answer.error();
        assert_eq!((found, named), (status, Some(field)), "{body}: {answer:?}");
    }
    assert_eq!(api.backend.open(), 0, "none of them left a session");
}

#[tokio::test]
async fn capacity_is_429_and_says_when_to_come_again() {
    let api = Api::with(crate::fake(), ServerConfig::new(), |engine| {
        engine.max_sessions(1).slot_timeout(Duration::from_millis(50)).scrape_timeout(Duration::from_millis(100))
    });
    api.open().await;
    let answer = api.post("/sessions", &json!({})).await;
    assert_eq!(answer.error(), (429, "pool_exhausted", None));
    let seconds: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(seconds >= 1 && answer.body["retry_after_ms"].as_u64().unwrap() <= seconds * 1000);
    for (path, body) in [("/v1/scrape", json!({ "url": "http://a.test/" })), ("/commands", json!({ "commands": [] }))] {
        assert_eq!(api.post(path, &body).await.error(), (429, "pool_exhausted", None));
    }
}

#[tokio::test]
async fn a_browser_that_does_not_start_is_500_and_one_that_is_not_there_is_422() {
    let api = Api::with(crate::fake().failing(), ServerConfig::new(), |engine| engine);
    assert_eq!(api.post("/sessions", &json!({})).await.error(), (500, "session_not_created", None));
    let attached = api.post("/sessions", &json!({ "cdp_url": "127.0.0.1:9222" })).await;
    assert_eq!(attached.error(), (422, "session_not_created", Some("cdp_url")));
    let answer = api.post("/commands", &json!({ "commands": [] })).await;
    assert_eq!(answer.error(), (500, "session_not_created", None));
}

#[tokio::test]
async fn a_session_that_opens_too_slowly_is_504() {
    let slow = crate::fake().with_create_latency(Duration::from_secs(5));
    let api = Api::with(slow, ServerConfig::new(), |engine| engine.create_timeout(Duration::from_millis(50)));
    assert_eq!(api.post("/sessions", &json!({})).await.error(), (504, "timeout", None));
}

#[tokio::test]
async fn no_provision_is_known() {
    let api = Api::new();
    let answer = api.send(request("POST", "/sessions/provision/prov-1", &[], "")).await;
    assert_eq!(answer.error(), (404, "no_such_provision", Some("provision_id")));
}

#[tokio::test]
async fn below_a_path_the_stream_url_has_that_path() {
    let api = Api::new();
    let app = axum::Router::new().nest("/browser/v2", api.router.clone());
    let opened = tower::ServiceExt::oneshot(app, request("POST", "/browser/v2/sessions", &[], "")).await.unwrap();
    let opened = crate::Answer::of(opened).await;
    assert!(opened.text("sse_url").starts_with("http://localhost:8082/browser/v2/stream/sse?"), "{opened:?}");
    let public = ServerConfig::new().with_public_url("https://api.test/b/".parse().unwrap());
    let opened = Api::with_config(public).post("/sessions", &json!({})).await;
    assert!(opened.text("sse_url").starts_with("https://api.test/b/stream/sse?session_id="), "{opened:?}");
}

#[tokio::test]
async fn health_counts_slots_and_the_queue() {
    let api = Api::with(crate::fake(), ServerConfig::new(), |engine| engine.max_sessions(2));
    api.open().await;
    let health = api.get("/health").await;
    assert_eq!(health.status, 200);
    assert_eq!(health.body["state"], "ready");
    assert_eq!(health.body["slots"], json!({ "total": 2, "used": 1 }));
    assert_eq!((&health.body["queue"], &health.body["browsers"]), (&json!(0), &json!(0)));
    assert_eq!(health.body["backends"][0]["name"], "fake");
    api.open().await;
    let waiting = tokio::spawn({
        let engine = api.engine.clone();
        async move { engine.create_session(browsr_core::SessionOptions::new()).await }
    });
    crate::eventually("somebody waits", || api.engine.status().waiting == 1).await;
    assert_eq!(api.get("/health").await.body["queue"], 1);
    waiting.abort();
}
