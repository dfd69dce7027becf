//! What a browser says of itself with a window, computed from its version.
//!
//! The plain browsers of this suite have no window and say `HeadlessChrome`, and headless-shell leaves out more. A
//! session of either answers as Chrome with a window does; `make parity` holds what is computed here against the plain
//! full Chromium.

use std::process::Command;
use std::sync::OnceLock;

use serde_json::json;

use crate::subjects::Kind;

/// The probes of which the answers are computed.
const DERIVED: &[&str] = &[
    "identity::user_agent",
    "identity::app_version",
    "identity::languages",
    "identity::brands",
    "identity::high_entropy_values",
    "identity::header_user_agent",
    "identity::header_accept_language",
    "identity::header_sec_ch_ua",
    "identity::header_hints_that_were_asked_for",
];

/// What a session answers whatever the browser: the plain browsers without a window are wider than their screen.
const FIXED: &[(&str, &str)] = &[
    ("identity::screen_is_sane", "inner 1280x720,true,true,true,true,true,1,24,landscape-primary"),
    ("identity::window_lies_on_the_screen", "true,true,true,true,true"),
];

pub(crate) fn is_derived(probe: &str) -> bool {
    DERIVED.contains(&probe) || fixed(probe).is_some()
}

fn fixed(probe: &str) -> Option<&'static str> {
    FIXED.iter().find(|(name, _)| *name == probe).map(|(_, wanted)| *wanted)
}

/// What a session answers, where the version decides it.
pub(crate) fn wanted(kind: Kind, probe: &str) -> Option<String> {
    if !is_derived(probe) {
        return None;
    }
    if let Some(wanted) = fixed(probe) {
        return Some(wanted.to_owned());
    }
    Some(match kind {
        Kind::Firefox => firefox(probe, version(kind)),
        Kind::Shell | Kind::Chromium => chrome(probe, version(kind)),
    })
}

/// What is known of the plain browser's answer.
pub(crate) enum Expected {
    /// What is computed, apart from the word `Headless`.
    Computed(String),
    /// Nothing: without a window it has a say of its own.
    Nothing,
    /// What is committed.
    Committed,
}

pub(crate) fn expected_of_plain(kind: Kind, probe: &str) -> Expected {
    match wanted(kind, probe) {
        None => Expected::Committed,
        Some(_) if kind == Kind::Shell || fixed(probe).is_some() => Expected::Nothing,
        Some(wanted) => Expected::Computed(wanted),
    }
}

pub(crate) fn without_headless(answer: &str) -> String {
    answer.replace("HeadlessChrome", "Chrome")
}

/// Product and version, such as `Chromium` and `156.0.8078.108`.
#[derive(Debug, Clone)]
struct Version {
    product: String,
    full: String,
    major: u32,
}

/// Asks a program for its version, once.
fn version(kind: Kind) -> &'static Version {
    static VERSIONS: [OnceLock<Version>; 3] = [const { OnceLock::new() }; 3];
    VERSIONS[kind as usize].get_or_init(|| {
        let program = kind.program().expect("the program of a subject");
        let output = Command::new(&program).arg("--version").output().expect("a version");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let at = text.find(|letter: char| letter.is_ascii_digit()).expect("a number in the version");
        let full: String = text[at..].chars().take_while(|letter| letter.is_ascii_digit() || *letter == '.').collect();
        let major = full.split('.').next().and_then(|major| major.parse().ok()).expect("a major version");
        Version { product: text[..at].trim().to_owned(), full, major }
    })
}

fn chrome(probe: &str, version: &Version) -> String {
    let major = version.major;
    let app_version =
        format!("5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36");
    let short = brands(version, false);
    let full = brands(version, true);
    let list = |brands: &[(String, String)]| {
        json!(brands.iter().map(|(brand, version)| json!({ "brand": brand, "version": version })).collect::<Vec<_>>())
    };
    let header = |brands: &[(String, String)]| {
        let each = brands.iter().map(|(brand, version)| format!("\"{brand}\";v=\"{version}\""));
        each.collect::<Vec<_>>().join(", ")
    };
    match probe {
        "identity::app_version" => app_version,
        "identity::languages" => "en-US en-US,en".to_owned(),
        "identity::brands" => format!("{} mobile false Linux", list(&short)),
        "identity::header_accept_language" => "en-US,en;q=0.9".to_owned(),
        "identity::header_sec_ch_ua" => format!("{} ?0 \"Linux\"", header(&short)),
        "identity::header_hints_that_were_asked_for" => {
            format!("\"x86\" | \"64\" | {} | \"{}\" | \"\" | \"\" | ?0 | \"Desktop\"", header(&full), version.full)
        }
        "identity::high_entropy_values" => {
            let wow = "false";
            format!(
                "x86 64 Desktop {} mobile false model  platform Linux version  full {} wow64 {wow}",
                list(&full),
                version.full
            )
        }
        _ => format!("Mozilla/{app_version}"),
    }
}

fn firefox(probe: &str, version: &Version) -> String {
    let major = version.major;
    match probe {
        "identity::app_version" => "5.0 (X11)".to_owned(),
        "identity::languages" => "en-US en-US,en".to_owned(),
        "identity::header_accept_language" => "en-US,en;q=0.9".to_owned(),
        "identity::brands" | "identity::high_entropy_values" => "no userAgentData".to_owned(),
        "identity::header_sec_ch_ua" => "none none none".to_owned(),
        "identity::header_hints_that_were_asked_for" => ["none"; 8].join(" | "),
        _ => format!("Mozilla/5.0 (X11; Linux x86_64; rv:{major}.0) Gecko/20100101 Firefox/{major}.0"),
    }
}

/// The brands in their order, as Chromium makes them of its major version: one is nonsense, so that servers do not rely
/// on the list (`components/embedder_support/user_agent_utils.cc`).
fn brands(version: &Version, full: bool) -> Vec<(String, String)> {
    const LETTERS: [&str; 11] = [" ", "(", ":", "-", ".", "/", ")", ";", "=", "?", "_"];
    const NUMBERS: [&str; 3] = ["8", "99", "24"];
    let seed = version.major as usize;
    let own = if full { version.full.clone() } else { version.major.to_string() };
    let nonsense = format!("Not{}A{}Brand", LETTERS[seed % 11], LETTERS[(seed + 1) % 11]);
    let number = NUMBERS[seed % 3].to_owned();
    let number = if full { format!("{number}.0.0.0") } else { number };
    let mut brands = vec![(nonsense, number), ("Chromium".to_owned(), own.clone())];
    if version.product.contains("Google Chrome") {
        const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        brands.push(("Google Chrome".to_owned(), own));
        let mut ordered = brands.clone();
        for (place, brand) in ORDERS[seed % 6].into_iter().zip(brands) {
            ordered[place] = brand;
        }
        return ordered;
    }
    if seed % 2 == 1 {
        brands.reverse();
    }
    brands
}
