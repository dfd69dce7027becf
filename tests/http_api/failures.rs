//! What goes wrong is told, with the right status.

use std::net::TcpListener;

use serde_json::json;

use crate::World;

#[test]
fn a_start_url_or_a_browser_that_cannot_be_used_is_422() {
    let world = World::new("unusable");
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let refused = world.post("/sessions", &json!({ "start_url": format!("http://{closed}/") }));
    assert_eq!(refused.error(), (422, "navigation_failed".to_owned(), Some("start_url")));
    let nowhere = world.post("/sessions", &json!({ "start_url": "http://no-such-host.invalid/" }));
    assert_eq!(nowhere.error().0, 422);
    let absent = world.post("/sessions", &json!({ "cdp_url": format!("http://{closed}") }));
    assert_eq!((absent.error().0, absent.error().2), (422, Some("cdp_url")), "{absent:?}");
    // A server that is no browser.
    let absent = world.post("/sessions", &json!({ "cdp_url": world.site.url("") }));
    assert_eq!((absent.error().0, absent.error().2), (422, Some("cdp_url")), "{absent:?}");
    assert_eq!(world.get("/sessions").body["sessions"], json!([]));
    assert_eq!(world.get("/health").body["slots"]["used"], 0);
}

#[test]
fn a_page_that_cannot_be_loaded_is_told_in_the_answer() {
    let world = World::new("unloadable");
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    for url in [format!("http://{closed}/"), world.site.url("redirect-loop"), "http://no-such-host.invalid/".to_owned()]
    {
        let answer = world.post("/v1/scrape", &json!({ "url": url }));
        assert_eq!((answer.status, &answer.body["success"]), (200, &json!(false)), "{answer:?}");
        assert!(!answer.text("error").is_empty() && answer.body["data"]["metadata"]["sourceURL"] == json!(url));
        assert!(answer.text("session_id").starts_with("session-"));
    }
    let missing = world.post("/v1/scrape", &json!({ "url": world.site.url("status/404") }));
    assert_eq!(
        (&missing.body["success"], &missing.body["data"]["metadata"]["statusCode"]),
        (&json!(true), &json!(404))
    );
}

#[test]
fn a_failed_command_names_itself_and_its_selector_and_ends_the_batch() {
    let world = World::with("failed", &["--listen", "127.0.0.1:0", "--command-timeout", "1"], &[]);
    let id = world.open(&json!({ "start_url": world.site.url("article") }));
    let answer = world.post(
        "/commands",
        &json!({ "session_id": id, "commands": [
        { "command": "get_title" },
        { "command": "click", "data": { "selector": "#no-such-thing" } },
        { "command": "get_title" },
    ] }),
    );
    assert_eq!(
        (answer.status, &answer.body["success"], &answer.body["steps_completed"]),
        (200, &json!(false), &json!(1))
    );
    assert_eq!(answer.body["results"].as_array().map(Vec::len), Some(2));
    let error = answer.text("error");
    assert!(error.contains("click") && error.contains("#no-such-thing"), "{error}");
    assert_eq!(answer.body["results"][1]["debug"]["code"], "no_such_element");
}

#[test]
fn a_deadline_is_504_and_the_session_lives_on() {
    let world = World::with("late", &["--listen", "127.0.0.1:0", "--scrape-timeout", "1.5"], &[]);
    let id = world.open(&json!({}));
    let late = world.post("/v1/scrape", &json!({ "url": world.site.url("hang"), "session_id": id }));
    assert_eq!(late.error().0, 504, "{late:?}");
    let next = world.post("/v1/scrape", &json!({ "url": world.site.url("article"), "session_id": id }));
    assert_eq!((next.status, &next.body["success"]), (200, &json!(true)), "{next:?}");
}

#[test]
fn beyond_the_capacity_is_429_and_the_slot_of_an_idle_session_made_on_the_fly_is_taken_at_once() {
    let world = World::with("full", &["--listen", "127.0.0.1:0", "--max-sessions", "1", "--slot-timeout", "0.5"], &[]);
    let made = world.post("/commands", &json!({ "commands": [{ "command": "get_title" }] }));
    assert_eq!(made.status, 200);
    let id = world.open(&json!({}));
    assert_ne!(made.text("session_id"), id);
    assert_eq!(world.get(&format!("/sessions/{}", made.text("session_id"))).status, 404, "it gave way");
    let full = world.post("/sessions", &json!({}));
    assert_eq!(full.error().0, 429);
    assert!(full.head.contains("retry-after: "), "{}", full.head);
    world.delete(&format!("/sessions/{id}"));
    world.open(&json!({}));
}

