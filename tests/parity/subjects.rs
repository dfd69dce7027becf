//! The subjects: an engine for each backend, and the sessions that probes take turns with.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use browsr::driver::{DriverBrowser, DriverOptions};
use browsr::{
    CdpBackend, Engine, EngineBuilder, LaunchOptions, Result, SessionHandle, SessionOptions, WebDriverBackend,
};

/// The browsers whose pages are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Shell,
    Chromium,
    Firefox,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Shell, Self::Chromium, Self::Firefox];

    /// Its name in `plain.json`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
        }
    }

    /// The program, where it is installed.
    pub(crate) fn program(self) -> Option<PathBuf> {
        let names: &[&str] = match self {
            Self::Shell => &["chromium-headless-shell"],
            Self::Chromium => &["chromium", "chromium-browser", "google-chrome"],
            Self::Firefox => &["firefox-esr", "firefox"],
        };
        names.iter().find_map(|name| on_path(name))
    }
}

/// A backend under test.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) engine: Engine,
    idle: Mutex<Vec<SessionHandle>>,
}

impl Subject {
    fn new(name: &'static str, kind: Kind, builder: EngineBuilder) -> Self {
        let engine = builder.build().expect("a valid engine");
        Self { name, kind, engine, idle: Mutex::default() }
    }

    /// Takes a session that stands idle, or opens one.
    pub(crate) async fn session(&self, fresh: bool) -> Result<SessionHandle> {
        let idle = if fresh { None } else { self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() };
        match idle {
            Some(session) => Ok(session),
            None => self.engine.create_session(SessionOptions::new()).await,
        }
    }

    /// Leaves a session to the next probe.
    pub(crate) fn give_back(&self, session: SessionHandle) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
    }
}

/// The backends that `BROWSR_TEST_BACKENDS` names; without it all but those without BiDi.
pub(crate) fn all() -> Vec<Subject> {
    let wanted = std::env::var("BROWSR_TEST_BACKENDS")
        .unwrap_or_else(|_| "cdp-shell,cdp,webdriver-chrome,webdriver-firefox".to_owned());
    let required = std::env::var("BROWSR_TEST_REQUIRE").is_ok_and(|value| value == "1");
    let names = wanted.split(',').map(str::trim).filter(|name| *name != "fake");
    names.filter_map(|name| subject(name, required)).collect()
}

fn subject(name: &str, required: bool) -> Option<Subject> {
    let driven = |browser, bidi| {
        Engine::builder().backend(WebDriverBackend::launch(DriverOptions::new(browser)).with_bidi(bidi))
    };
    let (name, kind, driver) = match name {
        "cdp-shell" => ("cdp-shell", Kind::Shell, None),
        "cdp" => ("cdp", Kind::Chromium, None),
        "webdriver-chrome" => ("webdriver-chrome", Kind::Chromium, Some((DriverBrowser::Chrome, true))),
        "webdriver-firefox" => ("webdriver-firefox", Kind::Firefox, Some((DriverBrowser::Firefox, true))),
        "classic-chrome" => ("classic-chrome", Kind::Chromium, Some((DriverBrowser::Chrome, false))),
        "classic-firefox" => ("classic-firefox", Kind::Firefox, Some((DriverBrowser::Firefox, false))),
        other => panic!("BROWSR_TEST_BACKENDS names {other:?}, which is no backend"),
    };
    let program = kind.program();
    let there = program.is_some() && driver.is_none_or(|(browser, _)| on_path(browser.driver()).is_some());
    if !there {
        assert!(!required, "{name} has not its programs on the PATH; `make setup` installs what the tests need");
        return None;
    }
    let builder = match driver {
        Some((browser, bidi)) => driven(browser, bidi),
        None => Engine::builder().backend(CdpBackend::launch(LaunchOptions::new().with_executable(program?))),
    };
    // A browser that is overdue must not take the time of all the others.
    Some(Subject::new(name, kind, builder.max_sessions(16)))
}

pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).map(|folder| folder.join(program)).find(|file: &PathBuf| Path::is_file(file))
}

/// A word that no other run of a probe has, and that is no part of another.
pub(crate) fn word() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("q{}x{}e", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
