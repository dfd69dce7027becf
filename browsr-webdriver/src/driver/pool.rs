//! [`Drivers`]: starts drivers as sessions need them, one each.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use browsr_core::{Error, ErrorKind, OpContext, Result};
use tokio_util::task::TaskTracker;

use super::{Driver, DriverOptions};

/// The drivers of one browser. Cheap to clone; clones share them.
///
/// Each session has a driver of its own, which ends with it. `geckodriver` serves one only; `chromedriver` would serve
/// many, but while it launches a browser or waits for a page that hangs, the others stand still.
#[derive(Debug, Clone)]
pub struct Drivers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: DriverOptions,
    all: Mutex<Vec<Weak<Driver>>>,
    tasks: TaskTracker,
    swept: OnceLock<()>,
}

impl Drivers {
    /// Makes a pool. Nothing starts yet.
    pub fn new(options: DriverOptions) -> Self {
        Self(Arc::new(Inner { options, all: Mutex::default(), tasks: TaskTracker::new(), swept: OnceLock::new() }))
    }

    /// Returns the options that drivers are started with.
    pub fn options(&self) -> &DriverOptions {
        &self.0.options
    }

    /// Returns a driver for a session, which keeps it for as long as it lives.
    ///
    /// # Errors
    ///
    /// As [`Driver::start`]; [`Closed`](ErrorKind::Closed) after [`shutdown`](Self::shutdown).
    ///
    /// # Cancel safety
    ///
    /// Safe: a driver that is being started is ended.
    pub async fn acquire(&self, cx: &OpContext) -> Result<Arc<Driver>> {
        self.start(cx).await
    }

    async fn start(&self, cx: &OpContext) -> Result<Arc<Driver>> {
        if self.0.tasks.is_closed() {
            return Err(Error::new(ErrorKind::Closed, "the backend is shut down"));
        }
        if self.0.swept.set(()).is_ok() {
            // Beside the start, which does not depend on it.
            self.0.tasks.spawn_blocking(Driver::sweep);
        }
        let driver = Arc::new(Driver::start(&self.0.options, &self.0.tasks, cx).await?);
        self.all().push(Arc::downgrade(&driver));
        if self.0.tasks.is_closed() {
            driver.begin_end();
        }
        Ok(driver)
    }

    /// Returns the drivers that run, the one that is just starting aside.
    pub fn living(&self) -> Vec<Arc<Driver>> {
        let mut all = self.all();
        all.retain(|driver| driver.strong_count() > 0);
        all.iter().filter_map(Weak::upgrade).filter(|driver| !driver.is_gone()).collect()
    }

    /// Ends every driver and its browsers, and waits until nothing of them is left. None starts from now on.
    ///
    /// # Errors
    ///
    /// [`Timeout`](ErrorKind::Timeout) at the deadline; they end all the same.
    ///
    /// # Cancel safety
    ///
    /// Safe: they end all the same.
    pub async fn shutdown(&self, cx: &OpContext) -> Result<()> {
        self.0.tasks.close();
        for driver in self.living() {
            driver.begin_end();
        }
        cx.bound("ending the drivers", async {
            self.0.tasks.wait().await;
            Ok(())
        })
        .await
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Driver>>> {
        self.0.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
