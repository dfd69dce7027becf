//! What a browser gets of our environment.

use std::ffi::OsString;

use super::Home;

/// Below this much shared memory pages crash, so a browser is better told to use files instead.
#[cfg(target_os = "linux")]
const ENOUGH_SHARED_MEMORY: u64 = 4_080_218_931;

/// Returns what a browser needs of the environment, and none of our secrets: every directory is one of its own.
pub fn environment(home: &Home, headless: bool) -> Vec<(OsString, OsString)> {
    let mut kept = vec!["PATH", "LANG", "LC_ALL", "TZ", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "LD_LIBRARY_PATH"];
    if cfg!(windows) {
        kept.extend(["SYSTEMROOT", "SYSTEMDRIVE", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMDATA", "COMSPEC"]);
    }
    if !headless {
        kept.extend(["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_SESSION_TYPE"]);
    }
    let own = [
        ("HOME", "home"),
        ("USERPROFILE", "home"),
        ("LOCALAPPDATA", "home"),
        ("APPDATA", "home"),
        ("XDG_CONFIG_HOME", "home"),
        ("XDG_CACHE_HOME", "home"),
        ("XDG_DATA_HOME", "home"),
        ("XDG_STATE_HOME", "home"),
        ("XDG_RUNTIME_DIR", "run"),
        ("TMPDIR", "tmp"),
        ("TMP", "tmp"),
        ("TEMP", "tmp"),
    ];
    let kept = kept.into_iter().filter_map(|name| Some((name.into(), std::env::var_os(name)?)));
    // A window is found by sockets in the user's own runtime directory.
    let runtime = (!headless).then(|| std::env::var_os("XDG_RUNTIME_DIR")).flatten();
    let own = own.into_iter().map(|(name, directory)| match (&runtime, name) {
        (Some(runtime), "XDG_RUNTIME_DIR") => (name.into(), runtime.clone()),
        _ => (name.into(), home.data(directory).into()),
    });
    kept.chain(own).collect()
}

/// Returns whether there is enough shared memory for a browser.
#[cfg(target_os = "linux")]
pub fn has_shared_memory() -> bool {
    rustix::fs::statvfs("/dev/shm").is_ok_and(|found| found.f_bavail * found.f_frsize >= ENOUGH_SHARED_MEMORY)
}

/// Returns whether there is enough shared memory for a browser.
#[cfg(not(target_os = "linux"))]
pub fn has_shared_memory() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_browser_gets_no_secret_of_our_environment() {
        let home = Home::create("browsr-test-", None).unwrap();
        let names: Vec<_> = environment(&home, true).into_iter().map(|(name, _)| name.into_string().unwrap()).collect();
        assert!(names.contains(&"HOME".to_owned()));
        // Cargo sets this for tests; it stands for whatever else is there.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        assert!(!names.contains(&"CARGO_MANIFEST_DIR".to_owned()));
        home.remove().await;
    }
}
