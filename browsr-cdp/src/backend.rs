//! [`CdpBackend`]: opens sessions in browsers of ours, and attaches to browsers that run elsewhere.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use browsr_core::process::Product;
use browsr_core::{
    BackendInfo, BrowserBackend, Capabilities, Endpoint, Error, ErrorKind, Isolation, OpContext, Result, Session,
    SessionDescriptor, SessionOptions, UserAgent,
};
use chromiumoxide::cdp::browser_protocol::browser::{
    PermissionDescriptor, PermissionSetting, SetDownloadBehaviorBehavior, SetDownloadBehaviorParams,
    SetPermissionParams,
};
use chromiumoxide::cdp::browser_protocol::target::{
    AttachToTargetParams, CloseTargetParams, CreateBrowserContextParams, CreateTargetParams,
};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::browser::Browser;
use crate::error::CallError;
use crate::find;
use crate::launch::Kind;
use crate::lock;
use crate::options::LaunchOptions;
use crate::pool::{self, Key, Pool};
use crate::session::CdpSession;
use crate::setup::{PageSetup, larger_window};
use crate::state::{Look, SessionState};

/// How long a shared browser may take to open a session before it is asked whether it works.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a browser may take to show that it works.
const ANSWERS: Duration = Duration::from_secs(3);

/// How long the next one may take to start.
const STARTS: Duration = Duration::from_secs(1);

/// How long something must have taken in vain to make a browser suspect.
pub(crate) const LONG: Duration = Duration::from_secs(2);

/// How long a shutdown waits for files of browsers that did not start.
const LEFTOVERS: Duration = Duration::from_secs(2);

/// The name of this backend.
pub(crate) const NAME: &str = "cdp";

/// Chrome and Chromium, by the DevTools protocol. Cheap to clone; clones share their browsers.
///
/// A browser starts with the first session that needs it, serves further ones of the same
/// [owner](SessionOptions::owner) as isolated browser contexts, stays warm, and is replaced when it dies. That of an owner
/// without sessions ends after 60 s. [`shutdown`](BrowserBackend::shutdown) ends them all; so does dropping the last clone,
/// without waiting. A browser also ends by itself when this process dies, however that happens.
#[derive(Debug, Clone)]
pub struct CdpBackend(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: Arc<Pool>,
    /// Where sessions go that name no endpoint; none for browsers that we launch.
    endpoint: Option<Url>,
    tasks: TaskTracker,
    product: Mutex<Option<String>>,
}

impl CdpBackend {
    /// Makes a backend that launches browsers as they are needed. Nothing starts yet.
    pub fn launch(options: LaunchOptions) -> Self {
        Self::new(options, None)
    }

    /// Makes a backend whose sessions are tabs of a browser that runs already: `http://host:port`, `ws://` or
    /// `wss://`. Nothing connects yet.
    pub fn connect(endpoint: Url) -> Self {
        Self::new(LaunchOptions::new(), Some(endpoint))
    }

    fn new(options: LaunchOptions, endpoint: Option<Url>) -> Self {
        let tasks = TaskTracker::new();
        let pool = Arc::new(Pool::new(options, tasks.clone()));
        Self(Arc::new(Inner { pool, endpoint, tasks, product: Mutex::default() }))
    }

    /// Removes what browsers of dead processes have left, and ends such browsers. Returns how many were found.
    ///
    /// Called before the first launch by itself. Blocks; it looks at the system's directory for temporary files.
    pub fn sweep() -> usize {
        pool::sweep()
    }

    /// Returns the options that browsers are launched with.
    pub fn launch_options(&self) -> &LaunchOptions {
        self.0.pool.options()
    }

    /// Returns the process ids of the browsers that it runs, each the leader of a process group.
    pub fn process_ids(&self) -> Vec<u32> {
        self.0.pool.living().iter().filter_map(|browser| browser.pid).collect()
    }

