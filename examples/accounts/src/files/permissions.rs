//! Files that others may read or change who should not.

use std::path::Path;

use super::super::failure::warn;

/// A file, and what others must not do with it.
pub(in super::super) enum Guarded<'a> {
    /// Holds hashes: a user who writes to it can sign in to each account.
    Database(&'a Path),
    /// Is a secret.
    Key(&'a Path),
}

/// Warns of each of these files that every user of the system may change or read, and of each of their
/// folders into which all may write: in it they can put another file in its place, or beside it one that
/// SQLite takes for its log, also if the folder is sticky as /tmp is.
///
/// A file that is not there is created for its owner alone.
#[cfg(unix)]
pub(in super::super) fn warn_of_others(files: &[Guarded<'_>]) {
    let mut folders = std::collections::BTreeSet::new();
    for file in files {
        let (what, path, forbidden) = match file {
            Guarded::Database(path) => ("database", path, 0o002),
            Guarded::Key(path) => ("key", path, 0o006),
        };
        let Ok(target) = path.canonicalize() else {
            continue;
        };
        let open = mode(&target) & forbidden;
        if open != 0 {
            let can = if open & 0o002 != 0 {
                "write to"
            } else {
                "read"
            };
            let path = path.display();
            warn(&format!(
                "every user of this system can {can} the {what} {path}: `chmod o-rwx {path}` ends that"
            ));
        }
        // The folder of the file, and that of a link to it.
        let link = path.parent().and_then(|folder| absolute(folder).ok());
        folders.extend(link);
        folders.extend(target.parent().map(Path::to_owned));
    }
    for folder in folders {
        if mode(&folder) & 0o002 != 0 {
            let folder = folder.display();
            warn(&format!(
                "every user of this system can replace files in {folder}: use a folder that is yours alone, \
                 or run `chmod o-w {folder}`"
            ));
        }
    }
}

#[cfg(unix)]
fn absolute(folder: &Path) -> std::io::Result<std::path::PathBuf> {
    if folder.as_os_str().is_empty() {
        Path::new(".").canonicalize()
    } else {
        folder.canonicalize()
    }
}

/// The bits of the permissions; none, if they cannot be seen.
#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;

    path.metadata()
        .map_or(0, |found| found.permissions().mode())
}

#[cfg(not(unix))]
pub(in super::super) fn warn_of_others(_files: &[Guarded<'_>]) {}
