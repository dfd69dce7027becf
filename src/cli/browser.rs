//! The options on browsers that several subcommands share, and the backends they make.

use std::path::PathBuf;

use browsr::driver::{DriverBrowser, DriverOptions, ReservedPorts};
use browsr::{CdpBackend, Engine, EngineBuilder, LaunchOptions, NavigationPolicy, WebDriverBackend};
use clap::{Args, ValueEnum};
use url::Url;

use super::Failure;

/// Which browser, and how.
#[derive(Debug, Clone, Args)]
pub(crate) struct BrowserArguments {
    /// How browsers are driven unless a session says otherwise.
    #[arg(long, value_enum, env = "BROWSR_BACKEND", default_value_t = Backend::Cdp)]
    backend: Backend,
    /// The browser that sessions get unless they say otherwise. Firefox needs --backend webdriver.
    #[arg(long, value_enum, env = "BROWSR_BROWSER", default_value_t = Browser::Chrome)]
    browser: Browser,
    /// The URL of a WebDriver or Selenium Grid that runs already, instead of drivers started here.
    #[arg(long, value_name = "URL", env = "BROWSR_WEBDRIVER_URL", value_parser = webdriver_url)]
    webdriver_url: Option<Url>,
    /// The Chrome to run; found by itself without this.
    #[arg(long, value_name = "PATH", env = "BROWSR_CHROME")]
    chrome: Option<PathBuf>,
    /// Run browsers without their sandbox. Do not do this with pages you do not trust.
    #[arg(long)]
    no_sandbox: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Backend {
    /// Chrome by the DevTools protocol.
    Cdp,
    /// Chrome, Firefox or Selenium Grid by WebDriver.
    #[value(name = "webdriver")]
    WebDriver,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Browser {
    /// Chrome or Chromium.
    Chrome,
    /// Firefox.
    Firefox,
}

impl From<Browser> for DriverBrowser {
    fn from(browser: Browser) -> Self {
        match browser {
            Browser::Chrome => Self::Chrome,
            Browser::Firefox => Self::Firefox,
        }
    }
}

fn webdriver_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "http" | "https" if url.host().is_some() => Ok(url),
        _ => Err("it must be http://host:port or https://host:port".to_owned()),
    }
}

impl BrowserArguments {
    /// Makes the options to launch Chrome by.
    pub(crate) fn launch_options(&self) -> LaunchOptions {
        let mut options = LaunchOptions::new();
        if let Some(chrome) = &self.chrome {
            options = options.with_executable(chrome);
        }
        if self.no_sandbox {
            options = options.with_sandbox(browsr::cdp::Sandbox::Off);
        }
        options
    }

    /// Makes the options to start a driver by.
    pub(crate) fn driver_options(&self, browser: DriverBrowser) -> DriverOptions {
        let mut options = DriverOptions::new(browser);
        if let (DriverBrowser::Chrome, Some(chrome)) = (browser, &self.chrome) {
            options = options.with_browser_executable(chrome);
        }
        if self.no_sandbox {
            options = options.with_sandbox(browsr::cdp::Sandbox::Off);
        }
        options
    }

    /// Whether what a doctor looks at is a driver or Grid elsewhere.
    pub(crate) const fn webdriver_url(&self) -> Option<&Url> {
        self.webdriver_url.as_ref()
    }

    /// Whether Firefox, or a driver, is what sessions get.
    pub(crate) fn by_driver(&self) -> Option<DriverBrowser> {
        (self.backend == Backend::WebDriver).then(|| self.browser.into())
    }

    /// Makes an engine of every backend, the chosen one first. No page reaches one of these ports, nor those that are
    /// set aside here for drivers; `sessions` and `browsers` are how many there may be at once.
    pub(crate) fn engine(
        &self,
        own_ports: &[u16],
        sessions: usize,
        browsers: Option<u16>,
    ) -> Result<EngineBuilder, Failure> {
        let chosen = DriverBrowser::from(self.browser);
        if let Some(chrome) =
            self.chrome.as_deref().filter(|chrome| chrome.components().count() > 1 && !chrome.is_file())
        {
            return Err(format!(
                "there is no browser at {}; name the program of Chrome or Chromium by --chrome or BROWSR_CHROME, or leave \
                 that out to have it found",
                chrome.display()
            )
            .into());
        }
        if self.backend == Backend::Cdp && chosen == DriverBrowser::Firefox {
            return Err("--browser firefox needs --backend webdriver".into());
        }
        if self.backend == Backend::Cdp && self.webdriver_url.is_some() {
            return Err("--webdriver-url needs --backend webdriver".into());
        }
        // A driver for each session, and some for those that are just ending.
        let ports = match &self.webdriver_url {
            None => Some(ReservedPorts::reserve(sessions.min(64) + 4)?),
            Some(_) => None,
        };
        let mut blocked = own_ports.to_vec();
        blocked.extend(ports.iter().flat_map(ReservedPorts::numbers));
        blocked.extend(self.webdriver_url.iter().filter(|url| is_here(url)).filter_map(Url::port_or_known_default));
        let mut launch = self.launch_options().with_blocked_ports(blocked.clone());
        launch.max_browsers = browsers.map(usize::from);
        let cdp = CdpBackend::launch(launch);
        let by_driver = |browser| {
            if let Some(url) = &self.webdriver_url {
                return WebDriverBackend::connect(browser, url.clone());
            }
            let options = self.driver_options(browser).with_blocked_ports(blocked.clone());
            WebDriverBackend::launch(match &ports {
                Some(ports) => options.with_ports(ports.clone()),
                None => options,
            })
        };
        let other = if chosen == DriverBrowser::Chrome { DriverBrowser::Firefox } else { DriverBrowser::Chrome };
        let engine = Engine::builder().policy(NavigationPolicy::new().with_denied_ports(blocked.clone()));
        Ok(if self.backend == Backend::Cdp {
            engine.backend(cdp).backend(by_driver(chosen)).backend(by_driver(other))
        } else {
            engine.backend(by_driver(chosen)).backend(by_driver(other)).backend(cdp)
        })
    }
}

/// Whether a URL leads to this machine.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
