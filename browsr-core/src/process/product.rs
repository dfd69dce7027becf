//! [`Product`]: which browser a program is, and what such a browser with a window says that it is.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::options::UserAgent;

/// How long a program may take to print its version at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// The languages of every page, as `navigator.languages` lists them.
pub const LANGUAGES: &str = "en-US,en";

/// The desktop systems that [`UserAgent::Random`] chooses from.
const SYSTEMS: [&str; 3] = ["Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64"];

/// A browser: its brand and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its name beside `Chromium`, as in `Google Chrome`.
    brand: Option<String>,
    version: String,
}

impl Product {
    /// Reads what a program prints for `--version`, or what a browser calls itself: `Chromium 156.0.1.2`,
    /// `HeadlessChrome/156.0.1.2`, `Mozilla Firefox 140.4.0esr`.
    pub fn parse(text: &str) -> Option<Self> {
        let starts = |part: &&str| part.starts_with(|character: char| character.is_ascii_digit());
        let version = text.split([' ', '/', '\n']).find(starts)?;
        let brands = ["Google Chrome", "Microsoft Edge"];
        let brand = brands.into_iter().find(|brand| text.trim_start().starts_with(brand)).map(str::to_owned);
        Some(Self { brand, version: version.to_owned() })
    }

    /// Asks a program for its version, once for each program. None where it does not say so in time, as on Windows, where
    /// browsers open a window instead.
    pub async fn of(program: &Path, patience: Duration) -> Option<Self> {
        type Known = HashMap<(PathBuf, Option<SystemTime>), Product>;
        static KNOWN: Mutex<Option<Known>> = Mutex::new(None);
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if cfg!(windows) {
            return None;
        }
        // A browser that was updated is another one.
        let changed = std::fs::metadata(program).and_then(|about| about.modified()).ok();
        let key = (program.to_owned(), changed);
        if let Some(product) = known().as_ref().and_then(|known| known.get(&key)) {
            return Some(product.clone());
        }
        let mut command = tokio::process::Command::new(program);
        command.arg("--version").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        // None of our secrets; what it starts ends with it.
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn().ok()?;
        let pid = child.id();
        let Ok(output) = tokio::time::timeout(PATIENCE.min(patience), child.wait_with_output()).await else {
            pid.inspect(|pid| super::kill_group(*pid));
            return None;
        };
        let output = output.ok()?;
        let product = Self::parse(&String::from_utf8_lossy(&output.stdout))?;
        known().get_or_insert_default().insert(key, product.clone());
        Some(product)
    }

    /// Returns its major version.
    pub fn major(&self) -> &str {
        major(&self.version)
    }

    /// Returns what a Chromium of this version with a window calls itself: reduced, as the browser does it.
    pub fn chromium_user_agent(&self) -> String {
        let system = if cfg!(windows) {
            SYSTEMS[0]
        } else if cfg!(target_os = "macos") {
            SYSTEMS[1]
        } else {
            SYSTEMS[2]
        };
        self.chromium_on(system)
    }

    /// Returns what a Chromium of this version is to call itself where a session wants it so.
    pub fn chromium_for(&self, wanted: &UserAgent) -> String {
        match wanted {
            UserAgent::Custom(text) => text.clone(),
            UserAgent::Random => self.chromium_on(any_system()),
            UserAgent::Default => self.chromium_user_agent(),
        }
    }

    /// Returns what a Firefox of this version may call itself at random.
    pub fn random_firefox(&self) -> String {
        let system = match any_system() {
            "Macintosh; Intel Mac OS X 10_15_7" => "Macintosh; Intel Mac OS X 10.15",
            other => other,
        };
        let major = self.major();
        format!("Mozilla/5.0 ({system}; rv:{major}.0) Gecko/20100101 Firefox/{major}.0")
    }

    fn chromium_on(&self, system: &str) -> String {
        let edge = match self.brand.as_deref() {
            Some("Microsoft Edge") => format!(" Edg/{}.0.0.0", self.major()),
            _ => String::new(),
        };
        let major = self.major();
        format!(
            "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36{edge}"
        )
    }

    /// Returns the [client hints](https://wicg.github.io/ua-client-hints/) that tell the same story as a user agent, in
    /// the form of
    /// [`UserAgentMetadata`](https://chromedevtools.github.io/devtools-protocol/tot/Emulation/#type-UserAgentMetadata).
    /// None for one that is no Chromium, which sends none.
    pub fn client_hints(&self, user_agent: &str) -> Option<Value> {
        let (_, rest) = user_agent.split_once("Chrome/")?;
        let claimed = rest.split(|character: char| !(character.is_ascii_digit() || character == '.')).next()?;
        // A reduced version has no more than the major one; where that is the browser's own, so is the rest.
        let full = if major(claimed) == self.major() { &self.version } else { claimed };
        let is_mobile = user_agent.contains("Mobile");
        let (platform, platform_version) = if user_agent.contains("Windows") {
            ("Windows", "10.0.0")
        } else if user_agent.contains("Android") {
            ("Android", "10.0.0")
        } else if user_agent.contains("Macintosh") {
            ("macOS", "10.15.7")
        } else {
            ("Linux", "")
        };
        Some(json!({
            "brands": self.brands(major(claimed), false),
            "fullVersionList": self.brands(full, true),
            "fullVersion": full,
            "platform": platform,
            "platformVersion": platform_version,
            "architecture": if is_mobile { "" } else { "x86" },
            "model": "",
            "mobile": is_mobile,
            "bitness": if is_mobile { "" } else { "64" },
            "wow64": false,
            "formFactors": [if is_mobile { "Mobile" } else { "Desktop" }],
        }))
    }

