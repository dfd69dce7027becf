use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use browsr_cdp::{CdpBackend, Doctor, HeadlessBinary, LaunchOptions, Sandbox, SandboxState, Transport};
use browsr_core::{BrowserBackend, Endpoint, ErrorKind, Isolation, Script, SessionOptions};

use crate::support::*;

cases! {
    a_killed_browser_ends_its_sessions_and_is_replaced
    first_sessions_at_the_same_time_share_one_browser
    a_browser_stays_when_its_last_session_closes
    a_browser_of_one_session_ends_with_it
    owners_share_no_browser_and_unused_ones_give_way
    a_hung_page_closes_in_time
    a_dropped_session_leaves_no_page
    a_session_that_nobody_waits_for_is_not_opened
    shutdown_leaves_nothing
    dropping_the_backend_leaves_nothing
    the_browser_is_not_root_and_confines_its_pages
    pages_cannot_reach_blocked_ports
    a_browser_that_cannot_start_says_why
    killing_our_process_ends_the_browser
    a_port_works_where_there_is_no_pipe
    the_doctor_tells_the_browser_and_its_sandbox
}

macro_rules! once {
    ($($name:ident)*) => {
        pub(crate) const ONCE: &[Once] = &[$(Once { name: stringify!($name), run: || Box::pin($name()) }),*];
    };
}

once! {
    a_missing_browser_is_named
    a_program_that_is_no_browser_fails_in_time
    a_sweep_takes_what_the_dead_left_and_nothing_else
}

/// The processes of a group that live.
fn group(leader: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        (fields[0] != "Z" && fields[2] == leader.to_string()).then_some(pid)
    });
    processes.collect()
}

async fn all_gone(leader: u32) {
    eventually("no process of the browser lives", Duration::from_secs(3), async || group(leader).is_empty()).await;
}

fn directory_of(browser: u32) -> Option<PathBuf> {
    let is_of = |path: &Path| {
        std::fs::read_to_string(path.join("browser")).is_ok_and(|marker| marker.starts_with(&format!("{browser} ")))
    };
    directories().into_iter().find(|path| is_of(path))
}

async fn directory_gone(path: &Path) {
    eventually("the directory of the browser is gone", Duration::from_secs(4), async || !path.exists()).await;
}

fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

async fn a_killed_browser_ends_its_sessions_and_is_replaced(chrome: Chrome) {
    let backend = chrome.another();
    let open = async || backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(20)).await.unwrap();
    let session = open().await;
    let [browser] = backend.process_ids()[..] else { panic!("one browser") };
    let directory = directory_of(browser).unwrap();
    let waiting = {
        let session = Arc::clone(&session);
        tokio::task::spawn(
            async move { session.evaluate(&Script::expression("new Promise(() => {})"), &within(20)).await },
        )
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    let started = Instant::now();
    kill(browser);
    assert_eq!(waiting.await.unwrap().unwrap_err().kind(), ErrorKind::SessionLost);
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(session.is_lost());
    assert_eq!(session.ping(&within(1)).await.unwrap_err().kind(), ErrorKind::SessionLost);
    let next = open().await;
    assert_eq!(value(&next, "1+1").await, 2);
    session.close(&within(3)).await.unwrap();
    all_gone(browser).await;
    directory_gone(&directory).await;
    backend.shutdown(&within(5)).await.unwrap();
}

async fn first_sessions_at_the_same_time_share_one_browser(chrome: Chrome) {
    let backend = chrome.another();
    let open = || {
        let backend = backend.clone();
        tokio::task::spawn(async move {
            backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(20)).await.unwrap()
        })
    };
    let opening = [open(), open(), open(), open()];
    for session in opening {
        session.await.unwrap();
    }
    assert_eq!(backend.info().browsers, 1);
    assert_eq!(backend.process_ids().len(), 1);
    backend.shutdown(&within(5)).await.unwrap();
    let error = backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(5)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

async fn a_browser_stays_when_its_last_session_closes(chrome: Chrome) {
    let backend = chrome.another();
    let open = async || backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(20)).await.unwrap();
    let session = open().await;
    let before = backend.process_ids();
    session.close(&within(3)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let session = open().await;
    assert_eq!(backend.process_ids(), before);
    assert_eq!(value(&session, "1+1").await, 2);
    backend.shutdown(&within(5)).await.unwrap();
}

async fn a_browser_of_one_session_ends_with_it(chrome: Chrome) {
    let backend = chrome.another();
    let options = SessionOptions::new().with_isolation(Isolation::Process);
    let session = backend.create_session(&Endpoint::Local, &options, &within(20)).await.unwrap();
    let other = backend.create_session(&Endpoint::Local, &options, &within(20)).await.unwrap();
    assert_eq!(backend.info().browsers, 2);
    let [first, second] = backend.process_ids()[..] else { panic!("two browsers") };
    session.close(&within(5)).await.unwrap();
    all_gone(first).await;
    assert!(!group(second).is_empty());
    // Dropping does as well, only without waiting.
    drop(other);
    all_gone(second).await;
    assert_eq!(backend.info().browsers, 0);
}

