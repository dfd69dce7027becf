//! What the cases share: browsers, sessions, little helpers, and the look at what is left at the end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

use browsr_cdp::{CdpBackend, HeadlessBinary, LaunchOptions};
use browsr_core::input::{Action, ActionOutcome, Button, Input};
use browsr_core::{
    BrowserBackend, Endpoint, NavigateTo, Navigation, OpContext, Point, Result, Script, Session, SessionOptions, World,
};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use tokio::runtime::Runtime;
use url::Url;

use crate::site::Site;

/// Tells a process of this test program that it is a child of it, and which.
pub(crate) const CHILD: &str = "BROWSR_TEST_CHILD";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static SHELL: OnceLock<CdpBackend> = OnceLock::new();
static FULL: OnceLock<CdpBackend> = OnceLock::new();

pub(crate) type Running = Pin<Box<dyn Future<Output = ()>>>;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Chrome) -> Running,
}

/// Makes the list of cases out of async functions.
macro_rules! cases {
    ($($name:ident)*) => {
        pub(crate) const CASES: &[$crate::support::Case] = &[$($crate::support::Case {
            name: concat!(module_path!(), "::", stringify!($name)),
            run: |chrome| Box::pin($name(chrome)),
        }),*];
    };
}
pub(crate) use cases;

/// A headless program, and a site for the pages of one case.
#[derive(Clone)]
pub(crate) struct Chrome {
    pub(crate) kind: HeadlessBinary,
    pub(crate) backend: CdpBackend,
    pub(crate) site: Site,
}

fn launch(kind: HeadlessBinary) -> CdpBackend {
    CdpBackend::launch(LaunchOptions::new().with_headless(kind))
}

pub(crate) fn browsers() -> Vec<HeadlessBinary> {
    let wanted = std::env::var("BROWSR_TEST_BROWSERS").unwrap_or_else(|_| "shell,full".to_owned());
    wanted
        .split(',')
        .map(|name| match name.trim() {
            "shell" => HeadlessBinary::Shell,
            "full" => HeadlessBinary::Full,
            other => panic!("BROWSR_TEST_BROWSERS names {other:?}; use shell and full"),
        })
        .collect()
}

pub(crate) fn trial(kind: HeadlessBinary, case: &'static Case) -> Trial {
    let name = case.name.split_once("::").unwrap().1;
    let kind_name = if kind == HeadlessBinary::Shell { "shell" } else { "full" };
    Trial::test(format!("{kind_name}::{name}"), move || {
        run(async move {
            let place = if kind == HeadlessBinary::Shell { &SHELL } else { &FULL };
            let backend = place.get_or_init(|| launch(kind)).clone();
            (case.run)(Chrome { kind, backend, site: Site::start().await }).await;
        })
    })
}

/// A case that is not of one program.
pub(crate) struct Once {
    pub(crate) name: &'static str,
    pub(crate) run: fn() -> Running,
}

pub(crate) fn trial_once(case: &'static Once) -> Trial {
    Trial::test(format!("once::{}", case.name), || run((case.run)()))
}

fn run(case: impl Future<Output = ()>) -> Result<(), Failed> {
    let limited = async {
        tokio::time::timeout(Duration::from_secs(40), case).await.expect("the case did not end in 40 s");
    };
    catch_unwind(AssertUnwindSafe(|| RUNTIME.block_on(limited))).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default().into()
    })
}

/// Ends the browsers and returns what is left of them.
pub(crate) fn finish() -> Vec<PathBuf> {
    RUNTIME.block_on(async {
        for backend in [SHELL.get(), FULL.get()].into_iter().flatten() {
            backend.shutdown(&within(10)).await.unwrap();
        }
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let own = format!("browsr-chrome-{}-", std::process::id());
            let mut left = directories();
            left.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&own)));
            if left.is_empty() || Instant::now() > deadline {
                return left;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
}

/// The directories of all browsers, also of those that other programs run.
pub(crate) fn directories() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(std::env::temp_dir()).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    entries
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("browsr-chrome-")))
        .collect()
}

pub(crate) fn within(seconds: u64) -> OpContext {
    OpContext::within(Duration::from_secs(seconds))
}

pub(crate) fn millis(milliseconds: u64) -> OpContext {
    OpContext::within(Duration::from_millis(milliseconds))
}

impl Chrome {
    pub(crate) async fn session(&self) -> Arc<dyn Session> {
        self.session_with(&SessionOptions::new()).await
    }

    pub(crate) async fn session_with(&self, options: &SessionOptions) -> Arc<dyn Session> {
        match self.backend.create_session(&Endpoint::Local, options, &within(25)).await {
            Ok(session) => session,
            Err(error) => panic!("these tests need chromium and chromium-headless-shell: {error}"),
        }
    }

    /// A session on a page with this body.
    pub(crate) async fn on(&self, html: &str) -> Arc<dyn Session> {
        let session = self.session().await;
        go(&session, &self.site.page("/page", html)).await;
        session
    }

    /// A browser of its own kind, apart from the shared one.
    pub(crate) fn another(&self) -> CdpBackend {
        launch(self.kind)
    }
}

pub(crate) async fn go(session: &Arc<dyn Session>, url: &Url) -> Navigation {
    session.navigate(&NavigateTo::Url(url.clone()), &within(15)).await.unwrap()
}

pub(crate) async fn try_go(session: &Arc<dyn Session>, url: &Url, cx: &OpContext) -> Result<Navigation> {
    session.navigate(&NavigateTo::Url(url.clone()), cx).await
}

/// The value of an expression in the page.
pub(crate) async fn value(session: &Arc<dyn Session>, expression: &str) -> Value {
    let object = session.evaluate(&Script::expression(expression.to_owned()), &within(10)).await.unwrap();
    object.get("value").cloned().unwrap_or_default()
}

/// The result of a function in the page's world.
pub(crate) async fn call(session: &Arc<dyn Session>, function: &str) -> Value {
    let script = Script::function(function.to_owned()).in_world(World::Page);
    session.evaluate(&script, &within(10)).await.unwrap()
}

pub(crate) fn click_at(x: f64, y: f64) -> Vec<Action> {
    vec![
        Action::PointerMove { to: Point::new(x, y), steps: 1 },
        Action::PointerDown { button: Button::Left, click_count: 1 },
        Action::PointerUp { button: Button::Left, click_count: 1 },
    ]
}

pub(crate) async fn act(session: &Arc<dyn Session>, actions: Vec<Action>) -> ActionOutcome {
    session.perform_actions(&Input::new(actions), &within(10)).await.unwrap()
}

/// Clicks what the test pages have in their upper left corner.
pub(crate) async fn click(session: &Arc<dyn Session>) -> ActionOutcome {
    act(session, click_at(20.0, 20.0)).await
}

/// Waits until something holds, and says what did not.
pub(crate) async fn eventually(what: &str, limit: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !holds().await {
        assert!(Instant::now() < deadline, "not so after {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
