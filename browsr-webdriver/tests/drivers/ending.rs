//! Nothing is left of a driver and its browsers, however it ends.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use browsr_core::ErrorKind;
use browsr_webdriver::driver::{Driver, DriverBrowser, DriverDoctor, DriverOptions, Drivers, ReservedPorts};
use serde_json::json;
use tokio_util::task::TaskTracker;

use crate::support::{Raw, Site, home, kill_9, naming, run, session, until, wanted, within};

/// Turns a child of this test program into a role.
const ROLE: &str = "BROWSR_TEST_ROLE";
const SOON: Duration = Duration::from_secs(3);

async fn start(browser: DriverBrowser) -> Driver {
    Driver::start(&DriverOptions::new(browser), &TaskTracker::new(), &within(20)).await.unwrap()
}

/// Everything that runs for a driver, by its session and by its directory.
fn left(driver: u32, home: &str) -> Vec<u32> {
    let mut all = session(driver);
    all.extend(naming(home));
    all
}

fn ended_by_kill_9_of_us(browser: DriverBrowser) {
    if !wanted(browser) {
        return;
    }
    run(async {
        let site = Site::start().await;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", "--nocapture", "ending::role_that_is_killed"])
            .env(ROLE, format!("{browser} {}", site.url("/hang")))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let read = move || {
            BufReader::new(stdout)
                .lines()
                .map_while(Result::ok)
                .find_map(|line| line.strip_prefix("driver ").map(str::to_owned))
        };
        let line = tokio::task::spawn_blocking(read).await.unwrap().expect("the number of the driver");
        let driver: u32 = line.parse().unwrap();
        until("the page to load", Duration::from_secs(20), || site.has_seen("/hang")).await;
        let directory = home(driver);
        assert!(session(driver).len() > 5, "{:?}", session(driver));
        child.kill().unwrap();
        child.wait().unwrap();
        let name = directory.to_string_lossy().into_owned();
        let taken = until("everything to end", SOON, || left(driver, &name).is_empty()).await;
        println!("{browser}: everything ended after {taken:?}");
        // What it could not remove, the next start does.
        tokio::task::spawn_blocking(Driver::sweep).await.unwrap();
        until("the directory to go", SOON, || !directory.exists()).await;
    });
}

#[test]
fn kill_9_of_us_leaves_no_chrome() {
    ended_by_kill_9_of_us(DriverBrowser::Chrome);
}

#[test]
fn kill_9_of_us_leaves_no_firefox() {
    ended_by_kill_9_of_us(DriverBrowser::Firefox);
}

#[test]
#[ignore = "a role that another test starts in a process of its own"]
fn role_that_is_killed() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let (browser, url) = role.split_once(' ').unwrap();
    run(async {
        let driver = start(browser.parse().unwrap()).await;
        println!("\ndriver {}", driver.process_id().unwrap());
        std::io::stdout().flush().unwrap();
        let session = Raw::open(&driver).await;
        session.post("url", json!({ "url": url })).await;
        panic!("nobody killed this process");
    });
}

fn ended_by_kill_9_of_the_driver(browser: DriverBrowser) {
    if !wanted(browser) {
        return;
    }
    run(async {
        let drivers = Drivers::new(DriverOptions::new(browser));
        let driver = drivers.acquire(&within(20)).await.unwrap();
        let pid = driver.process_id().unwrap();
        let open = Raw::open(&driver).await;
        assert_eq!(open.script("return 6 * 7").await, 42);
        let directory = home(pid);
        let name = directory.to_string_lossy().into_owned();
        assert!(session(pid).len() > 5);
        let start = Instant::now();
        kill_9(pid);
        driver.ended().cancelled().await;
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        assert!(driver.is_gone());
        let taken = until("everything to end", SOON, || left(pid, &name).is_empty()).await;
        println!("{browser}: everything ended after {taken:?}");
        until("the directory to go", SOON, || !directory.exists()).await;
        // The next session gets another.
        let next = drivers.acquire(&within(20)).await.unwrap();
        assert_ne!(next.process_id(), Some(pid));
        assert_eq!(Raw::open(&next).await.script("return 1").await, 1);
        let pid = next.process_id().unwrap();
        drivers.shutdown(&within(5)).await.unwrap();
        assert!(session(pid).is_empty());
        assert!(drivers.acquire(&within(5)).await.is_err_and(|error| error.kind() == ErrorKind::Closed));
    });
}

