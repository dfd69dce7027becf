use serde_json::json;

use crate::{Api, request};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_body_that_is_not_json_is_415_on_every_route() {
    let api = Api::new();
    for path in ["/sessions", "/commands", "/v1/scrape", "/observe", "/sessions/provision/x", "/nowhere"] {
        for headers in [
            &[][..],
            &[("content-type", "text/plain")],
            &[("content-type", "application/x-www-form-urlencoded")],
            &[("content-type", "application/jsonp")],
            &[("content-type", "text/plain, application/json")],
            &[JSON, JSON],
            &[JSON, ("content-encoding", "gzip")],
        ] {
            let answer = api.send(request("POST", path, headers, "{}")).await;
            assert_eq!(answer.error(), (415, "unsupported_media_type", None), "{path} {headers:?}");
        }
    }
    assert_eq!(api.backend.created(), 0);
}

#[tokio::test]
async fn a_body_has_at_most_a_mebibyte_and_one_with_commands_32() {
    let api = Api::new();
    let of_size = |size: usize| {
        let empty = json!({ "commands": [], "context": { "x": "" } }).to_string();
        empty.replace("\"\"", &format!("\"{}\"", "x".repeat(size - empty.len())))
    };
    for (path, limit) in [("/commands", 32 << 20), ("/v1/scrape", 1 << 20)] {
        assert_ne!(api.send(request("POST", path, &[JSON], &of_size(limit))).await.status, 413, "{path}");
        let larger = api.send(request("POST", path, &[JSON], &of_size(limit + 1))).await;
        assert_eq!(larger.error(), (413, "payload_too_large", None), "{path}");
    }
    // What is announced is believed before it is read.
    let announced = request("POST", "/commands", &[JSON, ("content-length", "99999999999999999999")], "");
    assert_ne!(api.send(announced).await.status, 500);
    let announced = request("POST", "/commands", &[JSON, ("content-length", "40000000")], "");
    assert_eq!(api.send(announced).await.status, 413);
}

#[tokio::test]
async fn what_is_no_json_object_is_400() {
    let api = Api::new();
    let deep = format!("{{\"context\":{}{}}}", "[".repeat(64), "]".repeat(64));
    let deeper = "[".repeat(1_000_000);
    for body in [
        "{",
        "[]",
        "1",
        "\"x\"",
        "{\"a\":}",
        "{}{}",
        "\u{feff}{}",
        "{\"headless\":NaN}",
        "{\"idle_timeout_ms\":1e999}",
        "{\"idle_timeout_ms\":18446744073709551616}",
        "{\"user_agent\":\"\\ud800\"}",
        &deep,
        &deeper,
    ] {
        let answer = api.send(request("POST", "/sessions", &[JSON], body)).await;
        assert_eq!(answer.error().0, 400, "{body:.40}");
    }
    for body in ["", "null", "{}"] {
        let answer = api.send(request("POST", "/commands", &[JSON], body)).await;
        assert_eq!(answer.error(), (400, "invalid_argument", Some("commands")));
    }
}

#[tokio::test]
async fn an_error_is_short_and_without_control_characters_whatever_was_sent() {
    let api = Api::new();
    let name = format!("\r\n\u{1b}[31m\0\u{2028}{}", "x".repeat(100_000));
    for body in [json!({ "commands": [{ "command": name }] }), json!({ "commands": [], "session_id": name })] {
        let raw =
            tower::ServiceExt::oneshot(api.router.clone(), request("POST", "/commands", &[JSON], &body.to_string()));
        let raw = http_body_util::BodyExt::collect(raw.await.unwrap().into_body()).await.unwrap().to_bytes();
        assert!(raw.len() < 8192, "{}", raw.len());
        assert!(raw.iter().all(|byte| *byte >= b' '), "control bytes are escaped");
    }
}

#[tokio::test]
async fn every_command_takes_any_data_without_a_server_error() {
    let api = Api::new();
    let id = api.open().await;
    for name in browsr_core::command::wire::NAMES {
        for data in [
            json!(null),
            json!({}),
            json!([]),
            json!("x"),
            json!(1e308),
            json!({ "selector": null }),
            json!({ "selector": "", "url": "", "x": -1e308, "y": 1e308, "text": "", "key": "", "values": [], "enabled": true }),
            json!({ "selector": { "a": 1 }, "url": [], "x": "1", "enabled": "yes", "timeout_ms": -1 }),
        ] {
            let body = json!({ "session_id": id, "commands": [{ "command": name, "data": data }] });
            let answer = api.post("/commands", &body).await;
            assert!(matches!(answer.status.as_u16(), 200 | 400), "{name} {data}: {answer:?}");
        }
    }
}
