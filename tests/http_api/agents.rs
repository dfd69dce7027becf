//! Agents: what they are told of a page, steps, raw DevTools commands.

use serde_json::{Value, json};

use crate::World;

#[test]
fn an_agent_signs_in_by_what_it_observes() {
    let world = World::new("agent");
    let id = world.open(&json!({ "start_url": world.site.url("login") }));
    let seen = world.post("/observe", &json!({ "session_id": id }));
    assert_eq!(seen.status, 200, "{seen:?}");
    let observation = &seen.body["observation"];
    assert_eq!(
        observation["interactive_text"],
        "[0] textbox \"User\"\n[1] textbox \"Password\" type=password\n[2] button \"Sign in\""
    );
    assert!(observation["screenshot"]["bytes"].as_str().is_some_and(|bytes| bytes.starts_with("iVBOR")));
    let selector = |index: usize| observation["interactive"][index]["selector"].as_str().expect("a selector");
    let step = world.post(
        "/browser_step",
        &json!({ "session_id": id, "thinking": "sign in", "commands": [
            { "command": "type_text", "data": { "selector": selector(0), "text": "ada" } },
            { "command": "type_text", "data": { "selector": selector(1), "text": "lovelace" } },
            { "command": "click", "data": { "selector": selector(2) } },
            { "command": "wait_for_navigation" },
            { "command": "get_title" },
        ] }),
    );
    assert_eq!((step.status, &step.body["success"]), (200, &json!(true)), "{step:?}");
    assert_eq!(step.body["url"], world.site.url("dashboard"));
    assert_eq!(step.body["data"], json!({ "result": { "type": "string", "value": "Dashboard" } }));
    let seen = world.post("/browser/observe", &json!({ "session_id": id, "use_image": false }));
    let text = seen.body["observation"]["state_text"].as_str().expect("a text");
    assert!(text.contains("Welcome back, ada.") && text.contains("an article]"), "{text}");
    assert!(!serde_json::to_string(&seen.body).expect("JSON").contains("lovelace"));
}

#[test]
fn raw_devtools_commands_reach_the_page_and_no_further() {
    let world = World::new("cdp");
    let id = world.open(&json!({ "start_url": world.site.url("article") }));
    let neighbour = world.open(&json!({ "start_url": world.site.url("widgets") }));
    let cdp = |method: &str, params: Value| {
        world.post("/cdp", &json!({ "session_id": id, "method": method, "params": params }))
    };
    let answer = cdp("Runtime.evaluate", json!({ "expression": "document.title", "returnByValue": true }));
    assert_eq!((answer.status, &answer.body["result"]["value"]), (200, &json!("How bread rises")), "{answer:?}");
    assert!(cdp("Browser.getVersion", json!({})).body["product"].is_string());
    for (method, params, field) in [
        ("Target.getTargets", json!({}), "method"),
        ("Browser.close", json!({}), "method"),
        ("Fetch.enable", json!({}), "method"),
        ("DOM.setFileInputFiles", json!({ "files": ["/etc/hostname"] }), "method"),
        ("Storage.getCookies", json!({ "browserContextId": "x" }), "params.browserContextId"),
        ("Page.navigate", json!({ "url": "file:///etc/hostname" }), "params.url"),
    ] {
        assert_eq!(cdp(method, params).error(), (403, "denied".to_owned(), Some(field)), "{method}");
    }
    for (method, params, field) in [
        ("Page.noSuch", json!({}), "method"),
        ("Page.navigate", json!({}), "params"),
        ("navigate", json!({}), "method"),
    ] {
        assert_eq!(cdp(method, params).error(), (400, "invalid_argument".to_owned(), Some(field)), "{method}");
    }
    // Nobody goes to our own port.
    let own = format!("http://{}/health", world.address);
    let answer = cdp("Page.navigate", json!({ "url": own }));
    assert_eq!(answer.error(), (403, "denied".to_owned(), Some("params.url")), "{answer:?}");
    let title = world.run(&neighbour, &json!([{ "command": "get_title" }]));
    assert_eq!(title[0]["data"]["result"]["value"], "Widgets", "the neighbour is not touched");
}
