//! What backends need that start programs on this machine: a [`Home`] of their own for each, the user they run as, the
//! environment they get, their end, and the sweep that clears up after owners that died.
//!
//! Nothing here knows a protocol. Behind the feature `process`, for backends; programs need none of it.

pub mod chromium;
mod complaints;
mod environment;
mod find;
mod home;
mod kill;
mod product;

pub use complaints::Complaints;
pub use environment::{environment, has_shared_memory};
pub use find::{find_first, find_in_path, is_program};
pub use home::{Home, sweep};
pub use kill::{kill_group, kill_in_session, kill_session, start_time};
pub use product::{LANGUAGES, Product, platform};

/// Whose files a browser of root may have: nobody's.
pub const NOBODY: u32 = 65534;

/// Whether a browser confines its processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Sandbox {
    /// As the browser does by itself.
    #[default]
    On,
    /// Not at all: a page that breaks the renderer has the rights of the browser's user.
    Off,
}

/// Returns the user that a program has to run as; none to run it as ourselves.
///
/// Only root can choose: `wanted`, or [`NOBODY`] where the sandbox is to hold, which it does not for root.
pub fn run_as(wanted: Option<u32>, sandbox: Sandbox) -> Option<u32> {
    #[cfg(unix)]
    if rustix::process::geteuid().is_root() && (sandbox == Sandbox::On || wanted.is_some()) {
        return Some(wanted.unwrap_or(NOBODY));
    }
    let _ = (wanted, sandbox);
    None
}
