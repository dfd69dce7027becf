//! What a driver is asked for when a session is opened: the browser, its switches and preferences.

use browsr_core::process::{Product, Sandbox, chromium, has_shared_memory};
use browsr_core::{SessionOptions, UserAgent};
use serde_json::{Map, Value, json};
use url::{Host, Url};

use super::{Driver, DriverBrowser};

/// Preferences for a Firefox that is driven: it does not call home and opens nothing of its own. The driver sets many
/// more by itself.
const PREFERENCES: &[(&str, Preference)] = &[
    ("app.normandy.enabled", Preference::Bool(false)),
    ("browser.aboutwelcome.enabled", Preference::Bool(false)),
    ("browser.region.network.url", Preference::Text("")),
    ("browser.region.update.enabled", Preference::Bool(false)),
    ("browser.safebrowsing.blockedURIs.enabled", Preference::Bool(false)),
    ("browser.safebrowsing.downloads.enabled", Preference::Bool(false)),
    ("browser.safebrowsing.malware.enabled", Preference::Bool(false)),
    ("browser.safebrowsing.phishing.enabled", Preference::Bool(false)),
    ("browser.search.update", Preference::Bool(false)),
    ("datareporting.healthreport.uploadEnabled", Preference::Bool(false)),
    ("datareporting.policy.dataSubmissionEnabled", Preference::Bool(false)),
    // JSON is shown as the text that it is.
    ("devtools.jsonview.enabled", Preference::Bool(false)),
    ("dom.ipc.processPrelaunch.enabled", Preference::Bool(false)),
    ("dom.push.connection.enabled", Preference::Bool(false)),
    ("extensions.getAddons.cache.enabled", Preference::Bool(false)),
    ("extensions.systemAddon.update.enabled", Preference::Bool(false)),
    ("extensions.update.enabled", Preference::Bool(false)),
    ("media.gmp-manager.updateEnabled", Preference::Bool(false)),
    ("network.captive-portal-service.enabled", Preference::Bool(false)),
    ("network.connectivity-service.enabled", Preference::Bool(false)),
    ("network.dns.disablePrefetch", Preference::Bool(true)),
    ("network.http.speculative-parallel-limit", Preference::Int(0)),
    ("network.prefetch-next", Preference::Bool(false)),
    ("network.trr.mode", Preference::Int(5)),
    // `print()` returns at once: nobody is there to answer its window.
    ("print.enabled", Preference::Bool(false)),
    ("services.settings.server", Preference::Text("data:,#remote-settings-dummy/v1")),
    // Scroll bars take no room, as in a headless Chrome.
    ("ui.useOverlayScrollbars", Preference::Int(1)),
    ("widget.gtk.overlay-scrollbars.enabled", Preference::Bool(true)),
    ("toolkit.telemetry.server", Preference::Text("")),
];

#[derive(Debug, Clone, Copy)]
enum Preference {
    Bool(bool),
    Int(i32),
    Text(&'static str),
}

/// What a driver is asked for: W3C capabilities about the browser itself.
///
/// Made by [`Driver::setup`] or [`remote_setup`]; add those of the protocol, such as `pageLoadStrategy` or
/// `webSocketUrl`, to [`capabilities`](Self::capabilities).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BrowserSetup {
    /// To be put into `alwaysMatch`.
    pub capabilities: Map<String, Value>,
}

impl Driver {
    /// Returns what to ask it for, so that the browser cannot reach the driver, and talks to it by pipe where it can:
    /// then it has no port of its own, and ends with the driver.
    pub fn setup(&self, options: &SessionOptions) -> BrowserSetup {
        let mut ports = vec![self.port];
        ports.extend(&self.options.blocked_ports);
        ports.extend(self.options.ports.iter().flat_map(super::ReservedPorts::numbers));
        ports.sort_unstable();
        ports.dedup();
        let mut setup = setup(self.browser, options, &ports);
        let (key, own) = vendor(self.browser);
        if let Some(Value::Object(browser)) = setup.capabilities.get_mut(key) {
            browser.insert("binary".to_owned(), json!(self.browser_executable));
            if let Some(Value::Array(arguments)) = browser.get_mut("args") {
                arguments.extend(own.iter().map(|argument| json!(argument)));
                if self.browser == DriverBrowser::Chrome {
                    // The driver's version is that of its browser; a headless Chrome calls itself otherwise.
                    if options.headless
                        && options.user_agent == UserAgent::Default
                        && let Some(product) = Product::parse(&self.version)
                    {
                        arguments.push(json!(format!("--user-agent={}", product.chromium_user_agent())));
                    }
                    if self.options.sandbox == Sandbox::Off {
                        arguments.push(json!("--no-sandbox"));
                    }
                    if !has_shared_memory() {
                        arguments.push(json!("--disable-dev-shm-usage"));
                    }
                }
            }
        }
        setup
    }
}

