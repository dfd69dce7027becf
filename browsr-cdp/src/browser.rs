//! [`Browser`]: one browser that answers, ours or another's, and the task that looks after the process of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use browsr_core::process::{Home, Product, kill_group};
use browsr_core::{Error, ErrorKind, OpContext, Result};
use chromiumoxide::cdp::browser_protocol::browser::{
    CloseParams, GetVersionParams, SetDownloadBehaviorBehavior, SetDownloadBehaviorParams,
};
use chromiumoxide::cdp::browser_protocol::target::{FilterEntry, SetDiscoverTargetsParams, TargetFilter};
use serde::Deserialize;
use tokio::process::Child;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use url::Url;

use crate::connection::{self, Connection};
use crate::error::CallError;
use crate::identity::Identity;
use crate::launch::{self, Kind, Started};
use crate::options::LaunchOptions;
use crate::router::Router;
use crate::setup::attach_pages;

/// How long a browser may take to close by itself.
const CLOSING: Duration = Duration::from_secs(2);

/// A browser that answers. Dropping it ends it, if it is ours.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) connection: Connection,
    pub(crate) router: Arc<Router>,
    /// Such as `Chrome/150.0.1.2`.
    pub(crate) product: String,
    pub(crate) identity: Identity,
    /// Where it is, if it is not ours.
    pub(crate) endpoint: Option<Url>,
    /// Where its own files are, if it is ours.
    pub(crate) files: Option<Files>,
    pub(crate) pid: Option<u32>,
    /// Whether something did not answer in time, so that it is asked before it gets another session.
    suspect: AtomicBool,
    /// Cancelled when its process has been waited for and its files are gone.
    ended: CancellationToken,
    stop: CancellationToken,
    /// Ends it with us.
    _guard: DropGuard,
}

/// Where files go: those for uploads when the browser's user may not read ours, and downloads until they are given up.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) directory: std::path::PathBuf,
    pub(crate) user: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    product: String,
    user_agent: String,
}

impl Browser {
    /// Starts a browser of ours.
    pub(crate) async fn launch(
        kind: &Kind,
        options: &LaunchOptions,
        room: OwnedSemaphorePermit,
        tasks: &TaskTracker,
        cx: &OpContext,
    ) -> Result<Self> {
        let cx = &cx.capped(options.timeout);
        let router = Arc::new(Router::default());
        let stop = CancellationToken::new();
        // Until the browser is handed out, leaving here ends it.
        let guard = stop.clone().drop_guard();
        let connected = CancellationToken::new();
        let sink = Arc::clone(&router) as Arc<dyn connection::EventSink>;
        let Started { child, home, connection, complaints } =
            launch::start(kind, options, sink, connected.clone(), tasks, cx).await?;
        router.set_connection(&connection);
        let pid = child.id();
        let ended = CancellationToken::new();
        let user = launch::run_as(options);
        let files = Files { directory: home.data("tmp"), user };
        if let Some(pid) = pid
            && let Err(error) = home.mark(pid)
        {
            tracing::warn!(%error, "cannot note the process of a browser");
        }
        let process = Process { child, home: Some(home) };
        let supervisor = Supervisor { process, connection: connection.clone(), connected, _room: room };
        tasks.spawn(supervisor.run(stop.clone(), ended.clone()));
        let version = match begin(&connection, cx).await {
            Ok(version) => version,
            Err(error) => {
                let path = kind.binary.path.display();
                let message = match error {
                    CallError::Deadline => format!("{path} did not answer in time"),
                    other => format!("{path} ended before it answered ({})", other.into_error("starting")),
                };
                return Err(launch::explain(Error::new(ErrorKind::ProvisionFailed, message), &complaints).await);
            }
        };
        let product = match Product::of(&kind.binary.path, cx.remaining()).await {
            Some(product) => product,
            None => parsed(&version)?,
        };
        let identity = Identity::ours(product, version.user_agent, &options.extra_args);
        Ok(Self {
            connection,
            router,
            product: version.product,
            identity,
            endpoint: None,
            files: Some(files),
            pid,
            suspect: AtomicBool::new(false),
            ended,
            stop,
            _guard: guard,
        })
    }

