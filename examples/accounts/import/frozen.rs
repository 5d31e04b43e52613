//! Databases in WAL mode that no program has open.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Where the header of a file says which versions of SQLite may read it, and what it says in WAL mode.
const READ_VERSION: usize = 19;
const WAL: u8 = 2;

/// How old a change has to be, so that the next one cannot have the same time.
const SETTLED: Duration = Duration::from_secs(2);

/// A database in WAL mode without its log: everything is in the one file, until a program opens it.
///
/// SQLite would put a log beside it, even to read it, and not take that away again; and could not, in a
/// folder that nobody may write to. It does neither if it is told that the file never changes.
pub(super) struct Frozen {
    file: PathBuf,
    uri: String,
    was: State,
}

/// The length of a file, and when it was changed last.
#[derive(PartialEq)]
struct State(u64, SystemTime);

impl Frozen {
    /// `None`, if it is to be opened as any other file.
    pub(super) fn of(file: &Path) -> io::Result<Option<Self>> {
        // The log comes first: where there is none, this process has not opened the database elsewhere,
        // whose locks would be lost when the file is closed here.
        if has_log(file) || !is_in_wal_mode(file)? {
            return Ok(None);
        }
        let was = State::of(file)?;
        // If it was changed just now, there may be a program that goes on.
        let age = was.1.elapsed().unwrap_or_default();
        let uri = uri(file).filter(|_| age >= SETTLED);
        Ok(uri.map(|uri| Self {
            file: file.to_owned(),
            uri,
            was,
        }))
    }

    /// What SQLite opens it by.
    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// Whether no program has opened it since.
    pub(super) fn is_as_it_was(&self) -> bool {
        State::of(&self.file).is_ok_and(|state| state == self.was) && !has_log(&self.file)
    }
}

fn has_log(file: &Path) -> bool {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    // If nobody can tell, there may be one.
    Path::new(&log).try_exists().unwrap_or(true)
}

fn is_in_wal_mode(file: &Path) -> io::Result<bool> {
    let mut header = Vec::new();
    let length = READ_VERSION as u64 + 1;
    File::open(file)?.take(length).read_to_end(&mut header)?;
    Ok(header.starts_with(b"SQLite format 3\0") && header.get(READ_VERSION) == Some(&WAL))
}

impl State {
    fn of(file: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(file)?;
        Ok(Self(metadata.len(), metadata.modified()?))
    }
}

/// The file as a URI of SQLite's (<https://www.sqlite.org/uri.html>), if its path can be in one.
fn uri(file: &Path) -> Option<String> {
    let path = file.to_str().filter(|path| path.starts_with('/'))?;
    let path = path
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    Some(format!("file://{path}?immutable=1"))
}
