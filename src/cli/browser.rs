//! The options on browsers that several subcommands share.

use std::path::PathBuf;

use browsr::{CdpBackend, LaunchOptions};
use clap::Args;

/// Which browser, and how.
#[derive(Debug, Clone, Args)]
pub(crate) struct BrowserArguments {
    /// The browser to run; found by itself without this.
    #[arg(long, value_name = "PATH", env = "BROWSR_CHROME")]
    chrome: Option<PathBuf>,
    /// Run the browser without its sandbox. Do not do this with pages you do not trust.
    #[arg(long)]
    no_sandbox: bool,
}

impl BrowserArguments {
    /// Makes the options to launch by.
    pub(crate) fn launch_options(&self) -> LaunchOptions {
        let mut options = LaunchOptions::new();
        if let Some(chrome) = &self.chrome {
            options = options.with_executable(chrome);
        }
        if self.no_sandbox {
            options = options.with_sandbox(browsr::cdp::Sandbox::Off);
        }
        options
    }

    /// Makes the backend.
    pub(crate) fn backend(&self) -> CdpBackend {
        CdpBackend::launch(self.launch_options())
    }
}
