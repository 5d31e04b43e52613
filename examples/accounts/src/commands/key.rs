//! The secret by which attempts are counted.

use std::io::{self, ErrorKind, Read};
use std::path::{self, Path, PathBuf};

use anyhow::Context;
use lback_auth::SessionKey;
use zeroize::Zeroizing;

use super::super::database::Location;
use super::super::failure::{Advised, advised};
use super::super::files::{create_whole, is_dangling, open_regular};

/// How long a new one is, and the most that is read of one.
const LENGTH: usize = 32;
const MAX_LENGTH: u64 = 1024;

/// Where it is: in the file that is named, or else beside the database.
pub(super) fn file(named: Option<&Path>, location: &Location) -> anyhow::Result<PathBuf> {
    let Location::Sqlite(database) = location else {
        return Ok(named.unwrap_or(Path::new("accounts.key")).to_owned());
    };
    let file = named.map_or_else(|| database.with_extension("key"), Path::to_owned);
    // A folder is none, which is said when it is opened.
    if place(&file)? == place(database)? && !database.is_dir() {
        return Err(advised(
            format!(
                "the key cannot be in the database's own file {}",
                file.display()
            ),
            "name another with `--key FILE`",
        ));
    }
    Ok(file)
}

/// Where a file is, or is to be, however it is named.
fn place(file: &Path) -> anyhow::Result<PathBuf> {
    let place = file.canonicalize().or_else(|_| path::absolute(file));
    place.context(Advised::new(
        "the working directory is not there",
        "it was deleted: change into another",
    ))
}

/// The key in a file, which is made if it is not there.
pub(super) fn of(file: &Path) -> anyhow::Result<SessionKey> {
    let shown = file.display();
    let secret = match read(file) {
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            return Err(advised(
                format!("the key {shown} is not a regular file"),
                "name a file with `--key FILE`, or one to create",
            ));
        }
        Err(error) if error.kind() == ErrorKind::NotFound && is_dangling(file) => {
            return Err(advised(
                format!("the key {shown} is a symbolic link to a file that is not there"),
                "restore that file, or name another with `--key FILE`",
            ));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => make(file),
        read => read,
    };
    let secret = secret.with_context(|| format!("cannot read or make the key {shown}"))?;
    SessionKey::new(&secret).map_err(|_| {
        advised(
            format!("the key {shown} is too short"),
            "delete the file if you have no copy of it: another is made, and attempts until now \
             count no more",
        )
    })
}

fn read(file: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut secret = Zeroizing::new(Vec::with_capacity(LENGTH));
    open_regular(file)?
        .take(MAX_LENGTH)
        .read_to_end(&mut secret)?;
    Ok(secret)
}

/// Creates a key, which no other user may read and no process sees in part. If another process has made one
/// meanwhile, it is that.
fn make(file: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut secret = Zeroizing::new(vec![0; LENGTH]);
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    match create_whole(folder, &secret, [file.to_owned()]) {
        Ok(()) => Ok(secret),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(file),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_not_its_own_key() {
        let file_for = |named: Option<&str>, database: &str| {
            let location = format!("sqlite:{database}").parse().unwrap();
            file(named.map(Path::new), &location)
        };
        assert_eq!(file_for(None, "a/b.db").unwrap(), Path::new("a/b.key"));
        assert_eq!(
            file_for(Some("c.key"), "b.key").unwrap(),
            Path::new("c.key")
        );
        assert!(file_for(None, "b.key").is_err());
        assert!(file_for(Some("./b.db"), "b.db").is_err());

        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("b.db");
        std::fs::write(&database, "").unwrap();
        let dotted = folder
            .path()
            .join("../")
            .join(folder.path().file_name().unwrap());
        let dotted = dotted.join("b.db");
        assert!(file_for(dotted.to_str(), database.to_str().unwrap()).is_err());
    }
}
