//! Callers who get in each other's way on one session.

use std::io::Read;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::processes::wait_for;
use crate::{JSON, World, begin};

fn evaluate(expression: &str) -> Value {
    json!({ "command": "evaluate", "data": { "expression": expression } })
}

/// Sends commands that hold up the session, and waits until they are under way.
fn held_up(world: &World, id: &str) -> std::net::TcpStream {
    let fetch = format!("fetch('/late-data/0?begun-{id}').then(() => new Promise(() => {{}}))");
    let body = json!({ "session_id": id, "commands": [evaluate(&fetch), evaluate("fetch('/status/200')")] });
    let before = world.site.hits("/late-data/0");
    let stream = begin(world.address, "POST", "/commands", &[JSON], &body.to_string()).expect("a connection");
    wait_for("the command to be under way", Duration::from_secs(20), || world.site.hits("/late-data/0") > before);
    stream
}

fn answer(mut stream: std::net::TcpStream) -> (String, Value) {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    (head.lines().next().unwrap_or_default().to_owned(), serde_json::from_str(body).expect("JSON"))
}

#[test]
fn a_delete_in_the_middle_of_a_command_ends_it_and_what_waits_behind_it() {
    let world = World::new("delete-midway");
    let id = world.open(&json!({ "start_url": world.site.url("article") }));
    let running = held_up(&world, &id);
    let calls = [
        ("/commands", json!({ "session_id": id, "commands": [evaluate("fetch('/status/404')")] })),
        ("/observe", json!({ "session_id": id })),
        ("/browser_step", json!({ "session_id": id, "commands": [evaluate("fetch('/status/404')")] })),
        ("/cdp", json!({ "session_id": id, "method": "Runtime.evaluate", "params": { "expression": "1" } })),
    ];
    let waiting =
        calls.map(|(path, body)| begin(world.address, "POST", path, &[JSON], &body.to_string()).expect("a connection"));
    std::thread::sleep(Duration::from_millis(200));
    let started = Instant::now();
    assert_eq!(world.delete(&format!("/sessions/{id}")).status, 204);
    let (status, body) = answer(running);
    assert!(status.contains(" 200 ") && body["success"] == false, "{status} {body}");
    assert_eq!((&body["steps_completed"], body["results"].as_array().map(Vec::len)), (&json!(0), Some(1)));
    assert_eq!(body["results"][0]["debug"]["code"], "invalid_session_id", "{body}");
    for waiting in waiting {
        let (status, body) = answer(waiting);
        assert!(status.contains(" 404 ") && body["code"] == "invalid_session_id", "{status} {body}");
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!((world.site.hits("/status/200"), world.site.hits("/status/404")), (0, 0), "what waited did not run");
    let next = world.open(&json!({ "start_url": world.site.url("article") }));
    let commands = json!([{ "command": "get_title" }, evaluate("fetch('/status/404').then(() => 1)")]);
    assert_eq!(world.run(&next, &commands)[0]["data"]["result"]["value"], "How bread rises");
    assert_eq!(world.site.hits("/status/404"), 1, "the control: what runs arrives");
}

#[test]
fn of_many_deletes_at_once_each_finds_the_session_closed() {
    let world = World::new("double-delete");
    for held in [false, true] {
        let id = world.open(&json!({ "start_url": world.site.url("article") }));
        let running = held.then(|| held_up(&world, &id));
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let one = || world.delete(&format!("/sessions/{id}")).status;
            let all: Vec<_> = (0..6).map(|_| scope.spawn(one)).collect();
            all.into_iter().map(|one| one.join().expect("no panic")).collect()
        });
        statuses.sort_unstable();
        // Those that come while it is being closed wait for the same closing.
        assert!(statuses[0] == 204 && statuses.iter().all(|status| matches!(status, 204 | 404)), "{statuses:?}");
        assert_eq!(world.delete(&format!("/sessions/{id}")).error().0, 404);
        drop(running);
    }
    assert_eq!(world.get("/sessions").body["sessions"], json!([]));
    assert_eq!(world.get("/health").body["slots"]["used"], 0);
}

#[test]
fn batches_steps_and_observations_take_turns_in_the_order_of_their_coming() {
    let world = World::new("turns");
    let id = world.open(&json!({ "start_url": world.site.url("article") }));
    let step = |name: &str| {
        evaluate(&format!(
            "new Promise(done => setTimeout(done, 30)).then(() => document.body.dataset.log = (document.body.dataset.log ?? '') + '{name}')"
        ))
    };
    // The first holds the session until all others wait behind it.
    let hold = "new Promise(done => setTimeout(done, 1500)).then(() => document.title = 'held')";
    let calls = [
        ("/commands", json!({ "session_id": id, "commands": [evaluate(hold)] })),
        ("/commands", json!({ "session_id": id, "commands": vec![step("a"); 5] })),
        ("/browser_step", json!({ "session_id": id, "commands": vec![step("b"); 5] })),
        (
            "/cdp",
            json!({ "session_id": id, "method": "Runtime.evaluate", "params": { "expression": "document.body.dataset.log" } }),
        ),
        ("/commands", json!({ "session_id": id, "commands": vec![step("c"); 5] })),
    ];
    let streams = calls.map(|(path, body)| {
        let stream = begin(world.address, "POST", path, &[JSON], &body.to_string()).expect("a connection");
        std::thread::sleep(Duration::from_millis(100));
        stream
    });
    let answers = streams.map(answer);
    assert!(answers.iter().all(|(status, _)| status.contains(" 200 ")), "{answers:?}");
    assert_eq!(answers[3].1["result"]["value"], "aaaaabbbbb");
    let log = world.run(&id, &json!([evaluate("document.body.dataset.log")]));
    assert_eq!(log[0]["data"]["result"]["value"], "aaaaabbbbbccccc");
}
