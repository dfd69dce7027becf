//! The capability table of `docs/backends.md` is what the code declares, and no gap is without a reason.
//!
//! `BROWSR_UPDATE=1 cargo test --test backends …` writes it anew.
#![expect(clippy::panic, reason = "a test says what is wrong by panicking")]

use std::fmt::Write as _;
use std::path::Path;

use browsr::driver::{DriverBrowser, DriverOptions};
use browsr::{BrowserBackend, Capabilities, CdpBackend, LaunchOptions, WebDriverBackend};

const BEGIN: &str = "<!-- made by tests/backends.rs: begin -->";
const END: &str = "<!-- made by tests/backends.rs: end -->";

/// What each capability means for who uses it.
const MEANINGS: &[(&str, &str)] = &[
    ("dom", "scripts run in a real document with layout and input"),
    ("screencast", "the browser pushes a frame whenever the page changes"),
    ("raw_cdp", "`send_cdp`: raw DevTools commands"),
    ("init_script", "scripts that run before those of the page"),
    ("file_upload", "files for an `<input type=file>`"),
    ("origin_restore", "`localStorage` of origins that are not open"),
    ("interrupt", "a hung page can be stopped and used again"),
    ("all_cookies", "cookies of every domain, `HttpOnly` included"),
    ("full_page", "screenshots of the whole document"),
    ("jpeg", "screenshots as JPEG by the browser"),
    ("webp", "screenshots as WebP by the browser"),
    ("trusted_drop", "a real drag ends with the browser's own `drop` event"),
    ("navigation_events", "aborted navigations, 204 and downloads are told apart at once"),
    ("network_activity", "requests under way are counted"),
];

/// Why something is missing, wherever it is, and what to do.
const REASONS: &[(&str, &str)] = &[
    ("screencast", "neither WebDriver nor BiDi has one; take screenshots, or use `cdp`"),
    ("raw_cdp", "Firefox does not speak the DevTools protocol; use Chrome"),
    ("init_script", "classic WebDriver has none; use a driver that offers BiDi"),
    ("origin_restore", "classic WebDriver cannot answer a request itself; use a driver that offers BiDi"),
    ("interrupt", "a driver that is blocked takes no second command; with BiDi there is a second line to the browser"),
    ("all_cookies", "classic WebDriver knows the cookies of the open document only; use a driver that offers BiDi"),
    ("jpeg", "classic WebDriver gives PNG only; use a driver that offers BiDi"),
    ("webp", "classic WebDriver gives PNG only; use a driver that offers BiDi"),
    (
        "trusted_drop",
        "Firefox without a window never fires `drop`; the gesture is real, and the drop is told by script",
    ),
    ("navigation_events", "classic WebDriver has no events; they are found out by polling"),
    ("network_activity", "classic WebDriver tells of no requests; pages count as settled by their DOM alone"),
];

/// Every backend there is, by its column.
fn columns() -> [(&'static str, Capabilities); 5] {
    let driven = |browser, bidi| WebDriverBackend::launch(DriverOptions::new(browser)).with_bidi(bidi).capabilities();
    [
        ("cdp", CdpBackend::launch(LaunchOptions::new()).capabilities()),
        ("webdriver, Chrome", driven(DriverBrowser::Chrome, true)),
        ("webdriver, Firefox", driven(DriverBrowser::Firefox, true)),
        ("Chrome, no BiDi", driven(DriverBrowser::Chrome, false)),
        ("Firefox, no BiDi", driven(DriverBrowser::Firefox, false)),
    ]
}

/// The tables, made of what the code declares.
fn tables() -> String {
    let columns = columns();
    let mut text = String::from("| capability | what it means |");
    for (name, _) in &columns {
        // Writing to a string does not fail.
        let _ = write!(text, " {name} |");
    }
    let _ = writeln!(text, "\n|---|---|{}", "---|".repeat(columns.len()));
    let mut gaps = String::from("| missing | where | why, and the way out |\n|---|---|---|\n");
    for name in Capabilities::ALL.names() {
        let meaning = MEANINGS.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning);
        let meaning = meaning.unwrap_or_else(|| panic!("{name} has no meaning in tests/backends.rs"));
        let _ = write!(text, "| `{name}` | {meaning} |");
        let mut without = Vec::new();
        for (column, capabilities) in &columns {
            let has = capabilities.names().any(|own| own == name);
            let _ = write!(text, " {} |", if has { "yes" } else { "no" });
            if !has {
                without.push(*column);
            }
        }
        text.push('\n');
        let reason = REASONS.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason);
        match (without.is_empty(), reason) {
            (false, Some(reason)) => {
                let _ = writeln!(gaps, "| `{name}` | {} | {reason} |", without.join("; "));
            }
            (false, None) => panic!("{name} is missing in {without:?} without a reason in tests/backends.rs"),
            (true, Some(_)) => panic!("{name} has a reason in tests/backends.rs and is missing nowhere"),
            (true, None) => {}
        }
    }
    format!("{text}\n{gaps}")
}

#[test]
fn the_table_of_capabilities_is_what_the_code_declares() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/backends.md");
    let document = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("docs/backends.md: {error}"));
    let (Some(from), Some(to)) = (document.find(BEGIN), document.find(END)) else {
        panic!("docs/backends.md has no place for the tables");
    };
    let found = document[from + BEGIN.len()..to].trim();
    let made = tables();
    if found == made.trim() {
        return;
    }
    if std::env::var_os("BROWSR_UPDATE").is_some() {
        let anew = format!("{}\n{}\n{}", &document[..from + BEGIN.len()], made.trim(), &document[to..]);
        std::fs::write(&path, anew).unwrap_or_else(|error| panic!("docs/backends.md: {error}"));
        return;
    }
    panic!("docs/backends.md is not what the code declares; BROWSR_UPDATE=1 writes it anew:\n{made}");
}
