//! Where browsers are: the option, `BROWSR_CHROME`, the program names in `PATH`, and the usual places of each system.

use std::path::PathBuf;

use browsr_core::process::{chromium, find_first, find_in_path, is_program};
use browsr_core::{Error, ErrorKind, Result};

use crate::options::{HeadlessBinary, LaunchOptions};

/// The environment variable that names the browser.
pub(crate) const VARIABLE: &str = "BROWSR_CHROME";

const SHELL_NAMES: &[&str] = &["chromium-headless-shell", "chrome-headless-shell", "headless_shell"];

/// A browser program.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Binary {
    /// The program to start.
    pub(crate) path: PathBuf,
    /// Whether it is the headless shell, which has no window at all.
    pub(crate) is_shell: bool,
}

impl Binary {
    fn new(path: PathBuf) -> Self {
        let path = chromium::behind_wrapper(path);
        let is_shell = path.file_stem().is_some_and(|name| {
            let name = name.to_string_lossy();
            name.contains("headless-shell") || name.contains("headless_shell")
        });
        Self { path, is_shell }
    }
}

/// Finds the program for a session.
pub(crate) fn find(options: &LaunchOptions, headless: bool) -> Result<Binary> {
    let named = options
        .executable
        .clone()
        .map(|path| (path, "the option executable"))
        .or_else(|| std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(|path| (path.into(), VARIABLE)));
    if let Some((path, by)) = named {
        let found = if path.components().count() == 1 { find_in_path(&path) } else { Some(path.clone()) };
        return match found.filter(|path| is_program(path)) {
            Some(path) => Ok(Binary::new(path)),
            None => Err(Error::new(
                ErrorKind::ProvisionFailed,
                format!("{by} names {}, which is no program that can be run", path.display()),
            )),
        };
    }
    let shell = || find_first(SHELL_NAMES, &[]);
    let full = chromium::find;
    let found = match (headless, options.headless) {
        (true, HeadlessBinary::Auto) => shell().or_else(full),
        (true, HeadlessBinary::Shell) => shell(),
        _ => full(),
    };
    found.map(Binary::new).ok_or_else(|| {
        let what = match (headless, options.headless) {
            (true, HeadlessBinary::Shell) => "chromium-headless-shell",
            _ => "Chrome or Chromium",
        };
        Error::new(
            ErrorKind::ProvisionFailed,
            format!("no {what} found; install it (Debian: apt install chromium chromium-headless-shell) or set {VARIABLE} to its path"),
        )
    })
}
