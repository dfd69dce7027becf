//! [`Home`]: the one temporary directory of a program of ours, and the sweep that removes what dead owners left.
//!
//! The root belongs to us and holds the lock and the marker; `data` below it belongs to the browser's user and holds
//! its profile, home and temporary files. So a browser cannot forge the marker by which a later start, perhaps as
//! root, decides what to kill.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::kill::{kill_group, kill_session, session_members, start_time};

/// How long the path of the system's directory for temporary files may be. The browser makes a socket some 85 bytes
/// below it, and the path of a socket ends at 107 bytes: a longer one keeps the browser from starting.
#[cfg(unix)]
const MAX_BASE: usize = 20;
const LOCK: &str = "lock";
const MARKER: &str = "browser";
/// How old a directory without a lock must be before it counts as left behind: its owner may be just making it.
const UNLOCKED_AGE: Duration = Duration::from_secs(60);

/// The directories of one browser or driver. Removed by [`remove`](Self::remove), or when dropped.
#[derive(Debug)]
pub struct Home {
    root: PathBuf,
    /// Held as long as we live; the kernel lets go of it when we die.
    _lock: File,
    removed: bool,
}

impl Home {
    /// Makes the directories, below the system's directory for temporary files. The prefix of their name, such as
    /// `browsr-chrome-`, is what [`sweep`] finds them by.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn create(prefix: &str, run_as: Option<u32>) -> io::Result<Self> {
        let tag = uuid::Uuid::new_v4().simple().to_string();
        let root = base().join(format!("{prefix}{}-{}", std::process::id(), &tag[..8]));
        // The browser's user must pass through to `data`, but cannot list or change what is here.
        make_dir(&root, if run_as.is_some() { 0o711 } else { 0o700 })?;
        let lock = lock_new(&root).inspect_err(|_| remove_tree(&root))?;
        let home = Self { root, _lock: lock, removed: false };
        for name in ["data", "data/profile", "data/home", "data/tmp", "data/run", "data/downloads"] {
            let path = home.root.join(name);
            make_dir(&path, 0o700)?;
            #[cfg(unix)]
            if let Some(user) = run_as {
                std::os::unix::fs::chown(&path, Some(user), Some(user))?;
            }
        }
        Ok(home)
    }

    /// Returns a directory of the browser: `profile`, `home`, `tmp`, `run` or `downloads`.
    pub fn data(&self, name: &str) -> PathBuf {
        self.root.join("data").join(name)
    }

    /// Returns a program that the user of this directory can run: the same, or a copy of it here where its own place is
    /// closed to that user, as `/root/.cargo/bin` is.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn runnable(&self, program: &Path, run_as: Option<u32>) -> io::Result<PathBuf> {
        if run_as.is_none() || is_open_to_all(program) {
            return Ok(program.to_owned());
        }
        let name = program.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let directory = self.root.join("bin");
        make_dir(&directory, 0o711)?;
        let copy = directory.join(name);
        copy_program(program, &copy)?;
        Ok(copy)
    }

    /// Notes the process, so that a sweep can tell it from another of the same number.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn mark(&self, pid: u32) -> io::Result<()> {
        fs::write(self.root.join(MARKER), format!("{pid} {}", start_time(pid).unwrap_or_default()))
    }

    /// Removes everything; again for a while, as a dying browser may still write.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future may leave something behind, which the next [`sweep`] removes.
    pub async fn remove(mut self) {
        self.removed = true;
        for _ in 0..20 {
            let root = self.root.clone();
            let removed = tokio::task::spawn_blocking(move || fs::remove_dir_all(&root)).await;
            match removed {
                Ok(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                _ => return,
            }
        }
        tracing::warn!(directory = %self.root.display(), "cannot remove the directory of a program that has ended");
    }
}

impl Drop for Home {
    /// Hands the removal to a thread: nothing here may block.
    fn drop(&mut self) {
        if !self.removed {
            let root = std::mem::take(&mut self.root);
            std::thread::spawn(move || remove_tree(&root));
        }
    }
}

/// Where the directories of browsers are.
fn base() -> PathBuf {
    let base = std::env::temp_dir();
    #[cfg(unix)]
    if base.as_os_str().len() > MAX_BASE {
        return "/tmp".into();
    }
    base
}

fn remove_tree(root: &Path) {
    for _ in 0..20 {
        match fs::remove_dir_all(root) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => std::thread::sleep(Duration::from_millis(50)),
            _ => return,
        }
    }
}

/// Removes the directories of this prefix whose owner is dead, and ends what outlived its owner. Returns how many
/// directories went. Blocks.
pub fn sweep(prefix: &str) -> usize {
    let Ok(entries) = fs::read_dir(base()) else { return 0 };
    let dead = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .filter(|root| is_ours(root) && is_left_behind(root));
    dead.map(|root| {
        end_process(&root);
        remove_tree(&root);
    })
    .count()
}

