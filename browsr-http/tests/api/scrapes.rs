use std::sync::Arc;
use std::time::Duration;

use browsr_http::ServerConfig;
use serde_json::json;

use crate::Api;

#[tokio::test]
async fn a_page_is_scraped_in_the_session_or_in_one_made_on_the_fly() {
    let api = Api::new();
    let answer = api.post("/v1/scrape", &json!({ "url": "http://a.test/" })).await;
    assert_eq!((answer.status.as_u16(), &answer.body["success"]), (200, &json!(true)));
    assert!(answer.body["data"]["markdown"].is_string() && answer.body["data"].get("html").is_none());
    assert_eq!(answer.body["data"]["metadata"]["statusCode"], 200);
    assert!(answer.body.get("error").is_none());
    let id = answer.text("session_id");
    for key in ["session_id", "sessionId"] {
        let body = json!({ key: id, "url": "http://a.test/", "formats": ["html"], "onlyMainContent": false });
        let answer = api.post("/v1/scrape", &body).await;
        assert_eq!(answer.text("session_id"), id);
        assert!(answer.body["data"]["html"]["full"].as_str().unwrap().contains("<h1>"));
    }
    assert_eq!(api.backend.created(), 1);
}

#[tokio::test]
async fn a_page_that_cannot_be_loaded_is_told_in_the_answer() {
    let api = Api::new();
    let answer = api.post("/v1/scrape", &json!({ "url": "http://a.test/refused" })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["success"], false);
    assert!(answer.text("error").contains("refused"));
    assert_eq!(answer.body["data"]["metadata"]["sourceURL"], "http://a.test/refused");
    assert_eq!(answer.body["debug"]["code"], "navigation_failed");
    assert!(answer.text("session_id").starts_with("session-"));
}

#[tokio::test]
async fn a_bad_scrape_is_named_and_makes_no_session() {
    let api = Api::new();
    for (body, expected) in [
        (json!({}), (400, "invalid_argument", Some("url"))),
        (json!({ "url": "http://a.test", "fromats": [] }), (400, "invalid_argument", Some("fromats"))),
        (json!({ "url": "http://a.test", "formats": ["pdf"] }), (400, "invalid_argument", Some("formats[0]"))),
        (json!({ "url": "http://a.test", "formats": ["agent"] }), (501, "unsupported", Some("formats[0]"))),
        (
            json!({ "url": "http://a.test", "actions": [{ "type": "click" }] }),
            (400, "invalid_argument", Some("actions[0].selector")),
        ),
        (json!({ "url": "http://a.test", "session_id": 1 }), (400, "invalid_argument", Some("session_id"))),
        (json!({ "url": "file:///etc/passwd" }), (403, "denied", Some("url"))),
    ] {
        for path in ["/v1/scrape", "/scrape"] {
            let answer = api.post(path, &body).await;
            assert_eq!(answer.error(), expected, "{body}");
        }
    }
    assert_eq!(api.backend.created(), 0);
}

#[tokio::test]
async fn a_deadline_is_504_and_a_lost_browser_500_after_a_second_try() {
    let api = Api::with(crate::fake(), ServerConfig::new(), |engine| engine.scrape_timeout(Duration::from_secs(3)));
    let lost = api.post("/v1/scrape", &json!({ "url": "http://a.test/lost" })).await;
    assert_eq!(lost.error(), (500, "session_lost", None));
    assert_eq!(api.backend.created(), 2);
    let late = api.post("/v1/scrape", &json!({ "url": "http://a.test/slow/60000" })).await;
    assert_eq!(late.error(), (504, "timeout", None));
    assert!(late.text("session_id").starts_with("session-"));
}

#[tokio::test]
async fn a_hundred_scrapes_eight_at_a_time_pass_through_four_slots() {
    let backend = crate::fake().with_create_latency(Duration::from_millis(2));
    let api = Arc::new(Api::with(backend, ServerConfig::new(), |engine| engine.max_sessions(4)));
    let workers = (0..8).map(|worker| {
        let api = Arc::clone(&api);
        tokio::spawn(async move {
            for at in (worker..100).step_by(8) {
                let answer = api.post("/v1/scrape", &json!({ "url": format!("http://a.test/{at}") })).await;
                assert_eq!((answer.status.as_u16(), &answer.body["success"]), (200, &json!(true)), "{answer:?}");
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    assert!(api.backend.most_open() <= 4);
    assert_eq!(api.backend.log().iter().filter(|line| line.starts_with("begin")).count(), 100);
}
