//! Drivers against the real programs: they start, end with everything that they started, and cannot be reached by pages.
//!
//! A driver that is not installed fails its tests, unless `BROWSR_TEST_BROWSERS` names the other browsers.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test says what is wrong by panicking"
)]

mod attack;
mod ending;
mod support;