/// Whether the directory, not a link to one, belongs to us: another user must not make us kill or remove anything.
#[cfg(unix)]
fn is_ours(root: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::symlink_metadata(root).is_ok_and(|found| found.is_dir() && found.uid() == rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn is_ours(root: &Path) -> bool {
    fs::symlink_metadata(root).is_ok_and(|found| found.is_dir())
}

/// Whether anybody can run a program where it is.
#[cfg(unix)]
fn is_open_to_all(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    // Where links lead, not where they are.
    let Ok(program) = fs::canonicalize(program) else { return false };
    program.ancestors().all(|path| path.metadata().is_ok_and(|found| found.permissions().mode() & 0o001 != 0))
}

#[cfg(not(unix))]
fn is_open_to_all(_: &Path) -> bool {
    true
}

/// Copies a program by a process of its own. If we wrote the file ourselves, each process that another thread starts
/// meanwhile would hold it open for writing until it runs its own program, and the copy could not be run: "text file busy".
#[cfg(unix)]
fn copy_program(program: &Path, copy: &Path) -> io::Result<()> {
    match std::process::Command::new("cp").arg("--").args([program, copy]).output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
        // Better at times than never.
        Err(error) if error.kind() == io::ErrorKind::NotFound => drop(fs::copy(program, copy)?),
        Err(error) => return Err(error),
    }
    fs::set_permissions(copy, std::os::unix::fs::PermissionsExt::from_mode(0o755))
}

#[cfg(not(unix))]
fn copy_program(program: &Path, copy: &Path) -> io::Result<()> {
    fs::copy(program, copy).map(drop)
}

fn is_left_behind(root: &Path) -> bool {
    match OpenOptions::new().read(true).write(true).open(root.join(LOCK)) {
        Ok(lock) => try_lock(&lock).is_ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::symlink_metadata(root)
            .and_then(|found| found.modified())
            .is_ok_and(|made| made.elapsed().is_ok_and(|age| age > UNLOCKED_AGE)),
        Err(_) => false,
    }
}

fn make_dir(path: &Path, mode: u32) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    let _ = mode;
    builder.create(path)
}

/// Makes the lock under another name first, so that nobody ever finds it free.
fn lock_new(root: &Path) -> io::Result<File> {
    let making = root.join("lock-new");
    let lock = OpenOptions::new().read(true).write(true).create_new(true).open(&making)?;
    if cfg!(unix) {
        try_lock(&lock)?;
    }
    fs::rename(&making, root.join(LOCK))?;
    Ok(lock)
}

#[cfg(unix)]
fn try_lock(file: &File) -> io::Result<()> {
    Ok(rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?)
}

/// Elsewhere nothing tells that an owner is dead, so nothing is swept.
#[cfg(not(unix))]
fn try_lock(_: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Kills the group, and the session, of the process that the marker names, if it is still the same process.
fn end_process(root: &Path) {
    let Ok(marker) = fs::read_to_string(root.join(MARKER)) else { return };
    let Some((pid, started)) = marker.split_once(' ') else { return };
    let Ok(pid) = pid.parse::<u32>() else { return };
    if started.is_empty() {
        return;
    }
    match start_time(pid) {
        Some(found) if found == started => {
            tracing::info!(pid, "ending a browser that outlived its owner");
            kill_group(pid);
            kill_session(pid);
        }
        // A driver may be dead while its browser lives on in its session, which keeps the number from being used again.
        // That they name our directory tells them from a session of others that came later and lost its leader too.
        None if session_members(pid).into_iter().any(|member| names(member, root)) => {
            tracing::info!(pid, "ending browsers that outlived their driver and its owner");
            kill_session(pid);
        }
        _ => {}
    }
}

/// Whether the command line or the environment of a process names a directory.
fn names(pid: u32, root: &Path) -> bool {
    let root = root.as_os_str().as_encoded_bytes();
    ["cmdline", "environ"].into_iter().any(|file| {
        fs::read(format!("/proc/{pid}/{file}")).is_ok_and(|text| memchr::memmem::find(&text, root).is_some())
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_copied_program_runs_while_other_threads_start_processes() {
        let user = rustix::process::geteuid().as_raw();
        let closed = Home::create("browsr-test-", None).unwrap();
        let program = closed.data("home").join("true");
        let original = crate::process::find_in_path(Path::new("true")).unwrap();
        fs::copy(&original, &program).unwrap();
        let done = AtomicBool::new(false);
        let mut homes = Vec::new();
        std::thread::scope(|threads| {
            for _ in 0..3 {
                threads.spawn(|| {
                    // Bounded, as a failure below leaves it running.
                    for _ in (0..5_000).take_while(|_| !done.load(Ordering::Relaxed)) {
                        assert!(Command::new(&original).status().unwrap().success());
                    }
                });
            }
            let failures: Vec<_> = (0..300)
                .filter_map(|_| {
                    let home = Home::create("browsr-test-", None).unwrap();
                    let copy = home.runnable(&program, Some(user)).unwrap();
                    homes.push(home);
                    assert_ne!(copy, program);
                    Command::new(copy).status().err()
                })
                .collect();
            done.store(true, Ordering::Relaxed);
            assert!(failures.is_empty(), "{failures:?}");
        });
        homes.push(closed);
        for home in homes {
            home.remove().await;
        }
    }
}