async fn owners_share_no_browser_and_unused_ones_give_way(chrome: Chrome) {
    let options = LaunchOptions::new().with_headless(chrome.kind).with_max_browsers(2);
    let backend = CdpBackend::launch(options);
    let open = async |owner: Option<&str>, seconds| {
        let mut options = SessionOptions::new();
        options.owner = owner.map(str::to_owned);
        backend.create_session(&Endpoint::Local, &options, &within(seconds)).await
    };
    let one = open(Some("one"), 20).await.unwrap();
    let another_of_one = open(Some("one"), 20).await.unwrap();
    assert_eq!(backend.info().browsers, 1);
    let of_nobody = open(None, 20).await.unwrap();
    assert_eq!(backend.info().browsers, 2);
    // Both are in use, and so is their time waited for; what is cut off meanwhile takes no place.
    assert_eq!(open(Some("two"), 2).await.unwrap_err().kind(), ErrorKind::PoolExhausted);
    let given_up = tokio::time::timeout(Duration::from_millis(300), open(Some("two"), 20)).await;
    assert!(given_up.is_err());
    let waiting = open(Some("two"), 20);
    let closing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        another_of_one.close(&within(5)).await.unwrap();
        one.close(&within(5)).await.unwrap();
        drop((one, another_of_one));
    };
    let (two, ()) = tokio::join!(waiting, closing);
    two.unwrap().close(&within(5)).await.unwrap();
    assert_eq!(backend.info().browsers, 2);
    of_nobody.evaluate(&Script::expression("1"), &within(5)).await.unwrap();
    backend.shutdown(&within(10)).await.unwrap();
}

async fn a_hung_page_closes_in_time(chrome: Chrome) {
    let session = chrome.on("<p>x").await;
    let _ = session.evaluate(&Script::expression("while(true);"), &millis(200)).await;
    let started = Instant::now();
    session.close(&within(10)).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(2));
    session.close(&within(10)).await.unwrap();
    let error = session.evaluate(&Script::expression("1"), &within(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    chrome.on("<p>next").await;
}

/// The addresses of all pages of a browser, asked through one of them.
async fn pages(session: &Arc<dyn browsr_core::Session>) -> Vec<String> {
    let answer = session.send_cdp("Target.getTargets", serde_json::json!({}), &within(5)).await.unwrap();
    let targets = answer["targetInfos"].as_array().unwrap().iter();
    targets.filter(|target| target["type"] == "page").map(|target| target["url"].as_str().unwrap().to_owned()).collect()
}

async fn a_dropped_session_leaves_no_page(chrome: Chrome) {
    let watcher = chrome.session().await;
    let session = chrome.session().await;
    let url = chrome.site.page("/dropped", "<p>x");
    go(&session, &url).await;
    assert!(pages(&watcher).await.contains(&url.to_string()));
    drop(session);
    let gone = async || !pages(&watcher).await.contains(&url.to_string());
    eventually("its page is gone", Duration::from_secs(2), gone).await;
}

async fn a_session_that_nobody_waits_for_is_not_opened(chrome: Chrome) {
    let backend = chrome.another();
    let open = async |cx| backend.create_session(&Endpoint::Local, &SessionOptions::new(), &cx).await;
    let watcher = open(within(20)).await.unwrap();
    for wait in [0, 1, 3, 5, 10, 20] {
        let _ = tokio::time::timeout(Duration::from_millis(wait), open(within(5))).await;
        let error = open(millis(wait)).await.map(|session| session.descriptor());
        if let Err(error) = error {
            assert_eq!(error.kind(), ErrorKind::Timeout);
        }
    }
    let alone = async || pages(&watcher).await.len() == 1;
    eventually("only the watcher's page is open", Duration::from_secs(15), alone).await;
    backend.shutdown(&within(5)).await.unwrap();
}

async fn shutdown_leaves_nothing(chrome: Chrome) {
    let backend = chrome.another();
    let session = backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(20)).await.unwrap();
    let _ = session.evaluate(&Script::expression("while(true);"), &millis(100)).await;
    let [browser] = backend.process_ids()[..] else { panic!("one browser") };
    let directory = directory_of(browser).unwrap();
    assert!(directory.join("data/profile").exists());
    let started = Instant::now();
    backend.shutdown(&within(5)).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(!directory.exists());
    all_gone(browser).await;
    assert!(session.is_lost());
    assert_eq!(backend.info().browsers, 0);
}

