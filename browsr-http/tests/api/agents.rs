use browsr_http::{ApiKey, ServerConfig};
use serde_json::{Value, json};

use crate::{Api, request};

fn go(path: &str) -> Value {
    json!({ "command": "navigate_to", "data": { "url": format!("http://a.test{path}") } })
}

#[tokio::test]
async fn a_page_is_observed_in_a_session_that_is_named_or_made() {
    let api = Api::new();
    let made = api.post("/observe", &json!({})).await;
    assert_eq!(made.status, 200, "{made:?}");
    let id = made.text("session_id");
    let body = json!({ "session_id": id, "headless": null, "use_image": false, "full_page": null, "wait_ms": 10, "include_content": null });
    for path in ["/observe", "/browser/observe"] {
        let seen = api.post(path, &body).await;
        assert_eq!((seen.status.as_u16(), seen.text("session_id")), (200, id.clone()), "{seen:?}");
        let observation = &seen.body["observation"];
        assert_eq!((&observation["viewport"], &observation["screenshot"]), (&json!([1280, 720]), &Value::Null));
        assert!(observation["state_text"].as_str().is_some_and(|text| text.ends_with("Fake text")), "{seen:?}");
        let plain = api.post(path, &json!({ "session_id": id, "include_content": false })).await;
        assert!(!plain.body["observation"]["state_text"].as_str().unwrap().contains("Fake text"));
        assert_eq!(plain.body["observation"]["screenshot"]["mime_type"], "image/png");
    }
    assert_eq!(api.backend.created(), 1);
}

#[tokio::test]
async fn a_step_answers_in_short() {
    let api = Api::new();
    // As the crate of the hosted service sends it.
    let body = json!({
        "commands": [go("/1"), { "command": "get_cookies" }], "session_id": "", "thread_id": "", "task_id": null,
        "run_id": null, "tool_call_id": null, "headless": null, "thinking": "think", "evaluation_previous_goal": null,
        "memory": null, "next_goal": "go",
    });
    let done = api.post("/browser_step", &body).await;
    assert_eq!((done.status.as_u16(), &done.body["success"]), (200, &json!(true)), "{done:?}");
    assert_eq!(
        (&done.body["data"], &done.body["error"], &done.body["sequence_id"]),
        (&json!([]), &Value::Null, &Value::Null)
    );
    assert_eq!(done.body["summary"], "2 of 2 commands done");
    let id = done.text("session_id");
    let several = json!({ "session_id": id, "commands": [{ "command": "get_cookies" }, { "command": "get_cookies" }] });
    assert_eq!(api.post("/browser_step", &several).await.body["data"], json!([[], []]), "in the order of the commands");
    let none = api.post("/browser_step", &json!({ "session_id": id, "commands": [go("/2")] })).await;
    assert!(none.body.get("data").is_none() && none.body["success"] == true, "{none:?}");
    let failed = api.post("/browser_step", &json!({ "session_id": id, "commands": [go("/refused"), go("/3")] })).await;
    assert_eq!((failed.status.as_u16(), &failed.body["success"]), (200, &json!(false)));
    assert!(failed.text("error").starts_with("navigate_to:"));
    assert_eq!(failed.body["summary"], "0 of 2 commands done");
    assert_eq!(api.backend.created(), 1);
}

#[tokio::test]
async fn a_field_that_is_not_known_or_of_the_wrong_type_is_named() {
    let api = Api::new();
    let id = api.open().await;
    for (path, body, field) in [
        ("/observe", json!({ "use_imgae": true }), "use_imgae"),
        ("/observe", json!({ "use_image": "yes" }), "use_image"),
        ("/observe", json!({ "wait_ms": -1 }), "wait_ms"),
        ("/observe", json!({ "wait_ms": 30_001 }), "wait_ms"),
        ("/observe", json!({ "session_id": 7 }), "session_id"),
        ("/browser_step", json!({}), "commands"),
        ("/browser_step", json!({ "commands": [], "goal": "x" }), "goal"),
        ("/browser_step", json!({ "commands": [], "thinking": 1 }), "thinking"),
        ("/browser_step", json!({ "commands": [{ "command": "click" }] }), "commands[0].data.selector"),
        ("/cdp", json!({ "method": "Page.reload" }), "session_id"),
        ("/cdp", json!({ "session_id": id }), "method"),
        ("/cdp", json!({ "session_id": id, "method": 1 }), "method"),
        ("/cdp", json!({ "session_id": id, "method": "Page.reload", "params": [] }), "params"),
        ("/cdp", json!({ "session_id": id, "method": "Page.reload", "args": {} }), "args"),
    ] {
        assert_eq!(api.post(path, &body).await.error(), (400, "invalid_argument", Some(field)), "{path} {body}");
    }
    assert_eq!(api.backend.created(), 1, "no session was made for a bad request");
}

#[tokio::test]
async fn an_unknown_session_is_never_made_and_a_foreign_one_is_not_there() {
    let keys = ApiKey::list("bak_one_key,bak_two_key").unwrap();
    let api = Api::with_config(ServerConfig::new().with_api_keys(keys));
    let json_type = ("content-type", "application/json");
    let opened = api.send(request("POST", "/sessions", &[("x-api-key", "bak_one_key")], "")).await;
    for id in ["session-x", &opened.text("session_id")] {
        for (path, body) in [
            ("/observe", json!({ "session_id": id })),
            ("/browser/observe", json!({ "session_id": id })),
            ("/browser_step", json!({ "session_id": id, "commands": [] })),
            ("/cdp", json!({ "session_id": id, "method": "Page.reload", "params": {} })),
        ] {
            let answer =
                api.send(request("POST", path, &[json_type, ("x-api-key", "bak_two_key")], &body.to_string())).await;
            assert_eq!(answer.error(), (404, "invalid_session_id", Some("session_id")), "{path}");
            let answer = api.send(request("POST", path, &[json_type], &body.to_string())).await;
            assert_eq!(answer.status, 401, "{path}");
        }
    }
    assert_eq!(api.backend.created(), 1);
}

#[tokio::test]
async fn a_backend_without_devtools_says_so_and_the_way_out() {
    let api = Api::new();
    let id = api.open().await;
    let answer = api.post("/cdp", &json!({ "session_id": id, "method": "Page.reload", "params": {} })).await;
    assert_eq!(answer.error(), (501, "unsupported", None));
    assert!(answer.text("error").contains("choose a backend that declares it"), "{answer:?}");
}
