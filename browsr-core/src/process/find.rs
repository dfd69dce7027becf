//! Finding programs.

use std::path::{Path, PathBuf};

/// Finds a program by the names it may have in `PATH`, else in one of some places.
pub fn find_first(names: &[&str], places: &[PathBuf]) -> Option<PathBuf> {
    names
        .iter()
        .find_map(|name| find_in_path(Path::new(name)))
        .or_else(|| places.iter().find(|path| is_program(path)).cloned())
}

/// Finds a program by its name in `PATH`.
pub fn find_in_path(name: &Path) -> Option<PathBuf> {
    let directories = std::env::var_os("PATH")?;
    std::env::split_paths(&directories)
        .flat_map(|directory| {
            let plain = directory.join(name);
            let windows = cfg!(windows).then(|| plain.with_extension("exe"));
            windows.into_iter().chain(Some(plain))
        })
        .find(|path| is_program(path))
}

/// Returns whether a path leads to a file that can be run.
pub fn is_program(path: &Path) -> bool {
    let Ok(found) = path.metadata() else { return false };
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o111 == 0 {
        return false;
    }
    found.is_file()
}
