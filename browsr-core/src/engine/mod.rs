//! [`Engine`]: opens sessions on its backends, keeps them within their limits, and closes them all in the end.

mod agent;
mod builder;
mod guard;
mod handle;
mod raw;
mod reaper;
mod registry;
mod slots;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use crate::backend::{BackendInfo, BrowserBackend};
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::navigation::{NavigateTo, Notes};
use crate::options::SessionOptions;
use crate::policy::NavigationPolicy;
use crate::provision::Provisioner;
use crate::scrape::{Scrape, ScrapeRequest, may_repeat};
use crate::session::{Session, SessionId};

pub use builder::{EngineBuilder, Limits};
pub use handle::SessionHandle;
pub use registry::{CloseReason, SessionInfo};

use guard::GuardedSession;
use registry::{Entry, Registry};
use slots::Slots;

/// Opens and keeps browser sessions. Cheap to clone; all clones are the same engine.
///
/// Sessions end by [`SessionHandle::close`], by their idle or total time limit, or with the engine. Call
/// [`shutdown`](Self::shutdown) before the program ends: dropping an engine cannot wait for browsers to go, only
/// tell them to.
///
/// # Examples
///
/// ```
/// # async fn example(backend: impl browsr_core::BrowserBackend) -> browsr_core::Result<()> {
/// use browsr_core::{Engine, SessionOptions};
///
/// let engine = Engine::builder().backend(backend).build()?;
/// let session = engine.create_session(SessionOptions::new()).await?;
/// session.navigate("https://example.com").await?;
/// println!("{}", session.title().await?);
/// session.close().await?;
/// engine.shutdown(std::time::Duration::from_secs(5)).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

pub(crate) struct Shared {
    backends: Vec<Arc<dyn BrowserBackend>>,
    provisioner: Arc<dyn Provisioner>,
    policy: NavigationPolicy,
    limits: Limits,
    registry: Registry,
    slots: Slots,
    tasks: TaskTracker,
    closing: AtomicBool,
    reaping: AtomicBool,
}