async fn dropping_the_backend_leaves_nothing(chrome: Chrome) {
    let backend = chrome.another();
    let session = backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(20)).await.unwrap();
    let [browser] = backend.process_ids()[..] else { panic!("one browser") };
    let directory = directory_of(browser).unwrap();
    drop(backend);
    // The session still needs it.
    assert_eq!(value(&session, "1+1").await, 2);
    drop(session);
    all_gone(browser).await;
    directory_gone(&directory).await;
}

async fn the_browser_is_not_root_and_confines_its_pages(chrome: Chrome) {
    let backend = chrome.another();
    let session = backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(20)).await.unwrap();
    go(&session, &chrome.site.page("/page", "<p>x")).await;
    let [browser] = backend.process_ids()[..] else { panic!("one browser") };
    let status = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let field = |pid: u32, name: &str| {
        let status = status(pid);
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().unwrap_or_default().to_owned()
    };
    let own = field(std::process::id(), "Uid:");
    let expected = if own == "0" { "65534" } else { own.as_str() };
    assert_eq!(field(browser, "Uid:"), expected);
    let command = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    assert!(!command(browser).contains("--no-sandbox"));
    let renderers: Vec<_> =
        group(browser).into_iter().filter(|pid| command(*pid).contains("--type=renderer")).collect();
    assert!(!renderers.is_empty());
    for renderer in renderers {
        // 2 is a filter on system calls.
        assert_eq!(field(renderer, "Seccomp:"), "2");
        assert_eq!(field(renderer, "Uid:"), expected);
    }
    // Nothing of ours is in its environment.
    let environment = std::fs::read_to_string(format!("/proc/{browser}/environ")).unwrap();
    assert!(environment.contains("HOME=") && !environment.contains("CARGO"), "{environment}");
    backend.shutdown(&within(5)).await.unwrap();
}

async fn pages_cannot_reach_blocked_ports(chrome: Chrome) {
    let (blocked, open) = (crate::site::Site::start().await, crate::site::Site::start().await);
    let options = LaunchOptions::new().with_headless(chrome.kind).with_blocked_ports([blocked.port()]);
    let backend = CdpBackend::launch(options);
    let session = backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(20)).await.unwrap();
    go(&session, &chrome.site.url("/landed")).await;
    for url in [blocked.url("/x"), blocked.elsewhere("/x")] {
        let error = try_go(&session, &url, &within(5)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NavigationFailed, "{url}");
        go(&session, &chrome.site.url("/landed")).await;
        let fetch = |url: &dyn std::fmt::Display| {
            format!("fetch('{url}', {{ mode: 'no-cors' }}).then(() => 'reached', () => 'refused')")
        };
        assert_eq!(value(&session, &fetch(&url)).await, "refused");
        assert_eq!(value(&session, &fetch(&open.url("/x"))).await, "reached", "the control");
    }
    assert!(blocked.requests().is_empty() && !open.requests().is_empty());
    backend.shutdown(&within(5)).await.unwrap();
}

async fn a_browser_that_cannot_start_says_why(chrome: Chrome) {
    // As root and with its sandbox on, a browser refuses.
    let options = LaunchOptions::new().with_headless(chrome.kind).with_run_as(0);
    let backend = CdpBackend::launch(options.with_timeout(Duration::from_secs(8)));
    if std::fs::read_dir("/root").is_err() {
        return;
    }
    let started = Instant::now();
    let error = backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(10)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProvisionFailed, "{error}");
    assert!(started.elapsed() < Duration::from_secs(9));
    assert!(error.to_string().contains("no-sandbox"), "{error}");
}

async fn killing_our_process_ends_the_browser(chrome: Chrome) {
    let kind = if chrome.kind == HeadlessBinary::Shell { "shell" } else { "full" };
    let mut child =
        Command::new(std::env::current_exe().unwrap()).env(CHILD, kind).stdout(Stdio::piped()).spawn().unwrap();
    let stdout = child.stdout.take().unwrap();
    let line = tokio::task::spawn_blocking(move || BufReader::new(stdout).lines().next()).await.unwrap();
    let browser: u32 = line.unwrap().unwrap().parse().unwrap();
    let directory = directory_of(browser).unwrap();
    assert!(group(browser).len() > 2);
    child.kill().unwrap();
    child.wait().unwrap();
    all_gone(browser).await;
    // What it could not remove, the next start does; a start of another case may have done it already.
    tokio::task::spawn_blocking(CdpBackend::sweep).await.unwrap();
    directory_gone(&directory).await;
}

