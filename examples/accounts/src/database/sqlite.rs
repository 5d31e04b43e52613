//! A file of SQLite.

use std::fs::File;
use std::io::{self, ErrorKind};
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use lback_auth::SqliteStore;
use rusqlite::{Connection, OpenFlags};

use super::super::failure::advised;
use super::super::files::is_dangling;
use super::{IfMissing, no_accounts};

/// How many tables and views of another program are named.
const NAMED: usize = 5;

/// The file that is named.
pub(super) fn file(name: &str) -> anyhow::Result<PathBuf> {
    // A name that SQLite keeps in memory, or would read as a URL again.
    if name.is_empty() || name.starts_with(':') || name.starts_with("file:") {
        return Err(advised(
            "the database is no file, and nothing would be kept",
            "name a file as `--database sqlite:FILE`",
        ));
    }
    if name.contains('?') {
        return Err(advised(
            "the database has settings behind a `?`, of which a file takes none",
            "name the file alone as `--database sqlite:FILE`",
        ));
    }
    Ok(name.into())
}

pub(super) async fn open(file: &Path, missing: IfMissing) -> anyhow::Result<SqliteStore> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder
        && !folder.is_dir()
    {
        return Err(advised(
            format!("there is no folder {}", folder.display()),
            "create it, or name another",
        ));
    }
    if file.is_dir() {
        return Err(advised("it is a folder", "name a file in it"));
    }
    if file.exists() && !file.is_file() {
        return Err(advised("it is no file", "name a file, or one to create"));
    }
    if is_dangling(file) {
        return Err(advised(
            "it is a symbolic link to a file that is not there",
            "restore that file, or name another",
        ));
    }
    if file.exists() {
        look_into(file, missing)?;
    } else if missing == IfMissing::Refuse {
        return Err(no_accounts("there is no such file"));
    } else {
        create(file)?;
    }
    Ok(SqliteStore::open(file).await?)
}

/// Creates it empty, for its owner alone: it is to hold hashes. The files that SQLite writes beside it may
/// be read by the same.
fn create(file: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    match options.open(file) {
        // Another process has created it meanwhile.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && file.is_file() => Ok(()),
        created => created.map(drop),
    }
}

/// Refuses a file that some other program keeps its tables or views in, and one without any if it is
/// to be read.
fn look_into(file: &Path, missing: IfMissing) -> anyhow::Result<()> {
    // Not read-only: what a process has left undone when it was killed could not be undone.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    let tables = tables(&connection)?;
    if tables.is_empty() && missing == IfMissing::Refuse {
        return Err(no_accounts("it has no tables of accounts"));
    }
    if tables.is_empty() || tables.iter().any(|table| table == "lback_schema") {
        return Ok(());
    }
    if is_original(&connection)? {
        return Err(advised(
            "it is a database of the Python original",
            format!(
                "name a new file, and move its accounts in: \
                 `accounts --database sqlite:FILE import lback {}`",
                file.display()
            ),
        ));
    }
    let more = tables.len().saturating_sub(NAMED);
    let named = tables[..tables.len() - more].join(", ");
    let more = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    Err(advised(
        format!("it is a database of something else, which has {named}{more}"),
        "name another file, which is created if there is none",
    ))
}

/// Tables and views; whatever else there can be belongs to one.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(
            r"SELECT name FROM sqlite_schema
              WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name",
        )?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// Whether it has the table of the Python original.
fn is_original(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM pragma_table_info('users')
                        WHERE name = 'email_verification_token')",
        [],
        |row| row.get(0),
    )
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[tokio::test]
    async fn reading_creates_no_database() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("accounts.db");
        let error = open(&file, IfMissing::Refuse).await.unwrap_err();
        assert_eq!(error.to_string(), "there is no such file");
        assert!(!file.exists());

        fs::write(&file, "").unwrap();
        let error = open(&file, IfMissing::Refuse).await.unwrap_err();
        assert_eq!(error.to_string(), "it has no tables of accounts");
        assert_eq!(fs::read(&file).unwrap(), b"");

        open(&file, IfMissing::Create).await.unwrap().close().await;
        open(&file, IfMissing::Refuse).await.unwrap().close().await;
    }

    #[tokio::test]
    async fn no_other_user_reads_a_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("accounts.db");
        let store = open(&file, IfMissing::Create).await.unwrap();
        let files: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(files.len(), 3, "{files:?}");
        for file in files {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file:?}");
        }
        store.close().await;
    }

    #[tokio::test]
    async fn only_files_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let error = open(&socket, IfMissing::Create).await.unwrap_err();
        assert_eq!(error.to_string(), "it is no file");
    }
}
