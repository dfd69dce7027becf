//! Chrome and Chromium for [browsr](https://docs.rs/browsr), by the DevTools protocol.
//!
//! [`CdpBackend`] is the way in: `launch` for browsers that it starts on a pipe and shares among sessions, `connect`
//! for one that runs already. [`LaunchOptions`] says which browser, and how.
//!
//! The protocol's types come from [chromiumoxide](https://docs.rs/chromiumoxide); the connection is our own, so that
//! every call has a deadline and ends with its page or browser.

mod backend;
mod browser;
mod capture;
mod connection;
mod cookies;
mod discover;
mod doctor;
mod error;
mod evaluate;
mod events;
mod files;
mod find;
mod identity;
mod input;
mod launch;
mod navigation;
mod observe;
mod options;
mod page;
mod pool;
mod router;
mod screencast;
mod session;
mod setup;
mod state;

pub use backend::CdpBackend;
pub use browsr_core::process::Sandbox;
pub use doctor::{Doctor, SandboxState};
pub use options::{HeadlessBinary, LaunchOptions, Transport};

/// Locks what is never left half done.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
