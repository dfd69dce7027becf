//! How the server ends, and that nothing of it is left.

use std::io::Read;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::processes::{Sandbox, signal, stderr, wait, wait_for};
use crate::{JSON, World, begin, send, serve};

#[test]
fn sigterm_lets_the_running_request_finish_refuses_the_rest_and_leaves_nothing() {
    let mut world = World::new("drain");
    let id = world.open(&json!({}));
    let body = json!({ "session_id": id, "commands": [{ "command": "navigate_to", "data": { "url": world.site.url("slow/1500") } }] });
    let mut running = begin(world.address, "POST", "/commands", &[JSON], &body.to_string()).expect("a connection");
    wait_for("the request to be under way", Duration::from_secs(20), || world.site.hits("/slow/1500") > 0);
    signal(&world.server, "TERM");
    std::thread::sleep(Duration::from_millis(200));
    let late = send(world.address, "POST", "/sessions", &[], "").expect("an answer");
    assert_eq!(late.error().0, 503);
    assert!(late.head.contains("retry-after: "));
    assert_eq!(send(world.address, "GET", "/health", &[], "").expect("an answer").body["state"], "draining");
    let mut answer = String::new();
    running.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"success\":true"), "{answer}");
    let status = wait(&mut world.server, Duration::from_secs(10));
    assert_eq!(status.code(), Some(0), "{}", crate::read(&world.log));
    world.sandbox.wait_until_quiet(Duration::from_secs(3));
    let left: Vec<_> = world.sandbox.left().into_iter().filter(|path| !path.ends_with("token.key")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn ctrl_c_on_an_idle_server_ends_it_with_0() {
    let mut world = World::new("ctrl-c");
    world.open(&json!({}));
    let started = Instant::now();
    signal(&world.server, "INT");
    assert_eq!(wait(&mut world.server, Duration::from_secs(10)).code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    world.sandbox.wait_until_quiet(Duration::from_secs(3));
}

#[test]
fn a_second_signal_does_not_wait() {
    let mut world = World::new("twice");
    let id = world.open(&json!({}));
    let body = json!({ "session_id": id, "commands": [{ "command": "navigate_to", "data": { "url": world.site.url("hang") } }] });
    let _running = begin(world.address, "POST", "/commands", &[JSON], &body.to_string()).expect("a connection");
    wait_for("the request to be under way", Duration::from_secs(20), || world.site.hits("/hang") > 0);
    signal(&world.server, "TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(world.server.try_wait().expect("own child").is_none(), "the first waits for the request");
    signal(&world.server, "TERM");
    assert_eq!(wait(&mut world.server, Duration::from_secs(2)).code(), Some(128 + 15));
    world.sandbox.wait_until_quiet(Duration::from_secs(3));
}

#[test]
fn kill_9_leaves_no_browser_after_three_seconds() {
    let mut world = World::new("kill");
    world.open(&json!({ "start_url": world.site.url("article") }));
    world.open(&json!({ "isolation": "process" }));
    let family = descendants(world.server.id());
    assert!(family.len() > 6, "two browsers with their children run: {family:?}");
    signal(&world.server, "KILL");
    wait(&mut world.server, Duration::from_secs(2));
    wait_for("every browser process to end", Duration::from_secs(3), || !family.iter().any(Process::is_alive));
    assert!(world.sandbox.processes().is_empty());
}

/// A process, told by its id and the moment of its start.
#[derive(Debug, PartialEq)]
struct Process {
    id: u32,
    parent: u32,
    started: u64,
}

impl Process {
    fn find(id: u32) -> Option<Self> {
        let line = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name, in brackets, may hold anything; the state follows it.
        let rest: Vec<_> = line.rsplit_once(')')?.1.split_whitespace().collect();
        (rest.first() != Some(&"Z")).then_some(())?;
        Some(Self { id, parent: rest.get(1)?.parse().ok()?, started: rest.get(19)?.parse().ok()? })
    }

    fn is_alive(&self) -> bool {
        Self::find(self.id).is_some_and(|found| found.started == self.started)
    }
}

/// The children of a process, and theirs.
fn descendants(of: u32) -> Vec<Process> {
    let names =
        std::fs::read_dir("/proc").expect("procfs").filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut rest: Vec<_> = names.filter_map(|name| Process::find(name.parse().ok()?)).collect();
    let mut family: Vec<Process> = Vec::new();
    loop {
        let is_child =
            |process: &Process| process.parent == of || family.iter().any(|known| known.id == process.parent);
        let (found, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(is_child);
        if found.is_empty() {
            return family;
        }
        family.extend(found);
        rest = others;
    }
}

#[test]
fn without_a_key_it_does_not_start_beyond_loopback() {
    let sandbox = Sandbox::new("http-open");
    let output = serve(&sandbox, &["--listen", "0.0.0.0:0"]).output().expect("the program");
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(stderr(&output).contains("loopback"), "{}", stderr(&output));
}

#[test]
fn the_token_key_is_kept_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new("token-key");
    let file = world.sandbox.path().join("token.key");
    assert_eq!(std::fs::metadata(&file).expect("a key").permissions().mode() & 0o777, 0o600);
}
