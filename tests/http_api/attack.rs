//! A page that a session visits cannot reach the server's own port, by whatever name and in whatever way.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

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

/// The ways by which a page asks for something, as they stand in the path that each of them asks for.
const WAYS: &[&str] =
    &["fetch", "post", "socket", "stream", "beacon", "image", "frame", "worker", "nested", "shared", "service"];

/// Tries all ways at once, and gives them time.
const SCRIPT: &str = r"(async (hosts, port) => {
    const quietly = attempt => { try { attempt(); } catch {} };
    const code = source => URL.createObjectURL(new Blob([source]));
    const fetches = url => `fetch(${JSON.stringify(url)}, { mode: 'no-cors' }).catch(() => {});`;
    const registration = await navigator.serviceWorker.register('/script/asks');
    const service = registration.installing ?? registration.active;
    while (service.state !== 'activated') await new Promise(done => service.addEventListener('statechange', done, { once: true }));
    for (const host of hosts) {
        const to = way => `http://${host}:${port}/canary/${way}`;
        fetch(to('fetch'), { mode: 'no-cors' }).catch(() => {});
        fetch(to('post'), { mode: 'no-cors', method: 'POST', body: '{}' }).catch(() => {});
        quietly(() => new WebSocket(to('socket').replace('http', 'ws')));
        quietly(() => new EventSource(to('stream')));
        quietly(() => navigator.sendBeacon(to('beacon'), 'x'));
        quietly(() => { new Image().src = to('image'); });
        quietly(() => {
            const frame = document.createElement('iframe');
            frame.src = to('frame');
            document.body.append(frame);
        });
        quietly(() => {
            const worker = new Worker(code(fetches(to('worker'))));
            setTimeout(() => worker.terminate(), 2500);
        });
        quietly(() => {
            const inner = `new Worker(URL.createObjectURL(new Blob([${JSON.stringify(fetches(to('nested')))}])))`;
            const worker = new Worker(code(inner));
            setTimeout(() => worker.terminate(), 2500);
        });
        quietly(() => new SharedWorker(code(fetches(to('shared')))));
        service.postMessage(to('service'));
    }
    await new Promise(done => setTimeout(done, 3000));
    return hosts.length;
})";

/// Collects what is asked of a port, and answers nothing.
fn listen() -> (u16, Arc<Mutex<BTreeSet<String>>>) {
    let listener = TcpListener::bind("[::]:0").or_else(|_| TcpListener::bind("0.0.0.0:0")).expect("a free port");
    let port = listener.local_addr().expect("a port").port();
    let asked = Arc::new(Mutex::new(BTreeSet::new()));
    let noted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let noted = Arc::clone(&noted);
            std::thread::spawn(move || {
                let mut line = String::new();
                let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
                let _ = BufReader::new(stream).read_line(&mut line);
                let way = line.split_whitespace().nth(1).and_then(|path| path.strip_prefix("/canary/"));
                noted.lock().expect("nobody panics here").extend(way.map(str::to_owned));
            });
        }
    });
    (port, asked)
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
    // The control: each of the ways leads to another port of this machine.
    let reached = reached.lock().expect("nobody panics here").clone();
    for way in WAYS {
        assert!(reached.contains(*way), "the attack by {way} does not work at all: {reached:?}");
    }
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