    async fn open(&self, endpoint: &Endpoint, options: &SessionOptions, cx: &OpContext) -> Result<CdpSession> {
        let remote = match endpoint {
            Endpoint::Remote(url) => Some(url),
            _ => options.cdp_url.as_ref().or(self.0.endpoint.as_ref()),
        };
        if let Some(url) = remote {
            let browser = Arc::new(Browser::connect(url, &self.0.tasks, cx).await?);
            self.note(&browser);
            return open_tab(browser, options, cx).await;
        }
        let pool = &self.0.pool;
        let binary = find::find(pool.options(), options.headless)?;
        let owns_browser = options.isolation == Isolation::Process || !options.headless;
        let mut options = options.clone();
        let mut user_agent = None;
        if let Some(product) = Product::of(&binary.path, pool.options().timeout / 2).await {
            user_agent = Some(product.chromium_user_agent());
            if owns_browser {
                // Chosen once, for what belongs to a page and what does not.
                let own = product.chromium_for(&options.user_agent);
                user_agent = Some(own.clone());
                options.user_agent = UserAgent::Custom(own);
            }
        }
        let (headless, hides_automation) = (options.headless, options.disable_automation_detection);
        let kind = Kind { binary, headless, hides_automation, user_agent };
        if owns_browser {
            let browser = pool.own(&kind, cx).await?;
            self.note(&browser);
            return open_context(browser, &options, true, cx).await;
        }
        let key = Key { owner: options.owner.clone(), kind };
        let mut has_lost_one = false;
        loop {
            let browser = pool.shared(&key, cx).await?;
            self.note(&browser);
            // With less time than it may take to answer nothing can be told of it.
            if browser.is_suspect() && cx.remaining() > ANSWERS + STARTS && !works(&browser, cx).await {
                tracing::warn!(pid = browser.pid, "a browser does not work any more, and is replaced");
                pool.discard(&key, &browser, cx).await?;
                continue;
            }
            let patience = cx.capped((cx.remaining() / 2).min(PATIENCE));
            let began = Instant::now();
            match open_context(Arc::clone(&browser), &options, false, &patience).await {
                Err(error) if error.kind() == ErrorKind::Timeout && began.elapsed() > LONG && !cx.is_expired() => {
                    browser.suspect(true);
                }
                // It was about to end when it was chosen.
                Err(_) if browser.is_gone() && !has_lost_one => has_lost_one = true,
                result => return result,
            }
        }
    }

    fn note(&self, browser: &Browser) {
        *lock(&self.0.product) = Some(browser.product.clone());
    }

    /// Runs something that must not be cut off halfway, and drops its result if nobody waits for it any more.
    async fn finish<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl Future<Output = Result<T>> + Send + 'static,
        cx: &OpContext,
    ) -> Result<T> {
        let (sender, done) = oneshot::channel();
        self.0.tasks.spawn(async move {
            // Whoever gave up has no use for it: dropping it closes it.
            let _ = sender.send(work.await);
        });
        cx.bound(what, async {
            done.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::SessionNotCreated, "the session did not come up")))
        })
        .await
    }
}