impl Engine {
    /// Starts to configure an engine.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::new()
    }

    /// Opens a session, within [`Limits::create_timeout`].
    ///
    /// Waits up to [`Limits::slot_timeout`] for a slot. With a `start_url`, the session is handed out once that page
    /// has loaded.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for options that cannot be, [`Denied`](ErrorKind::Denied) by
    /// policy, [`PoolExhausted`](ErrorKind::PoolExhausted) when no slot became free,
    /// [`ProvisionFailed`](ErrorKind::ProvisionFailed) or [`SessionNotCreated`](ErrorKind::SessionNotCreated) when the
    /// browser cannot be had, [`NavigationFailed`](ErrorKind::NavigationFailed) when `start_url` cannot be loaded.
    ///
    /// # Cancel safety
    ///
    /// Safe: what was opened for a caller that went away is closed again.
    pub async fn create_session(&self, options: SessionOptions) -> Result<SessionHandle> {
        let cx = OpContext::within(self.0.limits.create_timeout);
        let patience = cx.capped(self.0.limits.slot_timeout);
        self.open(options, patience, cx).await
    }

    /// Opens a session within a deadline of the caller, all of which may be spent on waiting for a slot.
    ///
    /// # Errors
    ///
    /// As [`create_session`](Self::create_session).
    ///
    /// # Cancel safety
    ///
    /// Safe, as [`create_session`](Self::create_session).
    pub async fn create_session_within(&self, options: SessionOptions, cx: &OpContext) -> Result<SessionHandle> {
        self.open(options, *cx, *cx).await
    }

    async fn open(&self, options: SessionOptions, patience: OpContext, cx: OpContext) -> Result<SessionHandle> {
        self.0.check_open()?;
        options.validate()?;
        if let Some(url) = &options.start_url {
            self.0.policy.check(url).map_err(|error| error.with_field("start_url"))?;
        }
        let backend = self.0.backend(&options)?;
        self.start_reaper();
        // Opened in a task of its own, so that a caller who goes away midway leaves nothing half open.
        let (sender, receiver) = oneshot::channel();
        let engine = self.clone();
        self.0.tasks.spawn(async move {
            let result = engine.open_now(backend, options, patience, cx).await;
            if let Err(Ok(handle)) = sender.send(result) {
                engine.0.close_entry(&handle.entry, CloseReason::Abandoned).await;
            }
        });
        receiver.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Closed, "the engine stopped")))
    }

    async fn open_now(
        &self,
        backend: Arc<dyn BrowserBackend>,
        options: SessionOptions,
        patience: OpContext,
        cx: OpContext,
    ) -> Result<SessionHandle> {
        let name = backend.info().name;
        let slot = self.0.acquire_slot(&patience).await?;
        let instance = self.0.provisioner.acquire(&options, &cx).await?;
        let session = backend
            .create_session(&instance.endpoint, &options, &cx)
            .await
            .map_err(|error| error.with_backend(name))?;
        let session: Arc<dyn Session> = Arc::new(GuardedSession::new(session, self.0.policy.clone()));
        let entry = Arc::new(Entry::new(name, session, &options, &self.0.limits, slot, instance));
        self.0.registry.insert(&entry);
        tracing::info!(session_id = %entry.id, backend = name, auto_created = options.auto_created, "session opened");
        let handle = SessionHandle { engine: self.clone(), entry };
        // In use until it is handed out: a start URL may take longer than the session may stand idle.
        let _opening = handle.entry.begin_use();
        let started = async {
            self.0.check_open()?;
            if let Some(url) = &options.start_url {
                let to = NavigateTo::Url(url.clone());
                let navigation = crate::command::navigate::go(&*handle.entry.session, &to, &cx).await?;
                handle.entry.note(Notes { navigation: Some(navigation), ..Notes::new() });
            }
            Ok::<(), Error>(())
        };
        if let Err(error) = started.await {
            self.0.close_entry(&handle.entry, CloseReason::Abandoned).await;
            return Err(error.with_field("start_url").with_backend(name));
        }
        Ok(handle)
    }

    /// Finds an open session.
    ///
    /// # Errors
    ///
    /// [`InvalidSessionId`](ErrorKind::InvalidSessionId); where the session has ended lately, the message says why.
    /// [`SessionLost`](ErrorKind::SessionLost) where it ended because its browser did.
    pub fn session(&self, id: &SessionId) -> Result<SessionHandle> {
        let entry = self.0.registry.find(id)?;
        Ok(SessionHandle { engine: self.clone(), entry })
    }

    /// Returns the open sessions, oldest first.
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.0.registry.entries().iter().map(|entry| entry.info()).collect()
    }

    /// Closes a session. Returns when its browser has let go of it, 2 s at most.
    ///
    /// # Errors
    ///
    /// [`InvalidSessionId`](ErrorKind::InvalidSessionId).
    ///
    /// # Cancel safety
    ///
    /// Safe: once begun, closing goes on.
    pub async fn close(&self, id: &SessionId) -> Result<()> {
        let entry = self.0.registry.find(id)?;
        self.0.close_entry(&entry, CloseReason::Requested).await;
        Ok(())
    }

    /// Scrapes a page in a session of its own, within [`Limits::scrape_timeout`].
    ///
    /// Where the session is lost before anything was read, a request without actions is tried once more on a new session,
    /// within the same deadline.
    ///
    /// # Errors
    ///
    /// As [`create_session`](Self::create_session) and [`SessionHandle::scrape`].
    ///
    /// # Cancel safety
    ///
    /// Safe: the session is closed.
    pub async fn scrape(&self, request: &ScrapeRequest) -> Result<Scrape> {
        let cx = OpContext::within(self.0.limits.scrape_timeout);
        match self.scrape_once(request, &cx).await {
            Err(error) if may_repeat(request, &error) && cx.remaining() > Duration::from_secs(2) => {
                tracing::info!(%error, "scrape is tried again on a new session");
                self.scrape_once(request, &cx).await
            }
            other => other,
        }
    }

    async fn scrape_once(&self, request: &ScrapeRequest, cx: &OpContext) -> Result<Scrape> {
        // Not marked as made on the fly: it is never idle, and must not give way before it begins.
        let session = self.create_session_within(SessionOptions::new(), cx).await?;
        let closing = ClosesOnDrop(session);
        closing.0.scrape_within(request, cx).await
    }

    /// Returns what is going on.
    pub fn status(&self) -> EngineStatus {
        EngineStatus {
            accepting: !self.0.closing.load(Ordering::Acquire),
            max_sessions: self.0.limits.max_sessions,
            sessions: self.0.registry.len(),
            waiting: self.0.slots.waiting(),
            backends: self.0.backends.iter().map(|backend| backend.info()).collect(),
        }
    }

    /// Returns the limits.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Returns the policy on what may be visited.
    pub fn policy(&self) -> &NavigationPolicy {
        &self.0.policy
    }

    /// Ends the engine: refuses new work, lets running commands finish within the grace period, closes every session
    /// and then the browsers. Returns when nothing is left running. A second call waits for the first.
    pub async fn shutdown(&self, grace: Duration) {
        self.0.closing.store(true, Ordering::Release);
        self.0.slots.close();
        let cx = OpContext::within(grace);
        while !cx.is_expired() && self.0.registry.entries().iter().any(|entry| entry.is_in_use()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for entry in self.0.registry.entries() {
            let shared = Arc::clone(&self.0);
            self.0.tasks.spawn(async move { shared.close_entry(&entry, CloseReason::Shutdown).await });
        }
        self.0.tasks.close();
        self.0.tasks.wait().await;
        for backend in &self.0.backends {
            if let Err(error) = backend.shutdown(&OpContext::within(Duration::from_secs(5))).await {
                tracing::warn!(backend = backend.info().name, %error, "a backend did not shut down cleanly");
            }
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("backends", &self.0.backends)
            .field("limits", &self.0.limits)
            .field("sessions", &self.0.registry.len())
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn check_open(&self) -> Result<()> {
        if self.closing.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Closed, "the engine is shutting down").with_retry(Retry::NewSession));
        }
        Ok(())
    }

    /// Finds the backend for a session: the first that fits.
    fn backend(&self, options: &SessionOptions) -> Result<Arc<dyn BrowserBackend>> {
        let (name, browser) = (options.backend.as_deref(), options.browser.as_deref());
        let fits = |backend: &&Arc<dyn BrowserBackend>| {
            let info = backend.info();
            name.is_none_or(|name| info.name == name) && browser.is_none_or(|browser| info.serves == Some(browser))
        };
        let mut fitting = self.backends.iter().filter(fits);
        let found = match options.cdp_url {
            // Where nothing is said, one that can make use of it.
            Some(_) => fitting.clone().find(|backend| backend.info().takes_cdp_url).or_else(|| fitting.next()),
            None => fitting.next(),
        };
        found.map(Arc::clone).ok_or_else(|| {
            let infos: Vec<_> = self.backends.iter().map(|backend| backend.info()).collect();
            let list = |words: BTreeSet<&'static str>| {
                if words.is_empty() { "none to choose".to_owned() } else { Vec::from_iter(words).join(", ") }
            };
            let named = |info: &&BackendInfo| name.is_none_or(|name| info.name == name);
            if let Some(name) = name
                && !infos.iter().any(|info| info.name == name)
            {
                let names = list(infos.iter().map(|info| info.name).collect());
                return Error::invalid("backend", format!("there is no backend {name:?}; this engine has {names}"));
            }
            let who = name.map_or_else(|| "this engine".to_owned(), |name| format!("the backend {name}"));
            let browsers = list(infos.iter().filter(named).filter_map(|info| info.serves).collect());
            let browser = browser.unwrap_or_default();
            Error::invalid("browser", format!("there is no browser {browser:?} here; {who} has {browsers}"))
        })
    }

    /// Closes a session once; whoever comes later waits for the same closing.
    async fn close_entry(self: &Arc<Self>, entry: &Arc<Entry>, reason: CloseReason) {
        self.start_closing(entry, reason);
        entry.closed().await;
    }

    /// Closes a session unless somebody does already, or it is in use where only an idle one is to be closed.
    fn start_closing(self: &Arc<Self>, entry: &Arc<Entry>, reason: CloseReason) {
        if entry.begin_closing(reason) {
            let (shared, closing) = (Arc::clone(self), Arc::clone(entry));
            // A task of its own: a caller that goes away must not leave a session half closed.
            self.tasks.spawn(async move {
                let cx = OpContext::within(CLOSE_TIMEOUT);
                if let Err(error) = cx.bound("closing the session", closing.session.close(&cx)).await {
                    tracing::debug!(session_id = %closing.id, %error, "session did not close cleanly");
                }
                shared.registry.remove(&closing);
                closing.finish_closing();
                tracing::info!(session_id = %closing.id, reason = %reason, "session closed");
            });
        }
    }
}

/// How long closing a session may take before its slot is free again all the same.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Closes the session of a scrape on every path, a dropped future included.
struct ClosesOnDrop(SessionHandle);

impl Drop for ClosesOnDrop {
    fn drop(&mut self) {
        let SessionHandle { engine, entry } = self.0.clone();
        self.0.engine.0.tasks.spawn(async move {
            engine.0.close_entry(&entry, CloseReason::Requested).await;
        });
    }
}

/// What an engine is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineStatus {
    /// Whether it takes new work.
    pub accepting: bool,
    /// How many sessions there may be.
    pub max_sessions: usize,
    /// How many there are.
    pub sessions: usize,
    /// How many callers wait for a slot.
    pub waiting: usize,
    /// The backends, the default one first.
    pub backends: Vec<BackendInfo>,
}