/// Returns what to ask a driver or Grid for that runs elsewhere already. Where that is this machine, its port is kept
/// from pages; elsewhere, Chrome is kept from that very address.
pub fn remote_setup(browser: DriverBrowser, driver: &Url, options: &SessionOptions) -> BrowserSetup {
    let port = driver.port_or_known_default();
    let is_here = match driver.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let ports: Vec<_> = port.filter(|_| is_here).into_iter().collect();
    let mut setup = setup(browser, options, &ports);
    if let (DriverBrowser::Chrome, false, Some(host), Some(port)) = (browser, is_here, driver.host(), port)
        && let Some(Value::Array(arguments)) =
            setup.capabilities.get_mut("goog:chromeOptions").and_then(|chrome| chrome.get_mut("args"))
    {
        arguments.push(json!(format!("--host-resolver-rules=MAP {host}:{port} ~NOTFOUND")));
    }
    setup
}

/// The key of the browser's own capabilities, and the arguments for a browser on this machine.
const fn vendor(browser: DriverBrowser) -> (&'static str, &'static [&'static str]) {
    match browser {
        DriverBrowser::Chrome => ("goog:chromeOptions", &["--remote-debugging-pipe"]),
        DriverBrowser::Firefox => ("moz:firefoxOptions", &[]),
    }
}

fn setup(browser: DriverBrowser, options: &SessionOptions, ports: &[u16]) -> BrowserSetup {
    let own = match browser {
        DriverBrowser::Chrome => chrome(options, ports),
        DriverBrowser::Firefox => firefox(options, ports),
    };
    let mut capabilities = Map::new();
    capabilities.insert("browserName".to_owned(), json!(browser.name()));
    capabilities.insert(vendor(browser).0.to_owned(), own);
    BrowserSetup { capabilities }
}

fn chrome(options: &SessionOptions, ports: &[u16]) -> Value {
    let mut arguments: Vec<_> = chromium::SWITCHES.iter().map(|switch| (*switch).to_owned()).collect();
    arguments.push(chromium::disabled_features());
    arguments.extend(chromium::blocked_ports(ports));
    if options.headless {
        arguments.extend(["--headless", "--hide-scrollbars"].map(ToOwned::to_owned));
        arguments.extend(chromium::screen(Some(options.viewport)));
    } else {
        arguments.push(format!("--window-size={},{}", options.viewport.width, options.viewport.height));
    }
    if let UserAgent::Custom(name) = &options.user_agent {
        arguments.push(format!("--user-agent={name}"));
    }
    let mut chrome = json!({ "args": arguments });
    if options.disable_automation_detection {
        arguments.push("--disable-blink-features=AutomationControlled".to_owned());
        chrome = json!({ "args": arguments, "excludeSwitches": ["enable-automation"] });
    }
    chrome
}

fn firefox(options: &SessionOptions, ports: &[u16]) -> Value {
    let mut preferences: Map<_, _> = PREFERENCES
        .iter()
        .map(|(name, value)| {
            let value = match *value {
                Preference::Bool(value) => json!(value),
                Preference::Int(value) => json!(value),
                Preference::Text(value) => json!(value),
            };
            ((*name).to_owned(), value)
        })
        .collect();
    let banned: Vec<_> = ports.iter().map(ToString::to_string).collect();
    if !banned.is_empty() {
        preferences.insert("network.security.ports.banned".to_owned(), json!(banned.join(",")));
    }
    if let UserAgent::Custom(name) = &options.user_agent {
        preferences.insert("general.useragent.override".to_owned(), json!(name));
    }
    if options.disable_automation_detection {
        preferences.insert("dom.webdriver.enabled".to_owned(), json!(false));
    }
    let mut arguments = Vec::new();
    if options.headless {
        arguments.push("-headless".to_owned());
    }
    arguments.extend(["-width".to_owned(), options.viewport.width.to_string()]);
    arguments.extend(["-height".to_owned(), options.viewport.height.to_string()]);
    json!({ "args": arguments, "prefs": preferences })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_driver_on_this_machine_is_kept_from_pages() {
        let here = Url::parse("http://localhost:4444").unwrap();
        let firefox = remote_setup(DriverBrowser::Firefox, &here, &SessionOptions::new()).capabilities;
        assert_eq!(firefox["moz:firefoxOptions"]["prefs"]["network.security.ports.banned"], "4444");
        let chrome = |url: &str| {
            let setup = remote_setup(DriverBrowser::Chrome, &Url::parse(url).unwrap(), &SessionOptions::new());
            setup.capabilities["goog:chromeOptions"]["args"].to_string()
        };
        assert!(chrome("http://[::1]:4444").contains("MAP *:4444 ~NOTFOUND"));
        assert!(chrome("http://grid:4444").contains("MAP grid:4444 ~NOTFOUND"));
        assert!(!chrome("http://grid:4444").contains("remote-debugging-pipe"));
    }
}