#[async_trait]
impl BrowserBackend for CdpBackend {
    fn info(&self) -> BackendInfo {
        let living = self.0.pool.living();
        let suspect = living.iter().filter(|browser| browser.is_suspect()).count();
        let info = BackendInfo::new(NAME).with_serves("chrome").with_cdp_url();
        let info = info.with_browsers(living.len()).with_suspect(suspect);
        match lock(&self.0.product).clone() {
            Some(product) => info.with_browser(product),
            None => info,
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    async fn create_session(
        &self,
        endpoint: &Endpoint,
        options: &SessionOptions,
        cx: &OpContext,
    ) -> Result<Arc<dyn Session>> {
        options.validate()?;
        let (backend, endpoint, options, cx) = (self.clone(), endpoint.clone(), options.clone(), *cx);
        let opening = async move { backend.open(&endpoint, &options, &cx).await };
        Ok(Arc::new(self.finish("opening a session", opening, &cx).await?))
    }

    async fn attach(&self, descriptor: &SessionDescriptor, cx: &OpContext) -> Result<Arc<dyn Session>> {
        let Some(endpoint) = descriptor.endpoint.clone().filter(|_| descriptor.backend == NAME) else {
            return Err(Error::new(
                ErrorKind::InvalidSessionId,
                "the session was on a browser that ended with the process that launched it",
            ));
        };
        let (backend, key, cx) = (self.clone(), descriptor.key.clone(), *cx);
        let attaching = async move {
            let browser = Arc::new(Browser::connect(&endpoint, &backend.0.tasks, &cx).await?);
            backend.note(&browser);
            attach_tab(browser, &SessionOptions::new(), key, &cx).await
        };
        Ok(Arc::new(self.finish("attaching to a session", attaching, &cx).await?))
    }

    async fn shutdown(&self, cx: &OpContext) -> Result<()> {
        self.0.tasks.close();
        let ending = self.0.pool.take_all(cx).await?;
        for browser in &ending {
            browser.begin_end();
        }
        for browser in &ending {
            browser.end(cx).await?;
        }
        // What is left of browsers that did not start goes in tasks of their own.
        let rest = async {
            self.0.tasks.wait().await;
            Ok(())
        };
        if cx.capped(LEFTOVERS).bound("waiting for what is left of browsers", rest).await.is_err() {
            tracing::debug!("something of a browser is still being cleared away");
        }
        Ok(())
    }
}

/// Asks a browser whether it still makes pages and reaches its network service, which has the cookies.
async fn works(browser: &Arc<Browser>, cx: &OpContext) -> bool {
    let cx = cx.capped(ANSWERS);
    let asking = async {
        let session = open_context(Arc::clone(browser), &SessionOptions::new(), false, &cx).await?;
        session.cookies(&cx).await
    };
    let does = asking.await.is_ok();
    if does {
        browser.suspect(false);
    }
    does
}

/// Opens a session as a context of its own in a browser of ours.
async fn open_context(
    browser: Arc<Browser>,
    options: &SessionOptions,
    owns_browser: bool,
    cx: &OpContext,
) -> Result<CdpSession> {
    let connection = &browser.connection;
    // A context whose name is never learnt could not be disposed of.
    let context = connection
        .call(None, &CreateBrowserContextParams::default(), &to_the_end(cx))
        .await
        .map_err(not_created)?
        .browser_context_id;
    let context: String = context.into();
    let state = new_state(&browser, options, Some(&context));
    if let Some((_, directory)) = &state.setup.downloads {
        let downloads = SetDownloadBehaviorParams {
            browser_context_id: Some(context.clone().into()),
            download_path: Some(directory.display().to_string()),
            ..SetDownloadBehaviorParams::new(SetDownloadBehaviorBehavior::AllowAndName)
        };
        connection.post_command(None, &downloads);
    }
    // What a page writes after a click of the user is allowed in a window; nobody is here to be asked.
    let clipboard = SetPermissionParams {
        browser_context_id: Some(context.clone().into()),
        ..SetPermissionParams::new(PermissionDescriptor::new("clipboard-write"), PermissionSetting::Granted)
    };
    connection.post_command(None, &clipboard);
    browser.router.add_context(&context, &state);
    // From here on dropping the session disposes of the context.
    let window = larger_window(options.viewport);
    let target = CreateTargetParams {
        browser_context_id: Some(context.clone().into()),
        width: window.map(|(width, _)| width),
        height: window.map(|(_, height)| height),
        ..CreateTargetParams::new("about:blank")
    };
    let created = connection.call(None, &target, cx).await;
    let key = match &created {
        Ok(created) => created.target_id.as_ref().to_owned(),
        Err(_) => String::new(),
    };
    let session = CdpSession::new(state, Arc::clone(&browser), Some(context), owns_browser, key);
    created.map_err(not_created)?;
    ready(&session, cx).await?;
    Ok(session)
}

/// Opens a session as a tab in the default context of a browser that is not ours.
async fn open_tab(browser: Arc<Browser>, options: &SessionOptions, cx: &OpContext) -> Result<CdpSession> {
    // A tab whose name is never learnt could not be closed.
    let create = CreateTargetParams::new("about:blank");
    let created = browser.connection.call(None, &create, &to_the_end(cx)).await.map_err(not_created)?;
    let target: String = created.target_id.into();
    let session = attach_tab(Arc::clone(&browser), options, target.clone(), cx).await;
    if session.is_err() {
        browser.connection.post_command(None, &CloseTargetParams::new(target));
    }
    session
}

/// The deadline of a call that leaves something behind unless its answer is heard, also where nobody waits any more.
fn to_the_end(cx: &OpContext) -> OpContext {
    OpContext::within(cx.remaining().max(Duration::from_secs(5)))
}

async fn attach_tab(
    browser: Arc<Browser>,
    options: &SessionOptions,
    target: String,
    cx: &OpContext,
) -> Result<CdpSession> {
    let state = new_state(&browser, options, None);
    browser.router.add_target(&target, &state);
    let session = CdpSession::new(state, Arc::clone(&browser), None, false, target.clone());
    let attach = AttachToTargetParams { flatten: Some(true), ..AttachToTargetParams::new(target) };
    browser.connection.call(None, &attach, cx).await.map_err(|error| match error {
        CallError::Refused { .. } => {
            Error::new(ErrorKind::InvalidSessionId, "the page of the session is not there any more")
        }
        other => not_created(other),
    })?;
    ready(&session, cx).await?;
    Ok(session)
}

fn new_state(browser: &Browser, options: &SessionOptions, context: Option<&str>) -> Arc<SessionState> {
    let setup = PageSetup::new(options, browser, context);
    SessionState::new(browser.connection.clone(), Arc::clone(&browser.router), setup, options.viewport)
}

/// Waits until the first page has taken everything that was sent to it when it came.
async fn ready(session: &CdpSession, cx: &OpContext) -> Result<()> {
    session
        .state()
        .wait("a page was being opened", cx, |inner| {
            if session.connection().is_gone() {
                return Look::Ready(Err(crate::error::lost("the browser is gone")));
            }
            match inner.any_page() {
                Ok(page) if page.main_frame().is_some_and(|frame| frame.engine.is_some()) => Look::Ready(Ok(())),
                _ => Look::Wait,
            }
        })
        .await
}

fn not_created(error: CallError) -> Error {
    match error {
        CallError::Refused { message, .. } => {
            Error::new(ErrorKind::SessionNotCreated, format!("the browser gave no page: {message}"))
        }
        other => other.into_error("opening a page"),
    }
}
