//! Many callers at once.

use std::time::Duration;

use serde_json::json;

use crate::processes::wait_for;
use crate::{JSON, World, begin};

#[test]
fn a_hundred_scrapes_eight_at_a_time_pass_through_four_slots_each_with_its_page() {
    let world = World::with("hundred", &["--listen", "127.0.0.1:0", "--max-sessions", "4"], &[]);
    std::thread::scope(|scope| {
        for worker in 0..8_u32 {
            let world = &world;
            scope.spawn(move || {
                for number in (worker..100).step_by(8) {
                    let url = world.site.url(&format!("slow/{number}"));
                    let answer = world.post("/v1/scrape", &json!({ "url": url }));
                    assert_eq!((answer.status, &answer.body["success"]), (200, &json!(true)), "{answer:?}");
                    let markdown = answer.body["data"]["markdown"].as_str().unwrap_or_default();
                    assert!(markdown.contains(&format!("# Slow {number}\n")), "wrong page: {markdown}");
                }
            });
        }
    });
    assert!(world.get("/sessions").body["sessions"].as_array().is_some_and(|sessions| sessions.len() <= 4));
}

#[test]
fn batches_of_two_clients_on_one_session_are_not_interleaved() {
    let world = World::new("two-clients");
    let id = world.open(&json!({ "start_url": world.site.url("article") }));
    let batch = |name: &str| {
        let step = json!({ "command": "evaluate", "data": { "expression": format!("new Promise(done => setTimeout(done, 20)).then(() => (window.log ??= []).push('{name}'))") } });
        json!({ "session_id": id, "commands": vec![step; 8] })
    };
    std::thread::scope(|scope| {
        for name in ["a", "b"] {
            let (world, batch) = (&world, batch(name));
            scope.spawn(move || assert_eq!(world.post("/commands", &batch).body["success"], true));
        }
    });
    let results = world.run(&id, &json!([{ "command": "evaluate", "data": { "expression": "log.join('')" } }]));
    let log = results[0]["data"]["result"]["value"].as_str().expect("a log");
    assert!(["aaaaaaaabbbbbbbb", "bbbbbbbbaaaaaaaa"].contains(&log), "{log}");
}

#[test]
fn a_client_that_hangs_up_in_the_middle_frees_the_session_for_the_next() {
    let world = World::new("hangs-up");
    let id = world.open(&json!({}));
    let body = json!({ "session_id": id, "commands": [
        { "command": "navigate_to", "data": { "url": world.site.url("hang") } },
        { "command": "navigate_to", "data": { "url": world.site.url("status/200") } },
    ] });
    let stream = begin(world.address, "POST", "/commands", &[JSON], &body.to_string()).expect("a connection");
    wait_for("the command to be under way", Duration::from_secs(20), || world.site.hits("/hang") > 0);
    drop(stream);
    let started = std::time::Instant::now();
    let results = world.run(
        &id,
        &json!([
            { "command": "navigate_to", "data": { "url": world.site.url("article") } }, { "command": "get_title" },
        ]),
    );
    assert!(results[1]["data"]["result"]["value"].is_string());
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(world.site.hits("/status/200"), 0, "what had not begun did not run");
}
