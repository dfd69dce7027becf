//! Starting a driver: its process, its watcher, its port.

use std::path::Path;
use std::process::Stdio;

use browsr_core::process::{self, Complaints, Home, Sandbox, chromium};
use browsr_core::{Error, ErrorKind, OpContext, Result};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio_util::task::TaskTracker;

use super::find;
use super::options::{DriverBrowser, DriverOptions};
use super::ports::{ReservedPorts, TakenPort};

/// What the names of drivers' directories begin with.
pub(super) const HOMES: &str = "browsr-driver-";

/// Words by which a driver tells why it cannot run.
const TELLING: &[&str] =
    &["FATAL", "rror", "in use", "shared libraries", "Permission denied", "No space", "cannot", "unable"];

/// Runs a driver with a watcher beside it.
#[cfg(unix)]
const GUARD: &str = include_str!("guard.sh");

/// A driver that listens.
pub(super) struct Started {
    pub(super) process: Process,
    pub(super) port: u16,
    /// Such as `150.0.1.2`; empty where the driver does not say.
    pub(super) version: String,
    pub(super) taken: Option<TakenPort>,
    pub(super) browser: std::path::PathBuf,
}

/// A driver's process and its files. Dropping it ends both, without waiting: the watcher sees the pipe close.
pub(super) struct Process {
    pub(super) child: Child,
    pub(super) home: Option<Home>,
    /// What the watcher waits on.
    pub(super) lifeline: Option<ChildStdin>,
}

