//! What runs on this machine on behalf of one test: processes and directories below a temporary folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A folder that stands in for the system's temporary folder, so that whatever a program starts can be told by it.
pub(crate) struct Sandbox {
    root: PathBuf,
}

impl Sandbox {
    pub(crate) fn new(name: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Short, as a browser keeps its files elsewhere where the path of the temporary folder is long.
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = PathBuf::from(format!("/tmp/b{}-{count}", std::process::id()));
        assert!(root.as_os_str().len() <= 20, "too long for the test called {name}");
        std::fs::create_dir_all(&root).expect("a temporary folder");
        // The browser may run as another user, who must get through to its own folder below.
        std::fs::set_permissions(&root, PermissionsExt::from_mode(0o755)).expect("own folder");
        Self { root }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// The program under test, with its temporary files here.
    pub(crate) fn browsr(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_browsr"));
        command.args(arguments).env("TMPDIR", &self.root).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The ids of the processes whose command line or environment names this folder.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
        let needle = self.root.to_string_lossy().into_owned();
        entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|pid: &u32| {
                ["cmdline", "environ"].iter().any(|file| {
                    std::fs::read(format!("/proc/{pid}/{file}"))
                        .is_ok_and(|text| String::from_utf8_lossy(&text).contains(&needle))
                })
            })
            .collect()
    }

    /// What the programs have left in this folder.
    pub(crate) fn left(&self) -> Vec<PathBuf> {
        std::fs::read_dir(&self.root)
            .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
            .unwrap_or_default()
    }

    /// Waits until no process is left, and returns how long that took.
    pub(crate) fn wait_until_quiet(&self, limit: Duration) -> Duration {
        let start = Instant::now();
        wait_for("every browser process to end", limit, || self.processes().is_empty());
        start.elapsed()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// Polls until something is so.
pub(crate) fn wait_for(what: &str, limit: Duration, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < limit, "waited {limit:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a signal to a process that a test has started.
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()), "kill -{name}");
}

/// Waits for the end of a process, which must come soon.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("own child") {
            return status;
        }
        if start.elapsed() > limit {
            let _ = child.kill();
            panic!("the program did not end within {limit:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
