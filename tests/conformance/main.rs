//! Runs the conformance cases on every backend, each case a test named `backend::family::case`.
//!
//! `BROWSR_TEST_BACKENDS=fake,cdp,cdp-shell,webdriver-chrome,webdriver-firefox` chooses backends; `classic-chrome` and
//! `classic-firefox` are those without BiDi. A case that a backend does not declare the capabilities
//! for is shown as ignored. With `BROWSR_TEST_REQUIRE=1` a browser that is missing is a failure.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use browsr::conformance::{Case, Site, all};
use browsr::fake::FakeBackend;
use browsr::webdriver::WebDriverBackend;
use browsr::webdriver::driver::{DriverBrowser, DriverOptions};
use browsr::{BrowserBackend, Capabilities, CdpBackend, Engine, LaunchOptions};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

/// A backend under test.
struct Subject {
    name: &'static str,
    engine: Engine,
    capabilities: Capabilities,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let site = Arc::new(runtime.block_on(Site::start()).expect("a free port"));
    let subjects = subjects();
    let trials = subjects
        .iter()
        .flat_map(|subject| all().into_iter().map(|case| trial(&runtime, &site, subject, case)))
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    runtime.block_on(async {
        for subject in &subjects {
            subject.engine.shutdown(Duration::from_secs(2)).await;
        }
    });
    conclusion.exit_code()
}

fn trial(runtime: &Arc<Runtime>, site: &Arc<Site>, subject: &Subject, case: Case) -> Trial {
    let name = format!("{}::{}::{}", subject.name, case.family, case.name);
    let missing = case.requires.without(subject.capabilities);
    if missing != Capabilities::NONE {
        let reasons: Vec<_> = missing.names().collect();
        return Trial::test(name, || Ok(())).with_ignored_flag(true).with_kind(format!("no {}", reasons.join(", ")));
    }
    let (runtime, site, engine) = (Arc::clone(runtime), Arc::clone(site), subject.engine.clone());
    Trial::test(name, move || {
        let limit = Duration::from_secs(60);
        let work = async move { tokio::time::timeout(limit, case.run(&engine, None, &site)).await };
        // A task of its own, so that an assertion that fails does not take the runtime's thread along.
        match runtime.block_on(runtime.spawn(work)) {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(Failed::from(format!("{error:?}"))),
            Ok(Err(_)) => Err(Failed::from("took longer than a minute")),
            Err(panic) => Err(Failed::from(format!("{panic}"))),
        }
    })
}

fn subjects() -> Vec<Subject> {
    let wanted = std::env::var("BROWSR_TEST_BACKENDS")
        .unwrap_or_else(|_| "fake,cdp,cdp-shell,webdriver-chrome,webdriver-firefox".to_owned());
    let required = std::env::var("BROWSR_TEST_REQUIRE").is_ok_and(|value| value == "1");
    wanted
        .split(',')
        .filter_map(|name| match name.trim() {
            "fake" => Some(subject(
                "fake",
                Engine::builder().backend(FakeBackend::new()),
                Capabilities::INTERRUPT.union(Capabilities::ALL_COOKIES),
            )),
            "cdp" => chromium("cdp", &["chromium", "chromium-browser", "google-chrome"], required),
            "cdp-shell" => chromium("cdp-shell", &["chromium-headless-shell"], required),
            "webdriver-chrome" => webdriver("webdriver-chrome", DriverBrowser::Chrome, true, required),
            "webdriver-firefox" => webdriver("webdriver-firefox", DriverBrowser::Firefox, true, required),
            "classic-chrome" => webdriver("classic-chrome", DriverBrowser::Chrome, false, required),
            "classic-firefox" => webdriver("classic-firefox", DriverBrowser::Firefox, false, required),
            other => panic!("BROWSR_TEST_BACKENDS names {other:?}, which is no backend"),
        })
        .collect()
}

fn subject(name: &'static str, builder: browsr::EngineBuilder, capabilities: Capabilities) -> Subject {
    Subject { name, engine: builder.build().expect("a valid engine"), capabilities }
}

fn chromium(name: &'static str, programs: &[&str], required: bool) -> Option<Subject> {
    let Some(program) = programs.iter().find_map(|program| on_path(program)) else {
        assert!(!required, "none of {programs:?} is on the PATH; `make setup` installs what the tests need");
        return None;
    };
    let backend = CdpBackend::launch(LaunchOptions::new().with_executable(program));
    let capabilities = backend.capabilities();
    Some(subject(name, Engine::builder().backend(backend), capabilities))
}

fn webdriver(name: &'static str, browser: DriverBrowser, bidi: bool, required: bool) -> Option<Subject> {
    if on_path(browser.driver()).is_none() {
        assert!(!required, "{} is not on the PATH; `make setup` installs what the tests need", browser.driver());
        return None;
    }
    let backend = WebDriverBackend::launch(DriverOptions::new(browser)).with_bidi(bidi);
    let capabilities = backend.capabilities();
    Some(subject(name, Engine::builder().backend(backend), capabilities))
}

fn on_path(program: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).map(|folder| folder.join(program)).find(|file: &PathBuf| Path::is_file(file))
}
