//! Where drivers and browsers are: the option, the environment variable, `PATH`, and the usual places.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use browsr_core::process::{chromium, find_first, find_in_path, is_program};
use browsr_core::{Error, ErrorKind, Result};

use super::options::{DriverBrowser, DriverOptions};

/// Finds the driver.
pub(super) fn driver(options: &DriverOptions) -> Result<PathBuf> {
    let (variable, package) = match options.browser {
        DriverBrowser::Chrome => ("BROWSR_CHROMEDRIVER", "Debian: apt install chromium-driver"),
        DriverBrowser::Firefox => ("BROWSR_GECKODRIVER", "cargo install geckodriver --locked"),
    };
    if let Some(named) = named(options.executable.as_deref(), variable)? {
        return Ok(named);
    }
    let name = options.browser.driver();
    // Where Cargo puts what it installs need not be in the PATH of a server.
    let cargo = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")))
        .map(|home| home.join("bin").join(name));
    let usual = [PathBuf::from("/usr/lib/chromium").join(name), PathBuf::from("/snap/bin").join(name)];
    let places: Vec<_> = cargo.into_iter().chain(usual).collect();
    find_first(&[name], &places).ok_or_else(|| {
        Error::new(
            ErrorKind::ProvisionFailed,
            format!("no {name} found; install it ({package}) or set {variable} to its path"),
        )
    })
}

/// Finds the browser.
pub(super) fn browser(options: &DriverOptions) -> Result<PathBuf> {
    let (variable, found, package) = match options.browser {
        DriverBrowser::Chrome => ("BROWSR_CHROME", chromium::find as fn() -> Option<PathBuf>, "chromium"),
        DriverBrowser::Firefox => ("BROWSR_FIREFOX", firefox as fn() -> Option<PathBuf>, "firefox-esr"),
    };
    if let Some(named) = named(options.browser_executable.as_deref(), variable)? {
        return Ok(chromium::behind_wrapper(named));
    }
    found().ok_or_else(|| {
        Error::new(
            ErrorKind::ProvisionFailed,
            format!(
                "no {} found; install it (Debian: apt install {package}) or set {variable} to its path",
                options.browser
            ),
        )
    })
}

fn firefox() -> Option<PathBuf> {
    let places = [
        "/usr/lib/firefox-esr/firefox-esr",
        "/usr/lib/firefox/firefox",
        "/opt/firefox/firefox",
        "/Applications/Firefox.app/Contents/MacOS/firefox",
        r"C:\Program Files\Mozilla Firefox\firefox.exe",
    ];
    find_first(&["firefox-esr", "firefox"], &places.map(PathBuf::from))
}

/// The program that an option or the environment names, which must be one.
fn named(option: Option<&Path>, variable: &str) -> Result<Option<PathBuf>> {
    let by_variable = || std::env::var_os(variable).filter(|path| !OsStr::is_empty(path)).map(PathBuf::from);
    let (path, by) = match option {
        Some(path) => (path.to_owned(), "an option"),
        None => match by_variable() {
            Some(path) => (path, variable),
            None => return Ok(None),
        },
    };
    let found = if path.components().count() == 1 { find_in_path(&path) } else { Some(path.clone()) };
    found.filter(|path| is_program(path)).map(Some).ok_or_else(|| {
        Error::new(
            ErrorKind::ProvisionFailed,
            format!("{by} names {}, which is no program that can be run", path.display()),
        )
    })
}
