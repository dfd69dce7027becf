//! Where browsers are: the option, `BROWSR_CHROME`, the program names in `PATH`, and the usual places of each system.

use std::path::{Path, PathBuf};

use browsr_core::process::{find_first, find_in_path, is_program};
use browsr_core::{Error, ErrorKind, Result};

use crate::options::{HeadlessBinary, LaunchOptions};

/// The environment variable that names the browser.
pub(crate) const VARIABLE: &str = "BROWSR_CHROME";

const FULL_NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
];
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
        let path = behind_wrapper(path);
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
    let full = || find_first(FULL_NAMES, &usual_places());
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

/// Debian installs shell scripts in front of the programs, one of which stays as their parent; starting what is behind
/// makes our child the browser itself.
fn behind_wrapper(path: PathBuf) -> PathBuf {
    let Some(name) = path.file_name() else { return path };
    let is_script = std::fs::File::open(&path).is_ok_and(|mut file| {
        let mut start = [0; 2];
        std::io::Read::read_exact(&mut file, &mut start).is_ok() && &start == b"#!"
    });
    let behind = Path::new("/usr/lib/chromium").join(name);
    if is_script && is_program(&behind) { behind } else { path }
}

#[cfg(target_os = "macos")]
fn usual_places() -> Vec<PathBuf> {
    ["Google Chrome", "Chromium", "Microsoft Edge"]
        .iter()
        .map(|name| PathBuf::from(format!("/Applications/{name}.app/Contents/MacOS/{name}")))
        .collect()
}

#[cfg(windows)]
fn usual_places() -> Vec<PathBuf> {
    let below = [
        r"Google\Chrome\Application\chrome.exe",
        r"Chromium\Application\chrome.exe",
        r"Microsoft\Edge\Application\msedge.exe",
    ];
    ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"]
        .iter()
        .filter_map(std::env::var_os)
        .flat_map(|root| below.map(|path| PathBuf::from(&root).join(path)))
        .collect()
}

#[cfg(not(any(target_os = "macos", windows)))]
fn usual_places() -> Vec<PathBuf> {
    [
        "/opt/google/chrome/chrome",
        "/opt/chromium.org/chromium/chromium",
        "/usr/lib/chromium/chromium",
        "/snap/bin/chromium",
    ]
    .map(PathBuf::from)
    .to_vec()
}
