//! Starting a browser: its switches, its environment, its process.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use browsr_core::process::{self, Complaints, Home, Sandbox, chromium, environment, has_shared_memory};
use browsr_core::{Error, ErrorKind, OpContext, Result};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::connection::{self, Connection, EventSink};
use crate::find::Binary;
use crate::options::{LaunchOptions, Transport};

/// What the names of browsers' directories begin with.
pub(crate) const HOMES: &str = "browsr-chrome-";
/// Words by which a browser tells why it cannot run.
const TELLING: &[&str] =
    &["FATAL", "sandbox", "display", "shared libraries", "SingletonLock", "Permission denied", "No space"];

/// What tells one kind of browser from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    pub(crate) binary: Binary,
    pub(crate) headless: bool,
    /// Whether pages are not told that they are automated.
    pub(crate) hides_automation: bool,
    /// What it calls itself, also in workers that belong to no page; none where its version is not known.
    pub(crate) user_agent: Option<String>,
}

/// A browser that has been started, and the way to talk to it.
pub(crate) struct Started {
    pub(crate) child: Child,
    pub(crate) home: Home,
    pub(crate) connection: Connection,
    pub(crate) complaints: Complaints,
}

/// Starts a browser. On failure, and when the future is dropped, its processes and files go.
pub(crate) async fn start(
    kind: &Kind,
    options: &LaunchOptions,
    sink: Arc<dyn EventSink>,
    stop: CancellationToken,
    tasks: &TaskTracker,
    cx: &OpContext,
) -> Result<Started> {
    let path = kind.binary.path.display().to_string();
    let cannot_start = |source: std::io::Error| {
        Error::new(ErrorKind::ProvisionFailed, format!("cannot start {path}")).with_source(source)
    };
    let run_as = run_as(options);
    let home = Home::create(HOMES, run_as).map_err(|source| {
        Error::new(ErrorKind::ProvisionFailed, "cannot make a temporary directory for the browser").with_source(source)
    })?;
    let mut command = Command::new(&kind.binary.path);
    command
        .args(switches(kind, options, &home))
        .env_clear()
        .envs(environment(&home, kind.headless))
        .current_dir(home.data("home"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    {
        command.process_group(0);
        if let Some(user) = run_as {
            command.uid(user).gid(user);
        }
    }
    if options.sandbox == Sandbox::Off {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| tracing::warn!("the browser's sandbox is off, as asked: pages are less confined"));
    }
    #[cfg(unix)]
    if options.transport == Transport::Pipe {
        let (child_reads, we_write) = std::io::pipe().map_err(cannot_start)?;
        let (we_read, child_writes) = std::io::pipe().map_err(cannot_start)?;
        command_fds::CommandFdExt::fd_mappings(
            &mut command,
            vec![
                command_fds::FdMapping { parent_fd: child_reads.into(), child_fd: 3 },
                command_fds::FdMapping { parent_fd: child_writes.into(), child_fd: 4 },
            ],
        )
        .map_err(|source| cannot_start(std::io::Error::other(source)))?;
        let (child, complaints) = spawn(&mut command, tasks).map_err(cannot_start)?;
        // Our copies of the browser's ends go here, so that each side sees the other's end.
        drop(command);
        let to_browser = tokio::net::unix::pipe::Sender::from_owned_fd(we_write.into()).map_err(cannot_start)?;
        let from_browser = tokio::net::unix::pipe::Receiver::from_owned_fd(we_read.into()).map_err(cannot_start)?;
        let connection = connection::connect_pipe(to_browser, from_browser, sink, stop, tasks);
        return Ok(Started { child, home, connection, complaints });
    }
    let (mut child, complaints) = spawn(&mut command, tasks).map_err(cannot_start)?;
    let endpoint = match wait_for_port(&home.data("profile"), &mut child, cx).await {
        Ok(endpoint) => endpoint,
        Err(error) => return Err(explain(error, &complaints).await),
    };
    let connection = connection::connect_websocket(&endpoint, sink, stop, tasks, cx).await?;
    Ok(Started { child, home, connection, complaints })
}

/// Adds to an error what the browser complained about, and the way out of the usual troubles.
pub(crate) async fn explain(error: Error, complaints: &Complaints) -> Error {
    complaints.last_words().await;
    let Some(line) = complaints.telling_line(TELLING) else { return error };
    let lower = line.to_ascii_lowercase();
    let way_out = if lower.contains("no usable sandbox") || lower.contains("sandbox") {
        "; allow unprivileged user namespaces for it (sysctl kernel.unprivileged_userns_clone=1, or an AppArmor \
         profile), or switch the sandbox off explicitly if the pages are trusted"
    } else if lower.contains("missing x server") || lower.contains("cannot open display") || lower.contains("ozone") {
        "; a browser with a window needs a display: set DISPLAY or WAYLAND_DISPLAY, or use a headless session"
    } else if lower.contains("error while loading shared libraries") {
        "; install the missing library"
    } else {
        ""
    };
    Error::new(ErrorKind::ProvisionFailed, format!("{error}: {line}{way_out}"))
}

pub(crate) fn run_as(options: &LaunchOptions) -> Option<u32> {
    process::run_as(options.run_as, options.sandbox)
}

fn switches(kind: &Kind, options: &LaunchOptions, home: &Home) -> Vec<OsString> {
    let mut profile = OsString::from("--user-data-dir=");
    profile.push(home.data("profile"));
    let mut switches = vec![profile];
    let mut add = |switch: String| switches.push(switch.into());
    for switch in chromium::SWITCHES {
        add((*switch).to_owned());
    }
    add(chromium::disabled_features());
    add(match options.transport {
        Transport::Pipe => "--remote-debugging-pipe".to_owned(),
        Transport::Port => "--remote-debugging-port=0".to_owned(),
    });
    if kind.headless {
        add("--headless".to_owned());
        add("--hide-scrollbars".to_owned());
        for switch in chromium::screen(None) {
            add(switch);
        }
    }
    if kind.binary.is_shell {
        // It names no language to servers by itself.
        let languages = crate::identity::languages(&options.extra_args).unwrap_or(process::LANGUAGES);
        add(format!("--accept-lang={languages}"));
    } else {
        add("--no-startup-window".to_owned());
    }
    if let Some(user_agent) = &kind.user_agent {
        add(format!("--user-agent={user_agent}"));
    }
    if kind.hides_automation {
        add("--disable-blink-features=AutomationControlled".to_owned());
    }
    if options.sandbox == Sandbox::Off {
        add("--no-sandbox".to_owned());
    }
    if let Some(switch) = chromium::blocked_ports(&options.blocked_ports) {
        add(switch);
    }
    if !has_shared_memory() {
        add("--disable-dev-shm-usage".to_owned());
    }
    for switch in &options.extra_args {
        add(switch.clone());
    }
    switches
}

fn spawn(command: &mut Command, tasks: &TaskTracker) -> std::io::Result<(Child, Complaints)> {
    let mut child = command.spawn()?;
    let complaints = Complaints::default();
    if let Some(stderr) = child.stderr.take() {
        tasks.spawn(complaints.clone().read(stderr));
    }
    Ok((child, complaints))
}

/// Waits for the file in which a browser says where it listens.
async fn wait_for_port(profile: &Path, child: &mut Child, cx: &OpContext) -> Result<Url> {
    let file = profile.join("DevToolsActivePort");
    let waiting = async {
        loop {
            if let Ok(text) = tokio::fs::read_to_string(&file).await
                && let Some((port, path)) = text.trim().split_once('\n')
                && let Ok(url) = Url::parse(&format!("ws://127.0.0.1:{port}{path}"))
            {
                return Ok(url);
            }
            if let Ok(Some(status)) = child.try_wait() {
                return Err(Error::new(ErrorKind::ProvisionFailed, format!("the browser ended at once ({status})")));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    cx.bound("waiting for the browser to listen", waiting).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_keep_pages_from_our_ports_and_the_sandbox_on() {
        let home = Home::create(HOMES, None).unwrap();
        let kind = Kind {
            binary: Binary { path: "/usr/bin/chromium".into(), is_shell: false },
            headless: true,
            hides_automation: false,
            user_agent: None,
        };
        let options = LaunchOptions::new().with_blocked_ports([8080, 9090]);
        let switches: Vec<_> =
            switches(&kind, &options, &home).into_iter().map(|switch| switch.into_string().unwrap()).collect();
        assert!(switches.contains(&"--host-resolver-rules=MAP *:8080 ~NOTFOUND,MAP *:9090 ~NOTFOUND".to_owned()));
        assert!(!switches.contains(&"--no-sandbox".to_owned()));
        assert_eq!(switches.iter().filter(|switch| switch.starts_with("--disable-features=")).count(), 1);
    }
}
