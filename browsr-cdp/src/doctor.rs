//! [`Doctor`]: what a person needs to know of the browser that sessions would get.

use std::path::PathBuf;

use browsr_core::process::Sandbox;
use browsr_core::{BrowserBackend, Endpoint, Isolation, OpContext, Result, Script, Session, SessionOptions};
use serde_json::json;

use crate::backend::CdpBackend;
use crate::find;
use crate::options::LaunchOptions;

/// What an examination of the browser found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Doctor {
    /// The program that serves headless sessions.
    pub executable: PathBuf,
    /// Whether it is the headless shell, and not the full browser.
    pub is_shell: bool,
    /// The browser and its version, such as `HeadlessChrome/150.0.1.2`.
    pub version: String,
    /// Whether its pages are confined.
    pub sandbox: SandboxState,
}

/// Whether the pages of a browser are confined.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SandboxState {
    /// They are, as the browser itself or the kernel says.
    On,
    /// They are not; with what the browser says, or that it was asked for.
    Off(String),
    /// Nothing tells on this system.
    Unknown,
}

impl Doctor {
    /// Starts a browser by these options, examines it, and ends it.
    ///
    /// # Errors
    ///
    /// [`ProvisionFailed`](browsr_core::ErrorKind::ProvisionFailed) where no browser is found or it cannot start, with
    /// the reason and the way out in the message.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the browser.
    pub async fn examine(options: LaunchOptions, cx: &OpContext) -> Result<Self> {
        let binary = find::find(&options, true)?;
        let sandbox_option = options.sandbox;
        let backend = CdpBackend::launch(options);
        let own = SessionOptions::new().with_isolation(Isolation::Process);
        let session = backend.create_session(&Endpoint::Local, &own, cx).await?;
        let version = backend.info().browser.unwrap_or_default();
        let sandbox = if sandbox_option == Sandbox::Off {
            SandboxState::Off("it was switched off by an option".to_owned())
        } else {
            match backend.process_ids().first() {
                Some(browser) => renderers_confined(*browser),
                None => SandboxState::Unknown,
            }
        };
        let sandbox = match sandbox {
            SandboxState::Unknown if !binary.is_shell => by_its_own_words(&*session, cx).await,
            known => known,
        };
        session.close(cx).await?;
        backend.shutdown(cx).await?;
        Ok(Self { executable: binary.path, is_shell: binary.is_shell, version, sandbox })
    }
}

/// Asks the kernel whether every renderer of a browser has a filter on its system calls.
#[cfg(target_os = "linux")]
fn renderers_confined(browser: u32) -> SandboxState {
    let read = |pid: u32, name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
    let Ok(processes) = std::fs::read_dir("/proc") else { return SandboxState::Unknown };
    let mut seen = false;
    for pid in processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok()) {
        let stat = read(pid, "stat");
        let group =
            stat.rsplit_once(')').and_then(|(_, rest)| rest.split_ascii_whitespace().nth(2)?.parse::<u32>().ok());
        if group != Some(browser) || !read(pid, "cmdline").contains("--type=renderer") {
            continue;
        }
        seen = true;
        if !read(pid, "status").lines().any(|line| line.split_whitespace().eq(["Seccomp:", "2"])) {
            return SandboxState::Off(format!("the kernel does not filter the system calls of its process {pid}"));
        }
    }
    if seen { SandboxState::On } else { SandboxState::Unknown }
}

#[cfg(not(target_os = "linux"))]
fn renderers_confined(_: u32) -> SandboxState {
    SandboxState::Unknown
}

/// Reads the browser's own page about it, which only the full browser has. The guard that keeps pages of sessions away
/// from such addresses is right, so this is read by raw commands.
async fn by_its_own_words(session: &dyn Session, cx: &OpContext) -> SandboxState {
    let opened = session.send_cdp("Page.navigate", json!({ "url": "chrome://sandbox/" }), cx).await;
    let read = json!({ "expression": "document.body ? document.body.innerText : ''", "returnByValue": true });
    let answer = session.send_cdp("Runtime.evaluate", read, cx).await;
    // Ends the guard's complaint about where the page was.
    let _ = session.evaluate(&Script::expression("1"), cx).await;
    match (opened, answer) {
        (Ok(_), Ok(answer)) => match answer["result"]["value"].as_str() {
            Some(text) if text.contains("You are adequately sandboxed") => SandboxState::On,
            Some(text) if text.contains("NOT") => SandboxState::Off(text.lines().last().unwrap_or_default().to_owned()),
            _ => SandboxState::Unknown,
        },
        _ => SandboxState::Unknown,
    }
}
