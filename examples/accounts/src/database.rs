//! The choice of a database, and opening it.

mod postgres;
mod sqlite;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use lback_auth::{PostgresStore, SqliteStore};
use lback_signals::durable::{PostgresOutbox, SqliteOutbox};
use sqlx::postgres::PgConnectOptions;

use super::failure::advised;

/// Where the accounts are.
pub(super) enum Location {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A database of PostgreSQL.
    Postgres(Box<PgConnectOptions>),
}

/// An open database, which is to be [closed](Self::close) in the end.
pub(super) enum Store {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

/// A database whose flows enqueue mails. [Close](Self::close) it at the end.
pub(super) enum WithOutbox {
    Sqlite(SqliteStore, SqliteOutbox),
    Postgres(PostgresStore, PostgresOutbox),
}

impl WithOutbox {
    /// Closes the connections, after which SQLite leaves nothing beside its file.
    pub(super) async fn close(self) {
        match self {
            Self::Sqlite(store, outbox) => {
                outbox.close().await;
                store.close().await;
            }
            Self::Postgres(store, _) => store.close().await,
        }
    }
}

/// How to open a database in which there are no accounts yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IfMissing {
    /// Create the tables, and the file of SQLite.
    Create,
    /// Report it: a command that only reads was given the wrong one.
    Refuse,
}

impl Location {
    pub(super) async fn open(&self, missing: IfMissing) -> anyhow::Result<Store> {
        let opened = match self {
            Self::Sqlite(file) => sqlite::open(file, missing).await.map(Store::Sqlite),
            Self::Postgres(options) => postgres::open(options, missing).await.map(Store::Postgres),
        };
        opened.with_context(|| format!("cannot open the database {self}"))
    }

    /// The file, if it is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(file) => Some(file),
            Self::Postgres(_) => None,
        }
    }
}

/// There are no accounts where some are to be read.
fn no_accounts(what: &str) -> anyhow::Error {
    advised(
        what,
        "name the right one with `--database`; the first command that writes, such as \
         `accounts register`, creates it",
    )
}

impl Store {
    /// Opens the outbox of the same database, in which mails wait.
    pub(super) async fn with_outbox(self) -> anyhow::Result<WithOutbox> {
        Ok(match self {
            Self::Sqlite(store) => {
                let outbox = SqliteOutbox::new(store.pool().clone()).await?;
                WithOutbox::Sqlite(store.with_outbox(outbox.clone()), outbox)
            }
            Self::Postgres(store) => {
                let outbox = PostgresOutbox::new(store.pool().clone()).await?;
                WithOutbox::Postgres(store.with_outbox(outbox.clone()), outbox)
            }
        })
    }

    /// Closes the connections, after which SQLite leaves nothing beside its file.
    pub(super) async fn close(self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}

impl FromStr for Location {
    type Err = anyhow::Error;

    // No message repeats the text, which may have a password in it.
    fn from_str(text: &str) -> anyhow::Result<Self> {
        if let Some(file) = text.strip_prefix("sqlite:") {
            let file = file.strip_prefix("//").unwrap_or(file);
            return sqlite::file(file).map(Self::Sqlite);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return postgres::options(text).map(Self::Postgres);
        }
        Err(advised(
            "the database is none that this program knows",
            "name it as `--database sqlite:FILE` or as `--database postgres://USER@HOST/NAME`",
        ))
    }
}

/// As a URL, without the password.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(f, "sqlite:{}", file.display()),
            Self::Postgres(options) => {
                write!(f, "postgres://{}@", options.get_username())?;
                match options.get_socket() {
                    Some(socket) => write!(f, "{}", socket.display())?,
                    None => write!(f, "{}:{}", options.get_host(), options.get_port())?,
                }
                write!(f, "/{}", options.get_database().unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<Location>().map_or_else(
            |error| format!("{error:?}"),
            |location| location.to_string(),
        )
    }

    #[test]
    fn a_file_is_named_in_any_of_the_usual_ways() {
        assert_eq!(shown("sqlite:accounts.db"), "sqlite:accounts.db");
        assert_eq!(shown("sqlite:/var/a.db"), "sqlite:/var/a.db");
        assert_eq!(shown("sqlite:///var/a.db"), "sqlite:/var/a.db");
        assert_eq!(shown("sqlite://var/a.db"), "sqlite:var/a.db");
    }

    #[test]
    fn a_database_that_keeps_nothing_is_no_file() {
        for text in [
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite:file::memory:",
        ] {
            assert!(text.parse::<Location>().is_err(), "{text}");
        }
        assert!("sqlite:a.db?mode=ro".parse::<Location>().is_err());
    }

    #[test]
    fn a_password_is_never_shown() {
        for text in [
            "postgres://ada:hunter2@db.example.org:6543/shop",
            "postgresql://ada@db.example.org:6543/shop?password=hunter2",
        ] {
            assert_eq!(shown(text), "postgres://ada@db.example.org:6543/shop");
        }
        for text in [
            "mysql://ada:hunter2@localhost/shop",
            "postgres://ada:hunter2@localhost:many/shop",
            "postgres://ada:hunter2@localhost/shop?sslmode=hunter2",
        ] {
            assert!(text.parse::<Location>().is_err(), "{text}");
        }
        for text in [
            "mysql://ada:hunter2@localhost/shop",
            "postgres://ada:hunter2@localhost:many/shop",
        ] {
            assert!(!shown(text).contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn a_password_that_is_taken_for_a_name_is_refused() {
        for text in [
            "postgres://ada:54/hunter2@localhost/shop",
            "postgres://ada:54#hunter2@localhost/shop",
            "postgres://ada:54?hunter2@localhost/shop",
        ] {
            let error = text.parse::<Location>().err().unwrap();
            let said = format!("{error:#}");
            assert!(said.starts_with("there is an `@` in the URL"), "{said}");
            assert!(!said.contains("hunter2") && !said.contains("54"), "{said}");
        }
        let text = "postgres://ada:54%2Fhunter2%40@localhost/a%40b?user=grace@example";
        assert_eq!(shown(text), "postgres://grace@example@localhost:5432/a@b");
    }
}
