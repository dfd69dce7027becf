use std::time::Duration;

use browsr_http::ServerConfig;
use serde_json::{Value, json};

use crate::{Api, eventually};

fn go(path: &str) -> Value {
    json!({ "command": "navigate_to", "data": { "url": format!("http://a.test{path}") } })
}

#[tokio::test]
async fn commands_run_in_order_and_the_session_is_named() {
    let api = Api::new();
    let id = api.open().await;
    for path in ["/commands", "/browser/commands"] {
        let body = json!({ "session_id": id, "commands": [go("/1"), { "command": "get_cookies" }] });
        let answer = api.post(path, &body).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body["success"], true);
        assert_eq!(answer.body["session_id"], json!(id));
        assert_eq!((&answer.body["steps_completed"], &answer.body["total_steps"]), (&json!(2), &json!(2)));
        let first = &answer.body["results"][0];
        assert_eq!((&first["success"], &first["command_type"]), (&json!(true), &json!("action")));
        assert_eq!(first["debug"]["navigation"]["committed"], true);
        assert_eq!(answer.body["results"][1]["content_type"], "data");
        assert!(answer.body.get("error").is_none());
    }
}

#[tokio::test]
async fn the_first_failure_ends_the_batch_and_is_told_in_the_result() {
    let api = Api::new();
    let id = api.open().await;
    let body = json!({ "session_id": id, "commands": [go("/1"), go("/refused"), go("/3")] });
    let answer = api.post("/commands", &body).await;
    assert_eq!((answer.status.as_u16(), &answer.body["success"]), (200, &json!(false)));
    assert_eq!((&answer.body["steps_completed"], &answer.body["total_steps"]), (&json!(1), &json!(3)));
    assert_eq!(answer.body["results"].as_array().unwrap().len(), 2);
    assert!(answer.text("error").starts_with("navigate_to:"));
    let failed = &answer.body["results"][1];
    assert_eq!(
        (&failed["debug"]["code"], &failed["debug"]["retry"]),
        (&json!("navigation_failed"), &json!("same_session"))
    );
    assert!(!api.backend.log().contains(&"begin /3".to_owned()));
}

#[tokio::test]
async fn a_bad_command_is_named_and_nothing_runs() {
    let api = Api::new();
    let id = api.open().await;
    for (commands, field) in [
        (json!([go("/1"), { "command": "click" }]), "commands[1].data.selector"),
        (json!([go("/1"), { "command": "click", "data": { "selector": 5 } }]), "commands[1].data.selector"),
        (json!([go("/1"), { "command": "no_such" }]), "commands[1].command"),
        (json!([go("/1"), "click"]), "commands[1]"),
        (json!({}), "commands"),
        (json!(vec![go("/1"); 257]), "commands"),
    ] {
        let answer = api.post("/commands", &json!({ "session_id": id, "commands": commands })).await;
        assert_eq!(answer.error(), (400, "invalid_argument", Some(field)));
    }
    assert_eq!(api.post("/commands", &json!({})).await.error().2, Some("commands"));
    for field in ["session_id", "headless", "context"] {
        let answer = api.post("/commands", &json!({ "commands": [], field: 7 })).await;
        assert_eq!(answer.error(), (400, "invalid_argument", Some(field)));
    }
    assert!(api.backend.log().is_empty());
    assert_eq!(api.backend.created(), 1, "no session was made for a bad request");
    let many = json!({ "session_id": id, "commands": vec![json!({ "command": "get_cookies" }); 256] });
    assert_eq!(api.post("/commands", &many).await.body["steps_completed"], 256);
}

#[tokio::test]
async fn without_a_session_one_is_made_returned_and_closed_when_idle() {
    let config = ServerConfig::new().with_auto_created_idle_timeout(Duration::from_millis(200));
    let api = Api::with_config(config);
    let body = json!({ "commands": [go("/1")], "headless": null, "context": { "thread_id": "t" }, "session_id": null });
    let first = api.post("/commands", &body).await;
    let id = first.text("session_id");
    assert_eq!((&first.body["success"], api.backend.open()), (&json!(true), 1));
    let again = api.post("/commands", &json!({ "session_id": id, "commands": [] })).await;
    assert_eq!((again.text("session_id"), api.backend.created()), (id, 1));
    eventually("the session is closed", || api.backend.open() == 0).await;
}

#[tokio::test]
async fn an_unknown_session_is_never_made() {
    let api = Api::new();
    for id in ["session-nope", "", "../x"] {
        let answer = api.post("/commands", &json!({ "session_id": id, "commands": [] })).await;
        assert_eq!(answer.error(), (404, "invalid_session_id", Some("session_id")), "{id:?}");
        let answer = api.post("/v1/scrape", &json!({ "session_id": id, "url": "http://a.test" })).await;
        assert_eq!(answer.error(), (404, "invalid_session_id", Some("session_id")), "{id:?}");
    }
    assert_eq!(api.backend.created(), 0);
}

#[tokio::test]
async fn what_the_policy_denies_fails_in_its_place() {
    let api = Api::new();
    let body = json!({ "commands": [{ "command": "navigate_to", "data": { "url": "file:///etc/passwd" } }] });
    let answer = api.post("/commands", &body).await;
    assert_eq!(answer.body["results"][0]["debug"]["code"], "denied", "{answer:?}");
}

#[tokio::test]
async fn batches_of_two_clients_on_one_session_are_not_interleaved() {
    let api = Api::new();
    let id = api.open().await;
    let batch = |name: &str| json!({ "session_id": id, "commands": (0..5).map(|at| go(&format!("/slow/5/{name}{at}"))).collect::<Vec<_>>() });
    let (a, b) = (batch("a"), batch("b"));
    let (one, two) = tokio::join!(api.post("/commands", &a), api.post("/commands", &b));
    assert!(one.body["success"] == true && two.body["success"] == true);
    let begun: Vec<_> = api
        .backend
        .log()
        .iter()
        .filter_map(|line| line.strip_prefix("begin /slow/5/").map(|name| name[..1].to_owned()))
        .collect();
    assert!(
        begun == ["a"; 5].iter().chain(&["b"; 5]).copied().collect::<Vec<_>>()
            || begun == ["b"; 5].iter().chain(&["a"; 5]).copied().collect::<Vec<_>>(),
        "{begun:?}"
    );
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_the_session_usable_and_nothing_else() {
    let api = Api::with(crate::fake(), ServerConfig::new(), |engine| engine.command_timeout(Duration::from_secs(20)));
    let id = api.open().await;
    let body = json!({ "session_id": id, "commands": [go("/hang"), go("/never")] });
    let gone = tokio::time::timeout(Duration::from_millis(100), api.post("/commands", &body)).await;
    assert!(gone.is_err());
    let next = api.post("/commands", &json!({ "session_id": id, "commands": [go("/after")] })).await;
    assert_eq!(next.body["success"], true, "{next:?}");
    assert!(!api.backend.log().contains(&"begin /never".to_owned()));
    // One that goes away while its session is being opened leaves no session.
    let slow = crate::fake().with_create_latency(Duration::from_millis(100));
    let api = Api::with(slow, ServerConfig::new(), |engine| engine);
    let gone = tokio::time::timeout(Duration::from_millis(20), api.post("/sessions", &json!({}))).await;
    assert!(gone.is_err());
    eventually("the session is closed again", || api.backend.created() == 1 && api.backend.open() == 0).await;
}
