//! Chromium as a program: where it is, and the switches that every backend starts it with.

use std::path::{Path, PathBuf};

use super::{find_first, is_program};
use crate::types::Viewport;

/// The names of the full browser.
pub const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
];

/// Switches for a browser that is driven: it does not call home, and its pages run unseen as if they were seen.
pub const SWITCHES: &[&str] = &[
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--no-service-autorun",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-hang-monitor",
    "--disable-prompt-on-repost",
    "--disable-quic",
    "--disable-renderer-backgrounding",
    "--disable-search-engine-choice-screen",
    "--disable-sync",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-color-profile=srgb",
];

/// Features that call home, open pages or windows of their own, or keep pages alive unseen.
const DISABLED_FEATURES: &[&str] = &[
    "AutofillServerCommunication",
    "BackForwardCache",
    "CertificateTransparencyComponentUpdater",
    "DialMediaRouteProvider",
    "InterestFeedContentSuggestions",
    "MediaRouter",
    "OptimizationHints",
    "OptimizationGuideModelDownloading",
    "Prerender2",
    "Translate",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFrame",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxPopup",
    "WebUIOmniboxSimplification",
];

/// The size of the screen, in CSS pixels.
pub const SCREEN: [u32; 2] = [1920, 1080];

/// The size of every window, in CSS pixels: one that most viewports fit into, and that lies on the screen with others
/// beside it.
pub const WINDOW: [u32; 2] = [1600, 900];

/// Returns the switches that give a headless browser its screen, and its windows a size of at least the viewport.
pub fn screen(viewport: Option<Viewport>) -> [String; 2] {
    let [wide, high] = viewport.map_or([0, 0], |viewport| [viewport.width, viewport.height]);
    let [screen, window] = [SCREEN, WINDOW].map(|[width, height]| [width.max(wide), height.max(high)]);
    [format!("--screen-info={{{}x{}}}", screen[0], screen[1]), format!("--window-size={},{}", window[0], window[1])]
}

/// Returns the switch that disables unwanted features. There must be only one of its kind.
pub fn disabled_features() -> String {
    format!("--disable-features={}", DISABLED_FEATURES.join(","))
}

/// Returns the switch that keeps pages from ports, by whatever name of whatever host.
pub fn blocked_ports(ports: &[u16]) -> Option<String> {
    let rules: Vec<_> = ports.iter().map(|port| format!("MAP *:{port} ~NOTFOUND")).collect();
    (!rules.is_empty()).then(|| format!("--host-resolver-rules={}", rules.join(",")))
}

/// Finds the full browser.
pub fn find() -> Option<PathBuf> {
    find_first(NAMES, &usual_places()).map(behind_wrapper)
}

/// Debian installs shell scripts in front of the programs, one of which stays as their parent; starting what is behind
/// makes our child the browser itself.
pub fn behind_wrapper(path: PathBuf) -> PathBuf {
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
