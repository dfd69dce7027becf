//! What the API is for: a session by curl, from login to dashboard.

use serde_json::json;

use crate::{JSON, WITH_KEY, World};

#[test]
fn a_session_logs_in_scrapes_the_dashboard_and_is_closed_once() {
    let world = World::keyed("story", &["--listen", "127.0.0.1:0"]);
    let opened = world.post(
        "/sessions",
        &json!({ "headless": false, "requested_name": "checkout-flow", "start_url": world.site.url("login") }),
    );
    assert_eq!((opened.status, &opened.body["status"]), (200, &json!("ready")), "{opened:?}");
    let id = opened.text("session_id");
    assert_eq!(opened.text("sse_url"), format!("http://{}/stream/sse?session_id={id}", world.address));
    assert!(opened.text("warning").contains("headless"));

    let login = world.post(
        "/commands",
        &json!({ "session_id": id, "commands": [
            { "command": "type_text", "data": { "selector": "#user", "text": "ada", "clear": true } },
            { "command": "type_text", "data": { "selector": "#password", "text": "lovelace" } },
            { "command": "click", "data": { "selector": "button[type=submit]" } },
            { "command": "wait_for_navigation", "data": { "timeout_ms": 10_000 } },
        ] }),
    );
    assert_eq!((login.status, &login.body["success"]), (200, &json!(true)), "{login:?}");
    assert_eq!((&login.body["steps_completed"], &login.body["session_id"]), (&json!(4), &json!(id)));

    let scraped = world
        .post("/v1/scrape", &json!({ "url": world.site.url("dashboard"), "session_id": id, "formats": ["markdown"] }));
    assert_eq!((scraped.status, &scraped.body["success"]), (200, &json!(true)), "{scraped:?}");
    assert!(scraped.body["data"]["markdown"].as_str().is_some_and(|text| text.contains("Welcome back, **ada**")));
    assert_eq!(scraped.body["data"]["metadata"]["statusCode"], 200);

    let list = world.get("/sessions");
    assert_eq!(list.body["sessions"], json!([id]));
    assert_eq!(list.body["session_details"][0]["name"], "checkout-flow");
    let closed = world.delete(&format!("/sessions/{id}"));
    assert_eq!((closed.status, &closed.body), (204, &json!(null)));
    assert_eq!(world.delete(&format!("/sessions/{id}")).error().0, 404);
    assert_eq!(world.get("/sessions").body["sessions"], json!([]));
}

#[test]
fn a_session_chooses_its_backend_and_its_browser() {
    let world = World::new("backends");
    for (wanted, name) in [
        (json!({ "backend": "cdp" }), "cdp"),
        (json!({ "browser": "chrome" }), "cdp"),
        (json!({ "backend": "webdriver", "browser": "chrome" }), "webdriver"),
        (json!({ "browser": "firefox" }), "webdriver"),
    ] {
        let id = world.open(&wanted);
        assert_eq!(world.get(&format!("/sessions/{id}")).body["backend"], name, "{wanted}");
        let scraped = world.post("/v1/scrape", &json!({ "url": world.site.url("article"), "session_id": id }));
        let text = scraped.body["data"]["markdown"].as_str().unwrap_or_default();
        assert!(text.starts_with("# How bread rises\n"), "{wanted}: {scraped:?}");
        assert_eq!(world.delete(&format!("/sessions/{id}")).status, 204);
    }
    for (wanted, field, choices) in [
        (json!({ "backend": "gopher" }), "backend", "cdp, webdriver"),
        (json!({ "browser": "netscape" }), "browser", "chrome, firefox"),
        (json!({ "backend": "cdp", "browser": "firefox" }), "browser", "the backend cdp has chrome"),
    ] {
        let refused = world.post("/sessions", &wanted);
        assert_eq!((refused.status, &refused.body["field"]), (400, &json!(field)), "{refused:?}");
        assert!(refused.text("error").contains(choices), "{refused:?}");
    }
}

#[test]
fn each_form_of_the_key_is_let_in_and_nothing_else() {
    let world = World::keyed("keys", &["--listen", "127.0.0.1:0"]);
    for header in [WITH_KEY, ("authorization", "ApiKey bak_test_0123456789abcdef"), ("x-api-key", crate::KEY)] {
        assert_eq!(world.send("GET", "/sessions", &[header], "").status, 200, "{header:?}");
    }
    for header in [
        ("x-none", ""),
        ("authorization", "Bearer bak_test_0123456789abcde"),
        ("authorization", "Basic bak_test_0123456789abcdef"),
        ("x-api-key", "bak_test_0123456789abcdee"),
    ] {
        assert_eq!(world.send("GET", "/sessions", &[header], "").error().0, 401, "{header:?}");
    }
    assert_eq!(world.send("GET", "/health", &[], "").status, 200);
    assert_eq!(world.get("/health").body["browsers"], 0, "no browser was started for any of them");
}

#[test]
fn options_of_a_session_act() {
    let world = World::new("options");
    let id = world.open(
        &json!({ "user_agent": "Mine/1.0", "viewport": { "width": 640, "height": 480 }, "isolation": "process" }),
    );
    let results = world.run(
        &id,
        &json!([
            { "command": "navigate_to", "data": { "url": world.site.url("headers") } },
            { "command": "evaluate", "data": { "expression": "[navigator.userAgent, innerWidth, innerHeight]" } },
            { "command": "get_content", "data": { "kind": "html" } },
        ]),
    );
    assert_eq!(results[1]["data"]["result"]["value"], json!(["Mine/1.0", 640, 480]));
    assert!(results[2]["data"].as_str().is_some_and(|html| html.contains("user-agent: Mine/1.0")));
    let random = world.open(&json!({ "user_agent": "Mine/1.0", "use_random_user_agent": true }));
    let results =
        world.run(&random, &json!([{ "command": "evaluate", "data": { "expression": "navigator.userAgent" } }]));
    assert!(results[0]["data"]["result"]["value"].as_str().is_some_and(|name| name.starts_with("Mozilla/5.0")));
    let hidden = world.open(&json!({ "disable_automation_detection": true }));
    let results =
        world.run(&hidden, &json!([{ "command": "evaluate", "data": { "expression": "!!navigator.webdriver" } }]));
    assert_eq!(results[0]["data"]["result"]["value"], false);
    let brief = world.open(&json!({ "idle_timeout_ms": 300 }));
    crate::processes::wait_for("the idle session to end", std::time::Duration::from_secs(5), || {
        world.get(&format!("/sessions/{brief}")).status == 404
    });
}

#[test]
fn a_foreign_host_origin_or_type_is_refused() {
    let world = World::new("foreign");
    let evil = [("host", "evil.test"), ("origin", "http://evil.test")];
    for header in evil {
        assert_eq!(world.send("POST", "/sessions", &[header], "").error().0, 403, "{header:?}");
    }
    assert_eq!(world.send("POST", "/sessions", &[("content-type", "text/plain")], "{}").error().0, 415);
    assert_eq!(world.send("POST", "/sessions", &[JSON], "[").error().0, 400);
    assert_eq!(world.get("/health").body["browsers"], 0);
}