#[test]
fn a_browser_that_cannot_be_started_is_500() {
    let world = World::with("no-browser", &["--listen", "127.0.0.1:0", "--chrome", "/bin/false"], &[]);
    let answer = world.post("/sessions", &json!({}));
    assert_eq!(answer.error().0, 500, "{answer:?}");
    assert_eq!(world.get("/health").body["slots"]["used"], 0);
}

#[test]
fn no_page_leaves_the_web() {
    let world = World::new("schemes");
    let id = world.open(&json!({ "start_url": world.site.url("article") }));
    for url in [
        "file:///etc/hostname",
        "FILE:///etc/hostname",
        "view-source:file:///etc/hostname",
        "chrome://version",
        "devtools://devtools/bundled/inspector.html",
        "data:text/html,x",
        "javascript:1",
    ] {
        assert_eq!(world.post("/sessions", &json!({ "start_url": url })).error().0, 403, "{url}");
        assert_eq!(world.post("/v1/scrape", &json!({ "url": url })).error().0, 403, "{url}");
        let denied = world.post(
            "/commands",
            &json!({ "session_id": id, "commands": [{ "command": "navigate_to", "data": { "url": url } }] }),
        );
        assert_eq!(denied.body["results"][0]["debug"]["code"], "denied", "{url}: {denied:?}");
    }
    // And when the page tries itself.
    for script in [
        "location.href = 'file:///etc/hostname'",
        "void open('file:///etc/hostname')",
        "location.href = 'chrome://version'",
        "void open('chrome://version')",
    ] {
        world.post(
            "/commands",
            &json!({ "session_id": id, "commands": [
            { "command": "evaluate", "data": { "expression": script } }, { "command": "wait_for_navigation" },
        ] }),
        );
        let results =
            world.run(&id, &json!([{ "command": "evaluate", "data": { "expression": "location.protocol" } }]));
        assert_eq!(results[0]["data"]["result"]["value"], "http:", "{script}");
    }
}

#[test]
fn what_happened_on_the_way_is_told() {
    let world = World::new("happened");
    let opened = world.post("/sessions", &json!({ "start_url": world.site.url("download"), "max_pages": 3 }));
    assert_eq!(opened.status, 200, "{opened:?}");
    assert!(opened.text("warning").contains("application/octet-stream"), "{opened:?}");
    let navigation = &opened.body["navigation"];
    assert_eq!(
        (&navigation["committed"], &navigation["status"], &navigation["download"]["suggested_name"]),
        (&json!(false), &json!(200), &json!("data.bin"))
    );
    // The control: a page has neither.
    let opened = world.post("/sessions", &json!({ "start_url": world.site.url("article"), "headless": true }));
    assert_eq!((&opened.body["navigation"], &opened.body["warning"]), (&json!(null), &json!(null)), "{opened:?}");
    let many = world.post("/sessions", &json!({ "max_pages": 101 }));
    assert_eq!((many.error().0, many.error().2), (400, Some("max_pages")), "{many:?}");

    let half = world.post("/v1/scrape", &json!({ "url": world.site.url("broken/length") }));
    assert_eq!((&half.body["success"], &half.body["data"]["incomplete"]), (&json!(true), &json!(true)), "{half:?}");
    assert_eq!(half.body["debug"]["navigation"]["network_error"], "net::ERR_CONTENT_LENGTH_MISMATCH");
    let archive = world.post("/v1/scrape", &json!({ "url": world.site.url("archive") }));
    let metadata = &archive.body["data"]["metadata"];
    assert_eq!((&metadata["statusCode"], &metadata["contentType"]), (&json!(200), &json!("application/zip")));
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let dead = world.post("/v1/scrape", &json!({ "url": format!("http://{closed}/") }));
    assert_eq!(dead.body["debug"]["navigation"]["network_error"], "net::ERR_CONNECTION_REFUSED", "{dead:?}");
}

#[test]
fn commands_may_carry_files() {
    let world = World::new("large");
    let id = world.open(&json!({ "start_url": world.site.url("components") }));
    let bytes = "QUFB".repeat(700_000);
    let upload = json!([{ "command": "upload_file",
        "data": { "selector": "#files", "files": [{ "name": "a.txt", "base64": bytes }] } },
        { "command": "evaluate", "data": { "expression": "document.querySelector('#files').files[0].size" } }]);
    let results = world.run(&id, &upload);
    assert_eq!(results[1]["data"]["result"]["value"], 2_100_000, "{results:?}");
}
