//! Opening files that a user names, and writing files that are whole or not there.

mod permissions;
mod whole;

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

pub(super) use self::permissions::{Guarded, warn_of_others};
pub(super) use self::whole::create_whole;

/// Opens a regular file for reading, and refuses anything else without waiting: a FIFO has no writer
/// perhaps, and a device has no end.
///
/// # Errors
///
/// It cannot be opened, or is not a regular file ([`ErrorKind::InvalidInput`]).
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    let file = open_at_once(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(ErrorKind::InvalidInput.into())
    }
}

#[cfg(unix)]
fn open_at_once(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};

    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open_at_once(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Whether a path is a symbolic link to a file that is not there, which would be created through it.
pub(super) fn is_dangling(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) && !path.exists()
}