impl Process {
    /// Ends both, and waits until they are gone.
    async fn end(mut self) {
        self.lifeline = None;
        self.child.id().inspect(|pid| process::kill_group(*pid));
        let _ = self.child.wait().await;
        if let Some(home) = self.home.take() {
            home.remove().await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.home.is_some() {
            self.lifeline = None;
            self.child.id().inspect(|pid| process::kill_group(*pid));
        }
    }
}

/// Starts a driver. On failure, and when the future is dropped, its processes and files go.
pub(super) async fn start(options: &DriverOptions, tasks: &TaskTracker, cx: &OpContext) -> Result<Started> {
    for _ in 0..2 {
        match try_to_start(options, tasks, cx).await {
            // The port that it found free by one kind of address was taken by the other, or in between.
            Err(error) if error.message().contains("already in use") => {
                tracing::info!(%error, "a driver is started anew");
            }
            result => return result,
        }
    }
    try_to_start(options, tasks, cx).await
}

async fn try_to_start(options: &DriverOptions, tasks: &TaskTracker, cx: &OpContext) -> Result<Started> {
    let driver = find::driver(options)?;
    let browser = find::browser(options)?;
    let cannot_start = |source: std::io::Error| {
        Error::new(ErrorKind::ProvisionFailed, format!("cannot start {}", driver.display())).with_source(source)
    };
    let run_as = process::run_as(options.run_as, options.sandbox);
    let home = Home::create(HOMES, run_as).map_err(|source| {
        Error::new(ErrorKind::ProvisionFailed, "cannot make a temporary directory for the driver").with_source(source)
    })?;
    let runnable = home.runnable(&driver, run_as).map_err(cannot_start)?;
    let taken = options.ports.as_ref().and_then(ReservedPorts::take);
    if options.ports.is_some() && taken.is_none() {
        tracing::warn!("the ports set aside for drivers are used up; only its own browsers are kept from this one's");
    }
    let mut command = command(&runnable);
    command
        .args(arguments(options.browser, taken.as_ref().map_or(0, |taken| taken.number)))
        .env_clear()
        .envs(process::environment(&home, std::env::var_os("DISPLAY").is_none()))
        // The screen of a Firefox without a window.
        .env("MOZ_HEADLESS_WIDTH", chromium::SCREEN[0].to_string())
        .env("MOZ_HEADLESS_HEIGHT", chromium::SCREEN[1].to_string())
        .current_dir(home.data("home"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    if let Some(user) = run_as {
        command.uid(user).gid(user);
    }
    if options.sandbox == Sandbox::Off {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| tracing::warn!("the browser's sandbox is off, as asked: pages are less confined"));
        command.env("MOZ_DISABLE_CONTENT_SANDBOX", "1");
    }
    let mut child = command.spawn().map_err(cannot_start)?;
    let lifeline = child.stdin.take();
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    let mut process = Process { child, home: Some(home), lifeline };
    if let (Some(pid), Some(home)) = (process.child.id(), &process.home)
        && let Err(error) = home.mark(pid)
    {
        tracing::warn!(%error, "cannot note the process of a driver");
    }
    let complaints = Complaints::default();
    if let Some(stderr) = stderr {
        tasks.spawn(complaints.clone().read(stderr));
    }
    let Some(stdout) = stdout else {
        return Err(Error::new(ErrorKind::ProvisionFailed, "the driver has no standard output"));
    };
    let mut stdout = BufReader::new(stdout);
    let cx = cx.capped(options.timeout);
    let what = format!("waiting for {} to listen", driver.display());
    let listening = wait_for_port(&mut stdout, options.browser, &mut process.child);
    match cx.bound(what, listening).await {
        Ok((port, version)) => {
            // What it writes from now on is read, as it would stand still when the pipe is full.
            tasks.spawn(Complaints::default().read(stdout));
            Ok(Started { process, port, version, taken, browser })
        }
        Err(error) => {
            complaints.last_words().await;
            process.end().await;
            let said = complaints.telling_line(TELLING).map(|line| format!(": {line}")).unwrap_or_default();
            Err(Error::new(ErrorKind::ProvisionFailed, format!("{error}{said}")))
        }
    }
}

/// Makes the command that runs a driver in a session of its own, with its watcher.
#[cfg(unix)]
fn command(driver: &Path) -> Command {
    let mut command = if let Some(setsid) = process::find_in_path(Path::new("setsid")) {
        // It becomes the leader of a session, and so of a group: browsers may leave the group, but not the session.
        let mut command = Command::new(setsid);
        command.arg("sh");
        command
    } else {
        let mut command = Command::new("sh");
        command.process_group(0);
        command
    };
    command.args(["-c", GUARD, "browsr-guard"]).arg(driver);
    command
}

#[cfg(not(unix))]
fn command(driver: &Path) -> Command {
    Command::new(driver)
}

fn arguments(browser: DriverBrowser, port: u16) -> Vec<String> {
    match browser {
        DriverBrowser::Chrome => vec![format!("--port={port}")],
        DriverBrowser::Firefox => ["--host", "127.0.0.1", "--port", &port.to_string(), "--websocket-port", "0"]
            .map(ToOwned::to_owned)
            .to_vec(),
    }
}

/// Waits for the line in which a driver says where it listens; before that it may say its version.
async fn wait_for_port(
    stdout: &mut BufReader<ChildStdout>,
    browser: DriverBrowser,
    child: &mut Child,
) -> Result<(u16, String)> {
    let mut said = String::new();
    let mut version = String::new();
    loop {
        let mut line = Vec::new();
        let read = tokio::io::AsyncReadExt::take(&mut *stdout, 4096).read_until(b'\n', &mut line).await;
        if !matches!(read, Ok(length) if length > 0) {
            let status = child.wait().await.map(|status| format!(" ({status})")).unwrap_or_default();
            let said = if said.is_empty() { said } else { format!(": {said}") };
            let message = format!("{} ended at once{status}{said}", browser.driver());
            return Err(Error::new(ErrorKind::ProvisionFailed, message));
        }
        let line = String::from_utf8_lossy(&line);
        if let Some(port) = port_in(&line) {
            return Ok((port, version));
        }
        if let Some((_, rest)) = line.split_once("Starting ChromeDriver ") {
            version = rest.split_whitespace().next().unwrap_or_default().to_owned();
        }
        said = line.trim().chars().filter(|character| !character.is_control()).take(300).collect();
    }
}

/// Reads the port out of `ChromeDriver was started successfully on port 4444.` or `Listening on 127.0.0.1:4444`.
fn port_in(line: &str) -> Option<u16> {
    let rest = match line.split_once("started successfully on port ") {
        Some((_, rest)) => rest,
        None => line.split_once("Listening on ")?.1.rsplit_once(':')?.1,
    };
    rest.trim().trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_says_where_it_listens() {
        assert_eq!(port_in("ChromeDriver was started successfully on port 41767.\n"), Some(41767));
        assert_eq!(port_in("1795375219741\tgeckodriver\tINFO\tListening on 127.0.0.1:37739\n"), Some(37739));
        assert_eq!(port_in("Starting ChromeDriver 150.0 (abc) on port 0\n"), None);
        assert_eq!(port_in("Only local connections are allowed."), None);
    }
}
