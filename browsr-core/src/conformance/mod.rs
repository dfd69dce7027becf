//! The cases that every backend must pass: behaviour through [`SessionHandle`], on local pages.
//!
//! Outside semver: cases are added as backends are found to differ. Run [`all`] against an engine of your backend; a
//! case whose [`requires`](Case::requires) your backend does not declare is to be shown as ignored, with that reason.
#![expect(clippy::unwrap_used, reason = "a case is a test")]

mod capture;
mod components;
mod dialogs;
mod elements;
mod extract;
mod frames;
mod happened;
mod hard;
mod lifetime;
mod names;
mod navigation;
mod observe;
mod overlays;
mod parity;
mod pointer;
mod scrape;
mod site;
mod storage;
mod typing;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::SessionHandle;
use crate::capability::Capabilities;
use crate::engine::Engine;
use crate::error::Result;
use crate::options::SessionOptions;

pub use site::Site;

/// What a case works with: a fresh session, and the site to visit.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Context {
    /// The engine, for cases that open more sessions.
    pub engine: Engine,
    /// A session of the case's own.
    pub session: SessionHandle,
    /// The site.
    pub site: Arc<Site>,
}

impl Context {
    /// Opens a page of the site.
    async fn visit(&self, path: &str) -> Result<&SessionHandle> {
        self.session.navigate(self.site.url(path)).await?;
        Ok(&self.session)
    }

    /// Reads the log that a page keeps of what happened to it.
    async fn log(&self) -> Result<Vec<String>> {
        let text = self.session.text("#log").await?;
        Ok(text.lines().map(ToOwned::to_owned).collect())
    }
}

type Work = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// One case. A failed assertion panics.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Case {
    /// The family, such as `navigation`.
    pub family: &'static str,
    /// The behaviour, as a sentence in `snake_case`.
    pub name: &'static str,
    /// What the backend must declare.
    pub requires: Capabilities,
    run: fn(Context) -> Work,
}

impl Case {
    /// Runs the case on an engine, in a session of its own.
    ///
    /// # Errors
    ///
    /// Whatever goes wrong.
    ///
    /// # Panics
    ///
    /// Where the behaviour is not as it must be.
    pub async fn run(&self, engine: &Engine, backend: Option<&str>, site: &Arc<Site>) -> Result<()> {
        let mut options = SessionOptions::new();
        options.backend = backend.map(ToOwned::to_owned);
        let session = engine.create_session(options).await?;
        let context = Context { engine: engine.clone(), session: session.clone(), site: Arc::clone(site) };
        let result = (self.run)(context).await;
        session.close().await?;
        result
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.family, self.name)
    }
}

/// Lists the cases of a family: functions, each behind what it requires.
macro_rules! cases {
    ($family:literal: $($requires:expr => [$($name:ident),* $(,)?]),* $(,)?) => {
        pub(super) fn cases() -> Vec<super::Case> {
            vec![$($(super::Case {
                family: $family,
                name: stringify!($name),
                requires: $requires,
                run: |context| Box::pin($name(context)),
            }),*),*]
        }
    };
}
use cases;

/// Returns every case.
pub fn all() -> Vec<Case> {
    [
        navigation::cases(),
        pointer::cases(),
        typing::cases(),
        elements::cases(),
        extract::cases(),
        capture::cases(),
        overlays::cases(),
        storage::cases(),
        frames::cases(),
        hard::cases(),
        names::cases(),
        dialogs::cases(),
        happened::cases(),
        components::cases(),
        scrape::cases(),
        observe::cases(),
        lifetime::cases(),
        parity::cases(),
    ]
    .concat()
}
