use std::time::Duration;

use serde_json::json;

use crate::Api;

#[tokio::test]
async fn while_draining_nothing_is_taken_and_health_says_so() {
    let api = Api::new();
    let id = api.open().await;
    let running = api.router.clone();
    let body = json!({ "session_id": id, "commands": [{ "command": "navigate_to", "data": { "url": "http://a.test/slow/150" } }] });
    let running = tokio::spawn(async move {
        let request = crate::request("POST", "/commands", &[("content-type", "application/json")], &body.to_string());
        crate::Answer::of(tower::ServiceExt::oneshot(running, request).await.unwrap()).await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    api.server.drain();
    for answer in [api.get("/sessions").await, api.post("/sessions", &json!({})).await, api.get("/nowhere").await] {
        assert_eq!(answer.error(), (503, "closed", None));
        assert!(answer.headers.contains_key("retry-after"));
    }
    let health = api.get("/health").await;
    assert_eq!((health.status.as_u16(), &health.body["state"]), (503, &json!("draining")));
    assert_eq!(running.await.unwrap().body["success"], true, "what runs may finish");
}

#[tokio::test]
async fn an_engine_that_is_shut_down_is_503() {
    let api = Api::new();
    api.engine.shutdown(Duration::ZERO).await;
    let answer = api.post("/sessions", &json!({})).await;
    assert_eq!(answer.error(), (503, "closed", None));
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(api.get("/health").await.status, 503);
}
