//! A folder with a database for one test.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::program::accounts;
use crate::schema::Schema;

/// The environment of one test, which is removed afterwards.
pub(crate) struct World {
    folder: TempDir,
    /// The URL of the database.
    pub(crate) database: String,
    /// Where it is, in PostgreSQL.
    _schema: Option<Schema>,
}

impl World {
    /// On a file of SQLite that is not there yet.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("accounts.db").display());
        Self {
            folder,
            database,
            _schema: None,
        }
    }

    /// In a new schema of the PostgreSQL server that `LBACK_POSTGRES_URL` names, without tables.
    pub(crate) fn postgres() -> Self {
        let schema = Schema::new();
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: schema.url(),
            _schema: Some(schema),
        }
    }

    /// The folder in which calls are made.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A call of the program there.
    pub(crate) fn call(&self, arguments: &[&str]) -> Command {
        let mut command = accounts();
        command
            .current_dir(self.folder.path())
            .args(["--database", &self.database])
            .args(arguments);
        command
    }

    /// The output and the status of a call that is given these lines.
    pub(crate) fn run(&self, arguments: &[&str], lines: &[&str]) -> Output {
        let mut command = self.call(arguments);
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        for line in lines {
            // One that reads nothing may have ended by now.
            let _ = writeln!(stdin, "{line}");
        }
        drop(stdin);
        child.wait_with_output().unwrap()
    }
}

/// Makes two tests of each scenario: one on a file of SQLite, one in PostgreSQL.
macro_rules! on_each_database {
    ($($scenario:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[test]
                fn $scenario() {
                    super::$scenario(&$crate::world::World::sqlite());
                }
            )+
        }

        mod postgres {
            $(
                #[test]
                #[ignore = "needs LBACK_POSTGRES_URL"]
                fn $scenario() {
                    super::$scenario(&$crate::world::World::postgres());
                }
            )+
        }
    };
}
pub(crate) use on_each_database;