    /// Connects to a browser that runs elsewhere.
    pub(crate) async fn connect(endpoint: &Url, tasks: &TaskTracker, cx: &OpContext) -> Result<Self> {
        let websocket = crate::discover::websocket(endpoint, cx).await?;
        let router = Arc::new(Router::default());
        let stop = CancellationToken::new();
        let guard = stop.clone().drop_guard();
        let sink = Arc::clone(&router) as Arc<dyn connection::EventSink>;
        let connection = connection::connect_websocket(&websocket, sink, stop.clone(), tasks, cx).await?;
        router.set_connection(&connection);
        let fail = |error: CallError| error.into_error("connecting to the browser");
        let version: Version =
            connection.call_as(None, "Browser.getVersion", &GetVersionParams::default(), cx).await.map_err(fail)?;
        // Tabs of others are listed, which does not disturb them; popups of ours are found so.
        let pages = FilterEntry { exclude: None, r#type: Some("page".to_owned()) };
        let discover = SetDiscoverTargetsParams {
            filter: Some(TargetFilter::new(vec![pages])),
            ..SetDiscoverTargetsParams::new(true)
        };
        connection.call(None, &discover, cx).await.map_err(fail)?;
        let product = parsed(&version)?;
        Ok(Self {
            connection,
            router,
            product: version.product,
            identity: Identity::remote(product, version.user_agent),
            endpoint: Some(endpoint.clone()),
            files: None,
            pid: None,
            suspect: AtomicBool::new(false),
            ended: CancellationToken::new(),
            stop,
            _guard: guard,
        })
    }

    /// Returns whether it is a browser of ours.
    pub(crate) fn is_ours(&self) -> bool {
        self.endpoint.is_none()
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.connection.is_gone()
    }

    /// Notes that something did not answer in time, or that it does again.
    pub(crate) fn suspect(&self, is: bool) {
        self.suspect.store(is, Ordering::Relaxed);
    }

    pub(crate) fn is_suspect(&self) -> bool {
        self.suspect.load(Ordering::Relaxed)
    }

    /// Returns what is cancelled when its process has been waited for and its files are gone.
    pub(crate) fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Ends it and waits until its process and files are gone.
    pub(crate) async fn end(&self, cx: &OpContext) -> Result<()> {
        self.begin_end();
        if self.is_ours() {
            cx.bound("ending the browser", async {
                self.ended.cancelled().await;
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Has it end, without waiting.
    pub(crate) fn begin_end(&self) {
        self.stop.cancel();
    }
}

fn parsed(version: &Version) -> Result<Product> {
    Product::parse(&version.product).ok_or_else(|| {
        let message = format!("the browser calls itself {:?}, which names no version", version.product);
        Error::new(ErrorKind::ProvisionFailed, message)
    })
}

/// Says what every page is to wait for, and asks who it is.
async fn begin(connection: &Connection, cx: &OpContext) -> Result<Version, CallError> {
    let downloads = SetDownloadBehaviorParams::new(SetDownloadBehaviorBehavior::Deny);
    let attaching = connection.start_command(None, &attach_pages());
    connection.post_command(None, &downloads);
    let version = connection.start_command(None, &GetVersionParams::default());
    attaching.wait(cx).await?.result::<serde_json::Value>()?;
    version.wait(cx).await?.result()
}

struct Supervisor {
    process: Process,
    connection: Connection,
    connected: CancellationToken,
    /// Free for another browser when this one has ended.
    _room: OwnedSemaphorePermit,
}

impl Supervisor {
    /// Waits for the end of the process, or brings it about, and removes its files.
    async fn run(mut self, stop: CancellationToken, ended: CancellationToken) {
        let _ended = ended.drop_guard();
        let pid = self.process.child.id();
        tokio::select! {
            _ = self.process.child.wait() => {}
            () = stop.cancelled() => {
                self.connection.post_command(None, &CloseParams::default());
                if tokio::time::timeout(CLOSING, self.process.child.wait()).await.is_err() {
                    pid.inspect(|pid| kill_group(*pid));
                    let _ = self.process.child.wait().await;
                }
            }
            // It has closed its end, or we ours: it is ending, or hangs.
            () = self.connected.cancelled() => {
                if tokio::time::timeout(CLOSING, self.process.child.wait()).await.is_err() {
                    pid.inspect(|pid| kill_group(*pid));
                    let _ = self.process.child.wait().await;
                }
            }
        }
        self.connected.cancel();
        // Its children end by themselves, but may take seconds. The number of the group cannot have gone to strangers:
        // numbers are not given anew at once.
        pid.inspect(|pid| kill_group(*pid));
        if let Some(home) = self.process.home.take() {
            home.remove().await;
        }
    }
}

/// A process and its files; where the runtime ends before it does, the group is killed and the files go.
struct Process {
    child: Child,
    home: Option<Home>,
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.home.is_some()
            && let Some(pid) = self.child.id()
        {
            kill_group(pid);
        }
    }
}
