//! What the conformance cases cannot see: the loss of browser and driver, sessions found again, sessions without BiDi.
//!
//! `BROWSR_TEST_BROWSERS=chrome,firefox` chooses browsers; one whose driver is missing fails.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::time::{Duration, Instant};

use browsr_core::backend::{BrowserBackend, Endpoint};
use browsr_core::cookie::{OriginState, StorageItem};
use browsr_core::{Error, ErrorKind, NavigateTo, OpContext, Script, Session, SessionOptions};
use browsr_webdriver::WebDriverBackend;
use browsr_webdriver::driver::{DriverBrowser, DriverOptions, Drivers};
use url::Url;

fn within(seconds: u64) -> OpContext {
    OpContext::within(Duration::from_secs(seconds))
}

fn browsers() -> impl Iterator<Item = DriverBrowser> {
    let wanted = std::env::var("BROWSR_TEST_BROWSERS").ok();
    DriverBrowser::ALL
        .into_iter()
        .filter(move |browser| wanted.as_ref().is_none_or(|names| names.split(',').any(|name| name == browser.name())))
}

fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work);
}

fn page(title: &str) -> NavigateTo {
    NavigateTo::Url(Url::parse(&format!("data:text/html,<title>{title}</title><p>words")).unwrap())
}

async fn title(session: &dyn Session) -> Result<serde_json::Value, Error> {
    session.evaluate(&Script::function("() => document.title").idempotent(), &within(10)).await
}

/// Runs a script that never ends, kills a process in the middle, and returns how the script ended and how soon.
async fn lose(session: &dyn Session, pid: u32) -> (Error, Duration) {
    let forever = Script::function("() => new Promise(() => {})");
    let cx = within(20);
    let kill = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let killed = Instant::now();
        assert!(std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
        killed
    };
    let (result, killed) = tokio::join!(async { (session.evaluate(&forever, &cx).await, Instant::now()) }, kill);
    (result.0.unwrap_err(), result.1 - killed)
}

/// Returns the process of the browser that a driver has started.
fn browser_of(driver: u32) -> u32 {
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        let Ok(command) = std::fs::read_to_string(format!("/proc/{pid}/cmdline")) else { continue };
        // The driver leads their session in the sense of the kernel; its other processes have a type.
        let session = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(3)?.parse::<u32>().ok());
        let is_browser = command.contains("--enable-automation") || command.contains("--marionette");
        if session == Some(driver) && is_browser && !command.contains("--type=") {
            return pid;
        }
    }
    panic!("the driver has no browser");
}

#[test]
fn the_loss_of_browser_or_driver_is_told_within_a_second() {
    run(async {
        for browser in browsers() {
            for whole_driver in [false, true] {
                let drivers = Drivers::new(DriverOptions::new(browser));
                let driver = drivers.acquire(&within(30)).await.unwrap();
                let backend = WebDriverBackend::connect(browser, driver.url().clone());
                let options = SessionOptions::new();
                let session = backend.create_session(&Endpoint::Local, &options, &within(30)).await.unwrap();
                session.navigate(&page("here"), &within(20)).await.unwrap();
                let pid = driver.process_id().unwrap();
                let pid = if whole_driver { pid } else { browser_of(pid) };
                let (error, after) = lose(&*session, pid).await;
                assert_eq!(error.kind(), ErrorKind::SessionLost, "{browser} {error:?}");
                assert!(after < Duration::from_secs(1), "{browser}, driver {whole_driver}: {after:?}");
                assert!(session.is_lost());
                session.close(&within(5)).await.unwrap();
                drivers.shutdown(&within(10)).await.unwrap();
            }
        }
    });
}

#[test]
fn a_session_is_found_again_by_another_backend() {
    run(async {
        for browser in browsers() {
            let drivers = Drivers::new(DriverOptions::new(browser));
            let driver = drivers.acquire(&within(30)).await.unwrap();
            let first = WebDriverBackend::connect(browser, driver.url().clone());
            let session = first.create_session(&Endpoint::Local, &SessionOptions::new(), &within(30)).await.unwrap();
            session.navigate(&page("kept"), &within(20)).await.unwrap();
            let descriptor = session.descriptor();
            let other = WebDriverBackend::connect(browser, driver.url().clone());
            let found = other.attach(&descriptor, &within(20)).await.unwrap();
            assert_eq!(title(&*found).await.unwrap(), "kept");
            assert_eq!(found.capabilities(), session.capabilities());
            found.close(&within(5)).await.unwrap();
            let error = other.attach(&descriptor, &within(5)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidSessionId, "{browser} {error:?}");
            drivers.shutdown(&within(10)).await.unwrap();
        }
    });
}

#[test]
fn without_bidi_a_session_declares_less_and_says_so() {
    run(async {
        for browser in browsers() {
            let backend = WebDriverBackend::launch(DriverOptions::new(browser)).with_bidi(false);
            let session = backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(30)).await.unwrap();
            assert_eq!(session.capabilities(), backend.capabilities());
            assert!(!session.capabilities().init_script && !session.capabilities().all_cookies);
            session.navigate(&page("plain"), &within(20)).await.unwrap();
            assert_eq!(title(&*session).await.unwrap(), "plain");
            let error = session.add_init_script("1", &within(5)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            session.close(&within(5)).await.unwrap();
            backend.shutdown(&within(10)).await.unwrap();
        }
    });
}

#[test]
fn scripts_run_before_the_page_and_storage_comes_without_the_network() {
    run(async {
        for browser in browsers() {
            let backend = WebDriverBackend::launch(DriverOptions::new(browser));
            let session = backend.create_session(&Endpoint::Local, &SessionOptions::new(), &within(30)).await.unwrap();
            session.add_init_script("window.early = document.readyState", &within(5)).await.unwrap();
            session.navigate(&page("early"), &within(20)).await.unwrap();
            let early = session.evaluate(&Script::expression("early"), &within(5)).await.unwrap();
            assert_eq!(early["value"], "loading", "{browser}");
            let origins = [OriginState::new("http://nowhere.test", vec![StorageItem::new("seen", "yes")])];
            session.restore_origins(&origins, &within(20)).await.unwrap();
            assert_eq!(title(&*session).await.unwrap(), "early");
            session.close(&within(5)).await.unwrap();
            backend.shutdown(&within(10)).await.unwrap();
        }
    });
}