/// The process that is killed: works on a page, having said which browser it started.
pub(crate) fn child(kind: &str) -> ! {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let kind = if kind == "shell" { HeadlessBinary::Shell } else { HeadlessBinary::Full };
        let backend = CdpBackend::launch(LaunchOptions::new().with_headless(kind));
        let session = backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(20)).await.unwrap();
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{}", backend.process_ids()[0]).unwrap();
        stdout.flush().unwrap();
        let _ = session.evaluate(&Script::expression("while(true);"), &within(30)).await;
    });
    panic!("nobody killed this process");
}

async fn a_port_works_where_there_is_no_pipe(chrome: Chrome) {
    let options = LaunchOptions::new().with_headless(chrome.kind).with_transport(Transport::Port);
    let backend = CdpBackend::launch(options);
    let session = backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(20)).await.unwrap();
    go(&session, &chrome.site.url("/landed")).await;
    assert_eq!(value(&session, "document.title").await, "landed");
    let [browser] = backend.process_ids()[..] else { panic!("one browser") };
    backend.shutdown(&within(5)).await.unwrap();
    all_gone(browser).await;
}

async fn the_doctor_tells_the_browser_and_its_sandbox(chrome: Chrome) {
    let found = Doctor::examine(LaunchOptions::new().with_headless(chrome.kind), &within(20)).await.unwrap();
    assert_eq!(found.is_shell, chrome.kind == HeadlessBinary::Shell);
    assert!(found.version.contains("Chrome/"), "{found:?}");
    assert!(found.executable.is_absolute());
    assert_eq!(found.sandbox, SandboxState::On);
    let open = LaunchOptions::new().with_headless(chrome.kind).with_sandbox(Sandbox::Off);
    let found = Doctor::examine(open, &within(20)).await.unwrap();
    assert!(matches!(found.sandbox, SandboxState::Off(_)));
}

async fn a_missing_browser_is_named() {
    let backend = CdpBackend::launch(LaunchOptions::new().with_executable("/no/such/chrome"));
    let error = backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(5)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProvisionFailed);
    assert!(error.to_string().contains("/no/such/chrome"), "{error}");
}

async fn a_program_that_is_no_browser_fails_in_time() {
    let directory = std::env::temp_dir().join(format!("browsr-fake-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let fake = |name: &str, script: &str| {
        let path = directory.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        path
    };
    #[cfg(unix)]
    std::fs::set_permissions(&directory, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let loud = fake("loud", "head -c 3000000 /dev/zero >&2; echo 'FATAL: No usable sandbox!' >&2; exit 1");
    let silent = fake("silent", "sleep 30");
    let junk = fake("junk", "printf 'junk\\0{}\\0{\"id\":1}\\0' >&4; exec 4>&-; exit 0");
    for (path, says) in [(loud, "sandbox"), (silent, "did not answer"), (junk, "junk")] {
        let options = LaunchOptions::new().with_executable(&path).with_timeout(Duration::from_secs(1));
        let started = Instant::now();
        let error = CdpBackend::launch(options)
            .create_session(&Endpoint::Local, &SessionOptions::new(), &within(10))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProvisionFailed, "{error}");
        assert!(error.to_string().contains(says), "{error}");
        assert!(started.elapsed() < Duration::from_secs(3), "{says}: {:?}", started.elapsed());
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

async fn a_sweep_takes_what_the_dead_left_and_nothing_else() {
    let survivor = |argument: &str| {
        let mut command = Command::new("sleep");
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.arg(argument).spawn().unwrap()
    };
    let started = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().nth(19).unwrap().to_owned()
    };
    let dead = |name: &str, marker: &str| {
        let path = std::env::temp_dir().join(format!("browsr-chrome-{name}-{}", std::process::id()));
        std::fs::create_dir_all(path.join("data/profile")).unwrap();
        std::fs::write(path.join("lock"), "").unwrap();
        std::fs::write(path.join("browser"), marker).unwrap();
        path
    };
    let (mut left, mut stranger) = (survivor("60"), survivor("60"));
    let outlived = dead("outlived", &format!("{} {}", left.id(), started(left.id())));
    // The number went to another process since.
    let reused = dead("reused", &format!("{} 12345", stranger.id()));
    let junk = dead("junk", "-1 x");
    let backend = CdpBackend::launch(LaunchOptions::new());
    let session = backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(20)).await.unwrap();
    let living = directory_of(backend.process_ids()[0]).unwrap();
    tokio::task::spawn_blocking(CdpBackend::sweep).await.unwrap();
    for path in [outlived, reused, junk] {
        assert!(!path.exists(), "{}", path.display());
    }
    assert!(living.exists());
    assert_eq!(value(&session, "1+1").await, 2);
    assert!(!left.wait().unwrap().success(), "it was killed");
    assert!(stranger.try_wait().unwrap().is_none(), "a stranger was killed");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    backend.shutdown(&within(5)).await.unwrap();
}