    /// Lists the brands as Chromium does: a made-up one among them, whose name, version and place the major version
    /// decides ([`user_agent_utils.cc`](https://source.chromium.org/chromium/chromium/src/+/main:components/embedder_support/user_agent_utils.cc)).
    fn brands(&self, version: &str, full: bool) -> Value {
        const MARKS: [&str; 11] = [" ", "(", ":", "-", ".", "/", ")", ";", "=", "?", "_"];
        const VERSIONS: [&str; 3] = ["8", "99", "24"];
        const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let seed: usize = major(version).parse().unwrap_or_default();
        let name = format!("Not{}A{}Brand", MARKS[seed % MARKS.len()], MARKS[(seed + 1) % MARKS.len()]);
        let made_up = VERSIONS[seed % VERSIONS.len()];
        let made_up = if full { format!("{made_up}.0.0.0") } else { made_up.to_owned() };
        let order: &[usize] =
            if self.brand.is_some() { &ORDERS[seed % ORDERS.len()] } else { &[[0, 1], [1, 0]][seed % 2] };
        let all = [(Some(&*name), &*made_up), (Some("Chromium"), version), (self.brand.as_deref(), version)];
        let mut placed = vec![Value::Null; order.len()];
        for (place, (brand, version)) in order.iter().zip(all) {
            placed[*place] = json!({ "brand": brand, "version": version });
        }
        placed.into()
    }
}

/// Returns what `navigator.platform` says beside a user agent.
pub fn platform(user_agent: &str) -> &'static str {
    if user_agent.contains("Windows") {
        "Win32"
    } else if user_agent.contains("Macintosh") {
        "MacIntel"
    } else {
        "Linux x86_64"
    }
}

fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}

fn any_system() -> &'static str {
    let [pick, ..] = uuid::Uuid::new_v4().into_bytes();
    SYSTEMS[usize::from(pick) % SYSTEMS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brands(product: &str, user_agent: &str) -> Vec<String> {
        let hints = Product::parse(product).unwrap().client_hints(user_agent).unwrap();
        let brand = |entry: &Value| format!("{} {}", entry["brand"], entry["version"]).replace('"', "");
        hints["fullVersionList"].as_array().unwrap().iter().map(brand).collect()
    }

    #[test]
    fn brands_are_those_that_browsers_of_these_versions_send() {
        let agent = |major: u32| format!("Mozilla/5.0 (X11; Linux x86_64) Chrome/{major}.0.0.0");
        assert_eq!(
            brands("Chromium 156.0.8078.108 built", &agent(156)),
            ["Not:A-Brand 8.0.0.0", "Chromium 156.0.8078.108"]
        );
        assert_eq!(
            brands("Google Chrome 124.0.6367.60", &agent(124)),
            ["Chromium 124.0.6367.60", "Google Chrome 124.0.6367.60", "Not-A.Brand 99.0.0.0"]
        );
        assert_eq!(
            brands("Google Chrome 131.0.6778.86", &agent(131)),
            ["Google Chrome 131.0.6778.86", "Chromium 131.0.6778.86", "Not_A Brand 24.0.0.0"]
        );
    }

    #[test]
    fn a_name_that_is_not_chrome_sends_no_hints() {
        let product = Product::parse("HeadlessChrome/150.0.1.2").unwrap();
        let firefox = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(product.client_hints(firefox), None);
        assert_eq!(platform(firefox), "Win32");
    }

    #[test]
    fn the_default_name_is_reduced_and_never_headless() {
        let product = Product::parse("HeadlessChrome/150.0.1.2").unwrap();
        assert_eq!(product.major(), "150");
        assert!(product.chromium_user_agent().ends_with("Chrome/150.0.0.0 Safari/537.36"));
        assert_eq!(Product::parse("no version at all"), None);
    }

    #[test]
    fn another_version_than_the_browsers_is_told_as_claimed() {
        let all = brands("Chromium 156.0.1.2", "Mozilla/5.0 (Macintosh) Chrome/120.0.0.0 Safari/537.36");
        assert!(all.contains(&"Chromium 120.0.0.0".to_owned()), "{all:?}");
    }
}
