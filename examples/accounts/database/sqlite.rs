//! A file of SQLite.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lback_auth::SqliteStore;
use rusqlite::{Connection, OpenFlags};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use super::super::failure::advised;

/// How long to wait for others that write.
const TIMEOUT: Duration = Duration::from_secs(5);

/// One that writes, and one that reads meanwhile.
const MAX_CONNECTIONS: u32 = 2;

/// How many tables of another program are named.
const NAMED: usize = 5;

/// The file that is named.
pub(super) fn file(name: &str) -> anyhow::Result<PathBuf> {
    // What SQLite keeps in memory, or would read as a URL again.
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

pub(super) async fn open(file: &Path) -> anyhow::Result<(SqliteStore, SqlitePool)> {
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
    if file.exists() {
        refuse_others(file)?;
    }
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(TIMEOUT);
    let pool = SqlitePoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(TIMEOUT)
        .connect_lazy_with(options);
    Ok((SqliteStore::from_pool(pool.clone()).await?, pool))
}

/// Refuses a file that some other program keeps its tables in.
fn refuse_others(file: &Path) -> anyhow::Result<()> {
    // Not read-only: what a process has left undone when it was killed could not be undone.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    let tables = tables(&connection)?;
    if tables.is_empty() || tables.iter().any(|table| table == "lback_account") {
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
        format!("it is a database of something else, with the tables {named}{more}"),
        "name another file, which is created if there is none",
    ))
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(
            r"SELECT name FROM sqlite_schema
              WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name",
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