#[test]
fn kill_9_of_chromedriver_leaves_nothing_and_the_next_session_gets_another() {
    ended_by_kill_9_of_the_driver(DriverBrowser::Chrome);
}

#[test]
fn kill_9_of_geckodriver_leaves_nothing_and_the_next_session_gets_another() {
    ended_by_kill_9_of_the_driver(DriverBrowser::Firefox);
}

#[test]
fn each_session_has_a_driver_of_its_own_that_ends_with_it() {
    run(async {
        for browser in DriverBrowser::ALL.into_iter().filter(|browser| wanted(*browser)) {
            let drivers = Drivers::new(DriverOptions::new(browser));
            let cx = within(20);
            let (one, other) = tokio::join!(drivers.acquire(&cx), drivers.acquire(&cx));
            let (one, other) = (one.unwrap(), other.unwrap());
            assert_ne!(one.url(), other.url());
            assert_eq!(drivers.living().len(), 2);
            let pid = one.process_id().unwrap();
            drop(one);
            until("it to end", SOON, || session(pid).is_empty()).await;
            drop(other);
            drivers.shutdown(&within(5)).await.unwrap();
        }
    });
}

#[test]
fn a_driver_runs_unprivileged_with_a_bare_environment() {
    run(async {
        for browser in DriverBrowser::ALL.into_iter().filter(|browser| wanted(*browser)) {
            let driver = start(browser).await;
            let pid = driver.process_id().unwrap();
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
            let user = |status: &str| {
                status
                    .lines()
                    .find(|line| line.starts_with("Uid:"))
                    .unwrap()
                    .split_whitespace()
                    .nth(1)
                    .unwrap()
                    .to_owned()
            };
            let own = user(&std::fs::read_to_string("/proc/self/status").unwrap());
            assert_eq!(user(&status), if own == "0" { "65534" } else { &own });
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
            assert!(!String::from_utf8_lossy(&environment).contains("CARGO"));
            driver.end(&within(5)).await.unwrap();
            assert!(session(pid).is_empty());
        }
    });
}

#[test]
fn reserved_ports_are_used_and_used_again() {
    run(async {
        let browser = DriverBrowser::ALL.into_iter().find(|browser| wanted(*browser)).unwrap();
        let ports = ReservedPorts::reserve(1).unwrap();
        let options = DriverOptions::new(browser).with_ports(ports.clone());
        for _ in 0..2 {
            let driver = Driver::start(&options, &TaskTracker::new(), &within(20)).await.unwrap();
            assert_eq!(driver.url().port().into_iter().collect::<Vec<_>>(), ports.numbers());
            driver.end(&within(5)).await.unwrap();
        }
    });
}

#[test]
fn a_driver_that_cannot_start_says_why() {
    run(async {
        let missing = DriverOptions::new(DriverBrowser::Chrome).with_executable("/no/such/driver");
        let error = Driver::start(&missing, &TaskTracker::new(), &within(5)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProvisionFailed);
        assert!(error.to_string().contains("/no/such/driver"), "{error}");
        let silent = DriverOptions::new(DriverBrowser::Chrome).with_executable("/bin/cat");
        let error = Driver::start(&silent, &TaskTracker::new(), &within(5)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProvisionFailed);
        assert!(error.to_string().contains("ended at once"), "{error}");
    });
}

#[test]
fn the_doctor_tells_drivers() {
    run(async {
        for browser in DriverBrowser::ALL.into_iter().filter(|browser| wanted(*browser)) {
            let found = DriverDoctor::examine(&DriverOptions::new(browser), &within(20)).await.unwrap();
            assert!(found.version.to_lowercase().starts_with(browser.driver()), "{found:?}");
        }
    });
}
