//! [`Driver`]: a `chromedriver` or `geckodriver` of ours, and whatever it starts.
//!
//! A driver leads a session of processes (in the sense of the kernel) in which all its browsers run, with a directory
//! that holds their files. When it ends, or we do, however that happens, every process of that session is killed; files
//! that we could not remove are swept by the next start. Read [`Drivers`] for who starts drivers, and when.

mod capabilities;
mod doctor;
mod find;
mod options;
mod pool;
mod ports;
mod start;

use std::path::PathBuf;

use browsr_core::process::{self, Home};
use browsr_core::{Error, ErrorKind, OpContext, Result};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use url::Url;

pub use capabilities::{BrowserSetup, remote_setup};
pub use doctor::DriverDoctor;
pub use options::{DriverBrowser, DriverOptions};
pub use pool::Drivers;
pub use ports::ReservedPorts;

use ports::TakenPort;
use start::{HOMES, Process, Started};

/// A driver that listens. Dropping it ends it and its browsers, without waiting.
#[derive(Debug)]
pub struct Driver {
    browser: DriverBrowser,
    pub(crate) browser_executable: PathBuf,
    port: u16,
    version: String,
    url: Url,
    pid: Option<u32>,
    options: DriverOptions,
    uploads: PathBuf,
    /// Cancelled when its process is dead.
    ended: CancellationToken,
    /// Cancelled when nothing of it is left.
    gone: CancellationToken,
    stop: CancellationToken,
    _guard: DropGuard,
}

impl Driver {
    /// Starts a driver, within its own time limit and that of the context. The task that looks after it is tracked.
    ///
    /// # Errors
    ///
    /// [`ProvisionFailed`](ErrorKind::ProvisionFailed) where there is no driver or browser, or it does not start; the
    /// message has the way out.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends what was started.
    pub async fn start(options: &DriverOptions, tasks: &TaskTracker, cx: &OpContext) -> Result<Self> {
        let Started { process, port, version, taken, browser } = start::start(options, tasks, cx).await?;
        let url = Url::parse(&format!("http://127.0.0.1:{port}/"))
            .map_err(|source| Error::new(ErrorKind::ProvisionFailed, "the driver has no port").with_source(source))?;
        let pid = process.child.id();
        let uploads = process.home.as_ref().map(|home| home.data("tmp")).unwrap_or_default();
        let stop = CancellationToken::new();
        let driver = Self {
            browser: options.browser,
            browser_executable: browser,
            port,
            version,
            url,
            pid,
            options: options.clone(),
            uploads,
            ended: CancellationToken::new(),
            gone: CancellationToken::new(),
            _guard: stop.clone().drop_guard(),
            stop,
        };
        tasks.spawn(supervise(process, taken, driver.stop.clone(), driver.ended.clone(), driver.gone.clone()));
        tracing::info!(driver = options.browser.driver(), pid, "driver started");
        Ok(driver)
    }

    /// Removes what drivers of dead processes have left, and ends their browsers. Returns how many were found. Blocks.
    pub fn sweep() -> usize {
        process::sweep(HOMES)
    }

    /// Returns where it listens.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Returns which browser it drives.
    pub const fn browser(&self) -> DriverBrowser {
        self.browser
    }

    /// Returns its process id, which is that of its session as well.
    pub const fn process_id(&self) -> Option<u32> {
        self.pid
    }

    /// Returns where files for uploads have to be, and the user who must be able to read them, as its browsers may not
    /// read ours.
    pub fn uploads(&self) -> (&std::path::Path, Option<u32>) {
        (&self.uploads, process::run_as(self.options.run_as, self.options.sandbox))
    }

    /// Returns the signal that its process is dead: every session on it is lost.
    pub const fn ended(&self) -> &CancellationToken {
        &self.ended
    }

    /// Returns whether its process is dead, or has been told to end.
    pub fn is_gone(&self) -> bool {
        self.ended.is_cancelled() || self.stop.is_cancelled()
    }

    /// Has it end, without waiting.
    pub fn begin_end(&self) {
        self.stop.cancel();
    }

    /// Ends it and its browsers, and waits until their processes and files are gone.
    ///
    /// # Errors
    ///
    /// [`Timeout`](ErrorKind::Timeout) at the deadline; it ends all the same.
    ///
    /// # Cancel safety
    ///
    /// Safe: it ends all the same.
    pub async fn end(&self, cx: &OpContext) -> Result<()> {
        self.begin_end();
        cx.bound("ending the driver", async {
            self.gone.cancelled().await;
            Ok(())
        })
        .await
    }

    /// Kills one browser of it, by the process id that the driver gave (`goog:processID`, `moz:processID`), where
    /// closing its session was of no avail. Its other processes end with it. Does nothing about a process of others.
    pub fn kill_browser(&self, pid: u32) {
        if let Some(driver) = self.pid
            && driver != pid
        {
            process::kill_in_session(driver, pid);
        }
    }
}

/// Waits for the end of the process, or brings it about, kills what it leaves, and removes its files.
async fn supervise(
    mut process: Process,
    taken: Option<TakenPort>,
    stop: CancellationToken,
    ended: CancellationToken,
    gone: CancellationToken,
) {
    let _gone = gone.drop_guard();
    let pid = process.child.id();
    tokio::select! {
        status = process.child.wait() => {
            let status = status.map(|status| status.to_string()).unwrap_or_default();
            tracing::warn!(pid, status, "a driver has ended by itself");
        }
        () = stop.cancelled() => {}
    }
    ended.cancel();
    if let Some(pid) = pid {
        // The number cannot have gone to strangers: numbers are not given anew at once.
        process::kill_group(pid);
        let _ = tokio::task::spawn_blocking(move || process::kill_session(pid)).await;
    }
    let _ = process.child.wait().await;
    process.lifeline = None;
    drop(taken);
    if let Some(home) = process.home.take() {
        Home::remove(home).await;
    }
}
