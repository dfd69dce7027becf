//! A page that a session visits cannot reach the server's own port, by whatever name and in whatever way.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::{KEY, World, read};

/// This machine, by every spelling that a browser takes.
const SPELLINGS: &[&str] = &[
    "127.0.0.1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.2",
    "127.255.255.254",
    "0",
    "0.0.0.0",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::]",
    "%31%32%37.0.0.1",
    "１２７.0.0.1",
    "127。0。0。1",
    "ⓛocalhost",
];

/// Tries all ways at once, and gives them time.
const SCRIPT: &str = r"(async (hosts, port) => {
    const quietly = attempt => { try { attempt(); } catch {} };
    for (const host of hosts) {
        const url = `http://${host}:${port}/canary`;
        fetch(url, { mode: 'no-cors' }).catch(() => {});
        fetch(url, { mode: 'no-cors', method: 'POST', body: '{}' }).catch(() => {});
        quietly(() => new WebSocket(`ws://${host}:${port}/canary`));
        quietly(() => new EventSource(url));
        quietly(() => navigator.sendBeacon(url, 'x'));
        quietly(() => { new Image().src = url; });
        quietly(() => {
            const frame = document.createElement('iframe');
            frame.src = url;
            document.body.append(frame);
        });
        quietly(() => {
            const worker = new Worker(URL.createObjectURL(new Blob([
                `fetch(${JSON.stringify(url)}, { mode: 'no-cors' }).catch(() => {});`])));
            setTimeout(() => worker.terminate(), 2000);
        });
    }
    await new Promise(done => setTimeout(done, 2500));
    return hosts.length;
})";

/// Counts the connections to a port, and says nothing to any.
fn listen() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("[::]:0").or_else(|_| TcpListener::bind("0.0.0.0:0")).expect("a free port");
    let port = listener.local_addr().expect("a port").port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for _ in listener.incoming() {
            counted.fetch_add(1, Ordering::AcqRel);
        }
    });
    (port, count)
}

#[test]
fn a_page_cannot_reach_the_port_of_the_server_by_any_spelling_or_way() {
    let v6 = TcpListener::bind("[::]:0").is_ok();
    let listen_on = if v6 { "[::]:0" } else { "0.0.0.0:0" };
    let logged = [("BROWSR_API_KEY", KEY), ("RUST_LOG", "browsr_http=trace")];
    let world = World::with("attack", &["--listen", listen_on], &logged);
    let own = world.address.port();
    let (control, reached) = listen();
    let id = world.open(&json!({ "start_url": world.site.url("article") }));
    let hosts = json!(SPELLINGS);
    let attack = |port: u16| {
        let expression = format!("{SCRIPT}({hosts}, {port})");
        let results = world.run(&id, &json!([{ "command": "evaluate", "data": { "expression": expression } }]));
        assert_eq!(results[0]["data"]["result"]["value"], SPELLINGS.len());
    };
    let mut sent = 1; // the session
    attack(control);
    let reached = reached.load(Ordering::Acquire);
    assert!(reached > SPELLINGS.len(), "the attack itself does not work: {reached} connections to another port");
    attack(own);
    sent += 2;
    for host in SPELLINGS {
        let url = format!("http://{host}:{own}/canary");
        let went = world.post(
            "/commands",
            &json!({ "session_id": id, "commands": [{ "command": "navigate_to", "data": { "url": url } }] }),
        );
        assert_eq!(went.body["success"], false, "{url}: {went:?}");
        // By the page itself, and by a redirect as a link would.
        let away = json!({ "command": "evaluate", "data": { "expression": format!("void (location.href = {})", json!(url)) } });
        let back = json!({ "command": "navigate_to", "data": { "url": world.site.url("article") } });
        world.post("/commands", &json!({ "session_id": id, "commands": [away, { "command": "wait_for_navigation", "data": { "timeout_ms": 2000 } }] }));
        world.run(&id, &json!([back]));
        sent += 3;
    }
    let log = read(&world.log);
    let connections =
        log.lines().filter(|line| line.ends_with("connection") || line.contains("connection peer=")).count();
    assert_eq!(connections, sent, "connections that are not ours");
    assert!(!log.contains("/canary"), "a page reached the server");
}
