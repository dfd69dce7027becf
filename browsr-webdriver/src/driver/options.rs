//! [`DriverOptions`]: which driver is started, and how.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use browsr_core::Error;
use browsr_core::process::Sandbox;

use super::ports::ReservedPorts;

/// A browser that a driver drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum DriverBrowser {
    /// Chrome or Chromium, by `chromedriver`.
    #[default]
    Chrome,
    /// Firefox, by `geckodriver`.
    Firefox,
}

impl DriverBrowser {
    /// Every one there is.
    pub const ALL: [Self; 2] = [Self::Chrome, Self::Firefox];

    /// Returns its name, as W3C capabilities and the API have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chrome => "chrome",
            Self::Firefox => "firefox",
        }
    }

    /// Returns the name of its driver.
    pub const fn driver(self) -> &'static str {
        match self {
            Self::Chrome => "chromedriver",
            Self::Firefox => "geckodriver",
        }
    }
}

impl fmt::Display for DriverBrowser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DriverBrowser {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|browser| browser.name() == name)
            .ok_or_else(|| Error::invalid("browser", format!("there is no browser {name:?}; use chrome or firefox")))
    }
}

/// How a driver is started, and the browsers that it starts. The defaults are right for a server and for a desktop.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DriverOptions {
    /// The browser.
    pub browser: DriverBrowser,
    /// The driver to start; none for `BROWSR_CHROMEDRIVER` or `BROWSR_GECKODRIVER`, else to look for one.
    pub executable: Option<PathBuf>,
    /// The browser that it starts; none for `BROWSR_CHROME` or `BROWSR_FIREFOX`, else to look for one.
    pub browser_executable: Option<PathBuf>,
    /// Whether the browser confines its processes. Only an explicit choice switches it off, and it is logged.
    pub sandbox: Sandbox,
    /// The user to run as, where we are root; none for `nobody` (65534). Without root it has no effect.
    pub run_as: Option<u32>,
    /// How long a driver may take to listen after its start. Default 20 s.
    pub timeout: Duration,
    /// Ports on which no page may reach anything by any host, beside that of the driver itself: those of our own servers
    /// and of other drivers.
    pub blocked_ports: Vec<u16>,
    /// Ports set aside for drivers, so that browsers started earlier know them; none for whichever is free.
    pub ports: Option<ReservedPorts>,
}

impl DriverOptions {
    /// The defaults for a browser.
    pub fn new(browser: DriverBrowser) -> Self {
        Self {
            browser,
            executable: None,
            browser_executable: None,
            sandbox: Sandbox::default(),
            run_as: None,
            timeout: Duration::from_secs(20),
            blocked_ports: Vec::new(),
            ports: None,
        }
    }

    /// Names the driver to start.
    #[must_use]
    pub fn with_executable(mut self, executable: impl Into<PathBuf>) -> Self {
        self.executable = Some(executable.into());
        self
    }

    /// Names the browser that it starts.
    #[must_use]
    pub fn with_browser_executable(mut self, executable: impl Into<PathBuf>) -> Self {
        self.browser_executable = Some(executable.into());
        self
    }

    /// Chooses whether the browser confines its processes.
    #[must_use]
    pub const fn with_sandbox(mut self, sandbox: Sandbox) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// Names the user to run as where we are root.
    #[must_use]
    pub const fn with_run_as(mut self, user: u32) -> Self {
        self.run_as = Some(user);
        self
    }

    /// Sets how long a driver may take to listen after its start.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the ports that no page may reach.
    #[must_use]
    pub fn with_blocked_ports(mut self, ports: impl Into<Vec<u16>>) -> Self {
        self.blocked_ports = ports.into();
        self
    }

    /// Sets ports aside.
    #[must_use]
    pub fn with_ports(mut self, ports: ReservedPorts) -> Self {
        self.ports = Some(ports);
        self
    }
}

impl Default for DriverOptions {
    fn default() -> Self {
        Self::new(DriverBrowser::default())
    }
}
