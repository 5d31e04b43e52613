//! The secret by which attempts are counted.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use lback_auth::SessionKey;
use tempfile::Builder;
use zeroize::Zeroizing;

use super::super::database::Location;
use super::super::failure::advised;

/// How long a new one is, and the most that is read of one.
const LENGTH: usize = 32;
const MAX_LENGTH: u64 = 1024;

/// Where it is, unless another file is named.
pub(super) fn default_file(location: &Location) -> PathBuf {
    match location {
        Location::Sqlite(file) => file.with_extension("key"),
        Location::Postgres(_) => "accounts.key".into(),
    }
}

/// The key in a file, which is made if it is not there.
pub(super) fn of(file: &Path) -> anyhow::Result<SessionKey> {
    let secret = match read(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => make(file),
        read => read,
    };
    let secret =
        secret.with_context(|| format!("cannot read or make the key {}", file.display()))?;
    SessionKey::new(&secret).map_err(|_| {
        advised(
            format!("the key {} is too short", file.display()),
            "delete the file if you have no copy of it: another is made, and attempts until now \
             count no more",
        )
    })
}

fn read(file: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut secret = Zeroizing::new(Vec::with_capacity(LENGTH));
    File::open(file)?
        .take(MAX_LENGTH)
        .read_to_end(&mut secret)?;
    Ok(secret)
}

/// Makes one, which nobody else may read and nobody sees in part. If another process has made one
/// meanwhile, it is that.
fn make(file: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut secret = Zeroizing::new(vec![0; LENGTH]);
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut made = Builder::new()
        .prefix(".accounts-key-")
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    made.write_all(&secret)?;
    made.as_file().sync_all()?;
    match made.persist_noclobber(file) {
        Ok(_) => Ok(secret),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => read(file),
        Err(error) => Err(error.error),
    }
}
