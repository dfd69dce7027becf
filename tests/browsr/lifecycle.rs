//! Nothing is left running, whatever happens: many sessions, signals, and the hard way.
#![expect(clippy::print_stdout, reason = "a role tells its test what it saw")]

use std::process::Command;
use std::time::{Duration, Instant};

use browsr::conformance::Site;
use browsr::{CdpBackend, Engine, Isolation, LaunchOptions, ScrapeRequest, SessionOptions};

use crate::cli::with_site;
use crate::processes::{Sandbox, signal, stderr, wait, wait_for};
use crate::stdout;

/// The environment variable that turns a child of this test program into one of the roles below.
const ROLE: &str = "BROWSR_TEST_ROLE";

/// Starts this test program anew in a role, with its temporary files in the sandbox.
fn role(sandbox: &Sandbox, name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "--ignored", "--nocapture", &format!("lifecycle::{name}")]);
    command.env(ROLE, name).env("TMPDIR", sandbox.path());
    command
}

fn engine() -> Engine {
    Engine::builder().backend(CdpBackend::launch(LaunchOptions::new())).max_sessions(4).build().expect("an engine")
}

/// Our own resident memory in KiB.
fn memory() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("procfs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn two_hundred_sessions_leak_nothing() {
    let sandbox = Sandbox::new("cycles");
    let output = role(&sandbox, "cycles").output().expect("the role");
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("200 sessions"), "{}", stdout(&output));
    sandbox.wait_until_quiet(Duration::from_secs(3));
    assert!(sandbox.left().is_empty(), "{:?}", sandbox.left());
}

#[test]
#[ignore = "a role that another test starts in a process of its own"]
fn cycles() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let site = Site::start().await.expect("a free port");
        let engine = engine();
        let mut after = [0; 2];
        let mut number = 0;
        for half in &mut after {
            for _ in 0..25 {
                let work = (0..4).map(|_| {
                    number += 1;
                    cycle(&engine, site.url(&format!("slow/{}", number % 7 + 1)), number % 7 + 1)
                });
                futures_util::future::join_all(work).await;
            }
            *half = memory();
        }
        let status = engine.status();
        assert_eq!((status.sessions, status.waiting), (0, 0));
        engine.shutdown(Duration::from_secs(5)).await;
        let grown = after[1] - after[0];
        println!("{number} sessions, own memory {} KiB then {} KiB", after[0], after[1]);
        assert!(grown < 4096, "grew by {grown} KiB");
    });
}

async fn cycle(engine: &Engine, url: String, number: i32) {
    let session = engine.create_session(SessionOptions::new()).await.expect("a session");
    let page = session.scrape(&ScrapeRequest::parse(&url).expect("a URL")).await.expect("a page");
    let markdown = page.markdown.unwrap_or_default();
    assert!(markdown.contains(&format!("# Slow {number}\n")), "wrong page: {markdown}");
    session.close().await.expect("closing");
}

/// Starts a scrape that does not end, ends the program by a signal in the middle of it, and looks what is left.
fn ended_by(name: &'static str, options: &'static [&'static str]) {
    with_site(move |site| {
        let sandbox = Sandbox::new(name);
        let url = site.url("hang");
        let mut child = sandbox.browsr(&[&["scrape", &url], options].concat()).spawn().expect("the program");
        wait_for("the scrape to be under way", Duration::from_secs(20), || site.hits("/hang") > 0);
        assert!(!sandbox.processes().is_empty(), "no browser runs");
        signal(&child, name);
        let status = wait(&mut child, Duration::from_secs(5));
        assert!(!status.success());
        let taken = sandbox.wait_until_quiet(Duration::from_secs(3));
        // What a killed program could not remove, the next one does.
        let url = site.url("article");
        let output = sandbox.browsr(&[&["scrape", &url], options].concat()).output().expect("the program");
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stdout(&output).starts_with("# How bread rises\n"), "{}", stdout(&output));
        assert!(sandbox.left().is_empty(), "after {taken:?}: {:?}", sandbox.left());
    });
}

#[test]
fn kill_9_in_the_middle_of_work_leaves_no_browser() {
    ended_by("KILL", &[]);
}

#[test]
fn kill_9_in_the_middle_of_work_leaves_no_chromedriver() {
    ended_by("KILL", &["--backend", "webdriver"]);
}

#[test]
fn kill_9_in_the_middle_of_work_leaves_no_geckodriver() {
    ended_by("KILL", &["--backend", "webdriver", "--browser", "firefox"]);
}

#[test]
fn sigterm_in_the_middle_of_work_leaves_no_geckodriver() {
    ended_by("TERM", &["--backend", "webdriver", "--browser", "firefox"]);
}

#[test]
fn sigterm_in_the_middle_of_work_leaves_no_browser() {
    ended_by("TERM", &[]);
}

#[test]
fn ctrl_c_in_the_middle_of_work_leaves_no_browser() {
    ended_by("INT", &[]);
}

#[test]
fn a_panic_leaves_no_browser() {
    let sandbox = Sandbox::new("panic");
    let output = role(&sandbox, "panics").output().expect("the role");
    assert!(!output.status.success());
    assert!(stderr(&output).contains("on purpose"), "{}", stderr(&output));
    sandbox.wait_until_quiet(Duration::from_secs(3));
}

#[test]
#[ignore = "a role that another test starts in a process of its own"]
fn panics() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let engine = engine();
        let _session = engine.create_session(SessionOptions::new()).await.expect("a session");
        assert!(std::env::var_os(ROLE).is_none(), "on purpose");
    });
}

#[test]
fn a_browser_that_dies_takes_its_sessions_along_and_is_started_anew() {
    let sandbox = Sandbox::new("dies");
    let output = role(&sandbox, "survives").output().expect("the role");
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    sandbox.wait_until_quiet(Duration::from_secs(3));
    assert!(sandbox.left().is_empty(), "{:?}", sandbox.left());
}

#[test]
#[ignore = "a role that another test starts in a process of its own"]
fn survives() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let site = Site::start().await.expect("a free port");
        let engine = engine();
        let session = engine.create_session(SessionOptions::new()).await.expect("a session");
        session.navigate(site.url("article")).await.expect("a page");
        let temporary = std::env::temp_dir().to_string_lossy().into_owned();
        let hang = session.evaluate("new Promise(() => {})");
        let kill = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            // Only processes whose command line names the folder of this test.
            Command::new("pkill").args(["-KILL", "-f", &format!("user-data-dir={temporary}")]).status().expect("pkill")
        };
        let start = Instant::now();
        let (result, _) = tokio::join!(hang, kill);
        let error = result.expect_err("the browser is dead");
        assert_eq!(error.kind(), browsr::ErrorKind::SessionLost, "{error:?}");
        assert!(start.elapsed() < Duration::from_millis(1300), "{:?}", start.elapsed());
        let next = engine.create_session(SessionOptions::new()).await.expect("a new browser");
        next.navigate(site.url("form")).await.expect("a page");
        let own = engine.create_session(SessionOptions::new().with_isolation(Isolation::Process)).await;
        own.expect("a browser of its own").close().await.expect("closing");
        engine.shutdown(Duration::from_secs(5)).await;
    });
}
