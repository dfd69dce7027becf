//! [`DriverDoctor`]: what a person needs to know of a driver.

use std::path::PathBuf;
use std::time::Instant;

use browsr_core::{OpContext, Result};
use tokio_util::task::TaskTracker;

use super::{Driver, DriverOptions, find};

/// What an examination of a driver found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriverDoctor {
    /// The driver.
    pub executable: PathBuf,
    /// The browser that it starts.
    pub browser: PathBuf,
    /// What the driver says of its version, such as `ChromeDriver 150.0.1.2`.
    pub version: String,
    /// How long it took to listen.
    pub started_in: std::time::Duration,
}

impl DriverDoctor {
    /// Finds a driver and its browser, starts the driver, and ends it.
    ///
    /// # Errors
    ///
    /// [`ProvisionFailed`](browsr_core::ErrorKind::ProvisionFailed) where one is missing or the driver cannot start,
    /// with the reason and the way out in the message.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the driver.
    pub async fn examine(options: &DriverOptions, cx: &OpContext) -> Result<Self> {
        let executable = find::driver(options)?;
        let browser = find::browser(options)?;
        let begun = Instant::now();
        let driver = Driver::start(options, &TaskTracker::new(), cx).await?;
        let started_in = begun.elapsed();
        driver.end(cx).await?;
        let asked = tokio::process::Command::new(&executable).arg("--version").kill_on_drop(true).output();
        let version = cx.bound("asking the driver for its version", async { Ok(asked.await.ok()) }).await?;
        let text = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let version = text.lines().next().unwrap_or_default().split(" (").next().unwrap_or_default().to_owned();
        Ok(Self { executable, browser, version, started_in })
    }
}
