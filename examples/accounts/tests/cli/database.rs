//! The database, read without the program.

use std::thread::sleep;
use std::time::Duration;

use rusqlite::types::ValueRef;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection, Row, ValueRef as _};
use tokio::runtime::Runtime;

use crate::schema::runtime;
use crate::world::World;

/// There is no sleeping in SQLite, but there is writing much.
const SLOW_SQLITE: &str = "
    CREATE TABLE ballast (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE TRIGGER take_a_while AFTER INSERT ON lback_audit
        BEGIN INSERT OR REPLACE INTO ballast VALUES (1, zeroblob(1000000)); END;";

/// Not deferred to the commit, with which a server goes on when the client is gone.
const SLOW_POSTGRES: &str = "
    CREATE FUNCTION take_a_while() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_sleep(0.02); RETURN NULL; END';
    CREATE TRIGGER take_a_while AFTER INSERT ON lback_audit
        FOR EACH ROW EXECUTE FUNCTION take_a_while();";

/// A connection of the test.
pub(crate) enum Database {
    Sqlite(rusqlite::Connection),
    Postgres(Runtime, PgConnection),
}

impl Database {
    pub(crate) fn open(world: &World) -> Self {
        Self::open_server(world).unwrap_or_else(|| {
            let file = world.database.trim_start_matches("sqlite:");
            Self::Sqlite(rusqlite::Connection::open(file).unwrap())
        })
    }

    fn open_server(world: &World) -> Option<Self> {
        if world.database.starts_with("sqlite:") {
            return None;
        }
        let runtime = runtime();
        let connection = runtime.block_on(PgConnection::connect(&world.database));
        Some(Self::Postgres(runtime, connection.unwrap()))
    }

    /// Has what comes last in a transaction take long, so that what does not wait for its end is seen.
    pub(crate) fn slow_down(&mut self) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(SLOW_SQLITE).unwrap(),
            Self::Postgres(runtime, connection) => {
                let done = sqlx::raw_sql(SLOW_POSTGRES).execute(connection);
                runtime.block_on(done).unwrap();
            }
        }
    }

    /// Something that is not what it was when another connection has committed.
    pub(crate) fn version(&mut self) -> String {
        let [version] = match self {
            Self::Sqlite(_) => self.row("PRAGMA data_version"),
            Self::Postgres(..) => self.row("SELECT pg_snapshot_xmax(pg_current_snapshot())"),
        };
        version.unwrap()
    }

    /// A server goes on with what clients have sent that are killed, until it notices.
    pub(crate) fn wait_for_the_killed(world: &World) {
        let mut database = Self::open_server(world);
        let others = "SELECT pid FROM pg_stat_activity \
             WHERE application_name = current_setting('application_name') \
             AND pid <> pg_backend_pid()";
        while let Some(database) = &mut database
            && !database.rows::<1>(others).is_empty()
        {
            sleep(Duration::from_millis(1));
        }
    }

    /// Checks that the file is sound, as far as its reader can see.
    pub(crate) fn check(&mut self) {
        if let Self::Sqlite(_) = self {
            let [found] = self.row("PRAGMA integrity_check");
            assert_eq!(found.unwrap(), "ok");
            let dangling = self.rows::<4>("PRAGMA foreign_key_check");
            assert!(dangling.is_empty(), "{dangling:?}");
        }
    }

    /// In words, whatever the types are.
    pub(crate) fn rows<const N: usize>(&mut self, query: &'static str) -> Vec<[Option<String>; N]> {
        match self {
            Self::Sqlite(connection) => {
                let mut query = connection.prepare(query).unwrap();
                let mut rows = query.query([]).unwrap();
                let mut all = Vec::new();
                while let Some(row) = rows.next().unwrap() {
                    all.push(std::array::from_fn(|column| {
                        text(row.get_ref(column).unwrap())
                    }));
                }
                all
            }
            Self::Postgres(runtime, connection) => {
                let rows = runtime.block_on(sqlx::raw_sql(query).fetch_all(connection));
                let rows = rows.unwrap();
                let row = |row| std::array::from_fn(|column| text_of_postgres(row, column));
                rows.iter().map(row).collect()
            }
        }
    }

    fn row<const N: usize>(&mut self, query: &'static str) -> [Option<String>; N] {
        self.rows(query).remove(0)
    }
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(text) => Some(str::from_utf8(text).unwrap().to_owned()),
        ValueRef::Blob(bytes) => Some(base16ct::lower::encode_string(bytes)),
    }
}

/// The answers to a query that is not prepared are in words.
fn text_of_postgres(row: &PgRow, column: usize) -> Option<String> {
    let value = row.try_get_raw(column).unwrap();
    if value.is_null() {
        return None;
    }
    let text = value.as_str().unwrap();
    Some(text.strip_prefix("\\x").unwrap_or(text).to_owned())
}
