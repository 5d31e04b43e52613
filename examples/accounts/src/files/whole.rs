//! Files that are whole or not there, also after a kill.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::Builder;

/// Writes a file into a folder, by the first of these paths that is free. Only its owner may read it.
/// It is on the disk before it has its name, so that it is whole even if the power fails, and on Unix its
/// name is on the disk when this returns.
///
/// On Linux it has no name until then, so that a kill leaves nothing. Where a system or a file system has
/// no such files, a kill can leave a file `.unfinished-…` in the folder.
///
/// # Errors
///
/// The folder cannot be written to, or none of the paths is free ([`ErrorKind::AlreadyExists`]). If the name
/// cannot be written to the disk, the file stays.
pub(in super::super) fn create_whole(
    folder: &Path,
    content: &[u8],
    paths: impl IntoIterator<Item = PathBuf>,
) -> io::Result<()> {
    create(folder, content, paths)?;
    #[cfg(unix)]
    sync_names(folder)?;
    Ok(())
}

fn create(
    folder: &Path,
    content: &[u8],
    paths: impl IntoIterator<Item = PathBuf>,
) -> io::Result<()> {
    let mut paths = paths.into_iter().peekable();
    #[cfg(target_os = "linux")]
    if let Some(mut file) = nameless::open(folder) {
        write(&mut file, content)?;
        while let Some(path) = paths.peek() {
            match nameless::link(&file, path) {
                Ok(()) => return Ok(()),
                Err(taken) if taken.kind() == ErrorKind::AlreadyExists => drop(paths.next()),
                // Without /proc there is no way to it.
                Err(_) => break,
            }
        }
    }
    let mut file = Builder::new().prefix(".unfinished-").tempfile_in(folder)?;
    write(file.as_file_mut(), content)?;
    for path in paths {
        match file.persist_noclobber(path) {
            Ok(_) => return Ok(()),
            Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => file = taken.file,
            Err(other) => return Err(other.error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

fn write(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.write_all(content)?;
    file.sync_all()
}

/// Writes the names in a folder to the disk. To sync a file does not sync its name (fsync(2)): after a power
/// failure the file could be missing, though its key has been used or its mail counts as sent.
#[cfg(unix)]
fn sync_names(folder: &Path) -> io::Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // It may be a folder that is to be written to alone, or of a file system that syncs none.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::InvalidInput
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

#[cfg(target_os = "linux")]
mod nameless {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open as open_file};

    /// A file without a name, if the file system has such.
    pub(super) fn open(folder: &Path) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let opened = open_file(folder, flags, Mode::RUSR | Mode::WUSR);
        opened.ok().map(File::from)
    }

    /// Gives it a name that is free, as open(2) says under `O_TMPFILE`.
    pub(super) fn link(file: &File, path: &Path) -> io::Result<()> {
        let open = format!("/proc/self/fd/{}", file.as_raw_fd());
        Ok(linkat(CWD, open, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::env;
    use std::fs;
    use std::iter;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    /// The folder into which a child of a test writes.
    const KILLED_IN: &str = "ACCOUNTS_TEST_KILLED_IN";

    fn names(folder: &Path) -> Vec<String> {
        let files = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_first_free_name_is_taken_and_none_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        for content in ["one", "two"] {
            let paths = ["a", "b"].map(path);
            create_whole(folder.path(), content.as_bytes(), paths).unwrap();
        }
        let full = create_whole(folder.path(), b"three", ["a", "b"].map(path));
        assert_eq!(full.unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(names(folder.path()), ["a", "b"]);
        assert_eq!(fs::read(path("a")).unwrap(), b"one");
        assert_eq!(fs::read(path("b")).unwrap(), b"two");
        let mode = fs::metadata(path("a")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    /// A child of this test kills itself between the writing and the naming.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_kill_leaves_nothing_behind() {
        const NAME: &str = "a_kill_leaves_nothing_behind";

        if let Some(folder) = env::var_os(KILLED_IN) {
            let kill = iter::from_fn(|| {
                kill_process(getpid(), Signal::KILL).unwrap();
                None
            });
            create_whole(Path::new(&folder), b"a secret", kill).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let (_, module) = module_path!().split_once("::").unwrap();
        let killed = Command::new(env::current_exe().unwrap())
            .args(["--exact", &format!("{module}::{NAME}")])
            .env(KILLED_IN, folder.path())
            .status()
            .unwrap();
        assert_eq!(killed.signal(), Some(9));
        assert_eq!(names(folder.path()), [""; 0]);
    }
}
