//! The backend against real browsers, on pages that the tests serve themselves.
//!
//! Each case runs on every headless program there is: `shell` is chromium-headless-shell, `full` is Chromium with
//! `--headless`. A program that is not installed fails its cases, unless `BROWSR_TEST_BROWSERS` names the others.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::wildcard_imports,
    clippy::disallowed_methods,
    reason = "a test says what is wrong by panicking"
)]

mod content;
mod input;
mod lifetime;
mod navigation;
mod pages;
mod remote;
mod site;
mod support;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Ok(part) = std::env::var(support::CHILD) {
        lifetime::child(&part);
    }
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    for browser in support::browsers() {
        for cases in [navigation::CASES, input::CASES, content::CASES, pages::CASES, lifetime::CASES, remote::CASES] {
            trials.extend(cases.iter().map(|case| support::trial(browser, case)));
        }
    }
    trials.extend(lifetime::ONCE.iter().map(support::trial_once));
    let conclusion = libtest_mimic::run(&arguments, trials);
    let left = support::finish();
    if !left.is_empty() {
        eprintln!("left behind after the end: {left:?}");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}
