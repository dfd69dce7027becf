//! The backend against real browsers, on pages that the tests serve themselves.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod smoke;
