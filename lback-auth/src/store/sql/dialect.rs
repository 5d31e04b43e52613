//! The differences between the databases.

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use time::OffsetDateTime;

use super::{ReadStatement, SqlOutbox, Value};
use crate::store::{AttemptTime, StoreError};

/// A database of sqlx: its statements where they differ, and the calls of sqlx.
///
/// The calls are here because generic code over sqlx's `Database` needs a bound for each type that it
/// binds or reads. [`sqlx_calls!`] implements them.
pub trait Dialect: sqlx::Database {
    /// The outbox of a store.
    type Outbox: SqlOutbox<Self>;

    /// Creates the tables of the ledger.
    const SCHEMA: &'static str;

    /// Creates the table of [`User`](crate::User).
    const USER_SCHEMA: &'static str;

    /// Selects as `has_table` whether there is a table of this name.
    const HAS_TABLE: &'static str;

    /// Begins a transaction that writes. Fails in one that is [open already](Self::is_already_open).
    const BEGIN: &'static str;

    /// Begins a transaction that reads. Fails likewise.
    const BEGIN_READ: &'static str;

    /// Begins the transaction that creates tables, of which one runs at a time.
    const BEGIN_MIGRATION: &'static str;

    /// Fails where a COMMIT would roll back without an error.
    const BEFORE_COMMIT: Option<&'static str>;

    /// Takes the lock of transactions that may replace accounts. `None` in a database with one writer.
    const LOCK_REPLACEMENTS: Option<&'static str>;

    /// Sets the savepoint `lback` and takes that lock.
    const SET_SAVEPOINT: &'static str;

    /// The number of transactions that can write at the same time, if there is a limit.
    const WRITERS: Option<usize>;

    /// The time between two transactions of one operation, in which others write.
    const PAUSE: Option<Duration>;

    /// [`FIND`](super::statements::FIND), locked.
    const FIND_LOCKED: &'static str;

    /// [`FIND_BY_KEYS`](super::statements::FIND_BY_KEYS), locked.
    const FIND_BY_KEYS_LOCKED: &'static str;

    /// Selects a session with its account.
    const FIND_SESSION_AND_ACCOUNT: ReadStatement;

    /// Counts an attempt.
    const RESERVE_ATTEMPT: &'static str;

    /// Selects the end of the delay of two keys.
    const DELAY_END: &'static str;

    /// Deletes expired rows, one statement per index.
    const PURGE: [&'static str; 5];

    /// Returns the caller's time, or `None` for that of the database.
    fn caller_time(now: AttemptTime) -> Option<OffsetDateTime>;

    /// Returns whether an error of a COMMIT means that nothing was committed.
    fn is_commit_refused(error: &sqlx::Error) -> bool;

    /// Returns whether an error of a message that starts with BEGIN means that a transaction is open already.
    fn is_already_open(error: &sqlx::Error) -> bool;

    /// Returns whether the database or sqlx has ended the transaction without the store.
    fn has_ended(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Prepares the drop of a connection whose BEGIN was not answered.
    fn close_unanswered(connection: &mut PoolConnection<Self>);

    /// Runs statements without arguments, as one message.
    fn run(
        connection: &mut Self::Connection,
        sql: &'static str,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Runs a statement and returns its rows.
    fn fetch_all(
        connection: &mut Self::Connection,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> impl Future<Output = sqlx::Result<Vec<Self::Row>>> + Send;

    /// Runs a statement and returns the number of rows that it changed.
    fn execute(
        connection: &mut Self::Connection,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> impl Future<Output = sqlx::Result<u64>> + Send;

    /// Runs a statement that is built at run time, and keeps it prepared if it is `persistent`.
    fn execute_dynamic(
        connection: &mut Self::Connection,
        sql: String,
        values: &[Value<'_>],
        persistent: bool,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Binds the arguments of a query.
    fn bind<'q>(
        query: Query<'q, Self, Self::Arguments>,
        values: &[Value<'_>],
    ) -> Query<'q, Self, Self::Arguments>;

    fn read_bool(row: &Self::Row, column: &'static str) -> sqlx::Result<bool>;

    fn read_bytes<'r>(row: &'r Self::Row, column: &'static str) -> sqlx::Result<Option<&'r [u8]>>;

    fn read_integer(row: &Self::Row, column: &'static str) -> sqlx::Result<Option<i64>>;

    fn read_text(row: &Self::Row, column: &'static str) -> sqlx::Result<Option<String>>;

    /// Runs a statement and returns its only row, or none.
    fn fetch_optional(
        connection: &mut Self::Connection,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> impl Future<Output = sqlx::Result<Option<Self::Row>>> + Send {
        async move { Ok(Self::fetch_all(connection, sql, values).await?.pop()) }
    }

    /// Runs a statement that always returns a row.
    fn fetch_one(
        connection: &mut Self::Connection,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> impl Future<Output = sqlx::Result<Self::Row>> + Send {
        async move {
            let row = Self::fetch_optional(connection, sql, values).await?;
            row.ok_or(sqlx::Error::RowNotFound)
        }
    }
}

/// Implements the calls of sqlx for a database, with the way in which it binds integers.
macro_rules! sqlx_calls {
    (|$integers:ident| $bound:expr) => {
        async fn run(connection: &mut Self::Connection, sql: &'static str) -> sqlx::Result<()> {
            sqlx::raw_sql(sql).execute(connection).await.map(drop)
        }

        async fn fetch_all(
            connection: &mut Self::Connection,
            sql: &'static str,
            values: &[$crate::store::sql::Value<'_>],
        ) -> sqlx::Result<Vec<Self::Row>> {
            Self::bind(sqlx::query(sql), values)
                .fetch_all(connection)
                .await
        }

        async fn execute(
            connection: &mut Self::Connection,
            sql: &'static str,
            values: &[$crate::store::sql::Value<'_>],
        ) -> sqlx::Result<u64> {
            let done = Self::bind(sqlx::query(sql), values)
                .execute(connection)
                .await?;
            Ok(done.rows_affected())
        }

        async fn execute_dynamic(
            connection: &mut Self::Connection,
            sql: String,
            values: &[$crate::store::sql::Value<'_>],
            persistent: bool,
        ) -> sqlx::Result<()> {
            let query = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(persistent);
            Self::bind(query, values)
                .execute(connection)
                .await
                .map(drop)
        }

        fn bind<'q>(
            mut query: sqlx::query::Query<'q, Self, Self::Arguments>,
            values: &[$crate::store::sql::Value<'_>],
        ) -> sqlx::query::Query<'q, Self, Self::Arguments> {
            use $crate::store::sql::Value;
            for value in values {
                query = match *value {
                    Value::Bool(value) => query.bind(value),
                    Value::Bytes(value) => query.bind(value),
                    Value::Integer(value) => query.bind(value),
                    Value::Integers($integers) => query.bind($bound),
                    Value::Text(value) => query.bind(value),
                };
            }
            query
        }

        fn read_bool(row: &Self::Row, column: &'static str) -> sqlx::Result<bool> {
            sqlx::Row::try_get(row, column)
        }

        fn read_bytes<'r>(
            row: &'r Self::Row,
            column: &'static str,
        ) -> sqlx::Result<Option<&'r [u8]>> {
            sqlx::Row::try_get(row, column)
        }

        fn read_integer(row: &Self::Row, column: &'static str) -> sqlx::Result<Option<i64>> {
            sqlx::Row::try_get(row, column)
        }

        fn read_text(row: &Self::Row, column: &'static str) -> sqlx::Result<Option<String>> {
            sqlx::Row::try_get(row, column)
        }
    };
}
pub(in crate::store) use sqlx_calls;
