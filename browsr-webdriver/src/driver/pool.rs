//! [`Drivers`]: starts drivers as sessions need them, shares the one that can be shared, and replaces it when it dies.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use browsr_core::{Error, ErrorKind, OpContext, Result};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use super::{Driver, DriverBrowser, DriverOptions};

/// The drivers of one browser. Cheap to clone; clones share them.
///
/// One `chromedriver` serves every session and stays; `geckodriver` serves one session each and ends with it. A driver
/// that died is replaced with the next session.
#[derive(Debug, Clone)]
pub struct Drivers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: DriverOptions,
    /// The one that is shared. The lock is held while it starts, so that only one does.
    shared: Arc<tokio::sync::Mutex<Option<Arc<Driver>>>>,
    all: Mutex<Vec<Weak<Driver>>>,
    tasks: TaskTracker,
    swept: OnceLock<()>,
}

impl Drivers {
    /// Makes a pool. Nothing starts yet.
    pub fn new(options: DriverOptions) -> Self {
        Self(Arc::new(Inner {
            options,
            shared: Arc::default(),
            all: Mutex::default(),
            tasks: TaskTracker::new(),
            swept: OnceLock::new(),
        }))
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
    /// Safe: a shared driver that is being started is there for the next, another is ended.
    pub async fn acquire(&self, cx: &OpContext) -> Result<Arc<Driver>> {
        if self.0.options.browser == DriverBrowser::Firefox {
            return self.start(cx).await;
        }
        let waiting = async { Ok(Arc::clone(&self.0.shared).lock_owned().await) };
        let mut place = cx.bound("waiting for the driver to start", waiting).await?;
        if let Some(driver) = place.as_ref().filter(|driver| !driver.is_gone()) {
            return Ok(Arc::clone(driver));
        }
        // In a task of its own: who waits may give up, and the next finds the driver started.
        let drivers = self.clone();
        let (sender, started) = oneshot::channel();
        self.0.tasks.spawn(async move {
            *place = None;
            let result = drivers.start(&OpContext::within(drivers.0.options.timeout)).await;
            if let Ok(driver) = &result {
                *place = Some(Arc::clone(driver));
            }
            drop(place);
            let _ = sender.send(result);
        });
        cx.bound("starting the driver", async {
            started.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::ProvisionFailed, "the driver did not start")))
        })
        .await
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
            // A driver that is starting must not outlive this.
            if let Some(driver) = self.0.shared.lock().await.take() {
                driver.begin_end();
            }
            self.0.tasks.wait().await;
            Ok(())
        })
        .await
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Driver>>> {
        self.0.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
