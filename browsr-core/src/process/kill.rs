//! Ending processes, and telling one from a later one of the same number.

/// Kills a process group.
#[cfg(unix)]
pub fn kill_group(pid: u32) {
    if let Some(pid) = process(pid) {
        // It may have ended by itself.
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
}

/// Kills a process group, where there are such.
#[cfg(not(unix))]
pub fn kill_group(_: u32) {}

/// Kills every process of the session that a process leads or led, whatever group it is in. Returns how many there were.
///
/// Does nothing where the system cannot list the processes of a session. Blocks for as long as reading the list takes.
#[cfg(target_os = "linux")]
pub fn kill_session(leader: u32) -> usize {
    let mut killed = 0;
    // A process may make another between our look and its end; its children are found the next time.
    for _ in 0..20 {
        let members = session_members(leader);
        if members.is_empty() {
            break;
        }
        for pid in members.into_iter().filter_map(process) {
            killed += usize::from(rustix::process::kill_process(pid, rustix::process::Signal::KILL).is_ok());
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    killed
}

/// Kills every process of a session, where the system can list them.
#[cfg(not(target_os = "linux"))]
pub fn kill_session(_: u32) -> usize {
    0
}

/// Kills one process, if it is of the session that another leads or led.
pub fn kill_in_session(leader: u32, pid: u32) {
    #[cfg(unix)]
    if let Some(process) = process(pid).filter(|_| session_members(leader).contains(&pid)) {
        let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
    }
    let _ = (leader, pid);
}

#[cfg(unix)]
fn process(pid: u32) -> Option<rustix::process::Pid> {
    i32::try_from(pid).ok().filter(|pid| *pid > 1).and_then(rustix::process::Pid::from_raw)
}

/// The living processes of a session, zombies aside.
#[cfg(target_os = "linux")]
pub(super) fn session_members(leader: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    if leader <= 1 {
        return Vec::new();
    }
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            stat(*pid).is_some_and(|fields| {
                let mut fields = fields.split_ascii_whitespace();
                let state = fields.next();
                // After the state: parent, group, session.
                fields.nth(2).and_then(|session| session.parse().ok()) == Some(leader)
                    && !matches!(state, Some("Z" | "X"))
            })
        })
        .collect()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn session_members(_: u32) -> Vec<u32> {
    Vec::new()
}

/// What the kernel tells of a process, from its state on.
#[cfg(target_os = "linux")]
fn stat(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    stat.rsplit_once(')').map(|(_, rest)| rest.to_owned())
}

/// Returns when a process started, in a form that tells it from a later one of the same number.
#[cfg(target_os = "linux")]
pub fn start_time(pid: u32) -> Option<String> {
    stat(pid)?.split_ascii_whitespace().nth(19).map(str::to_owned)
}

/// Returns when a process started; nothing tells on this system.
#[cfg(not(target_os = "linux"))]
pub fn start_time(_: u32) -> Option<String> {
    None
}
