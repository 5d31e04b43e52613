//! The databases of sqlx on which the transactions run.

use std::marker::PhantomData;
use std::pin::Pin;

use sqlx::{ColumnIndex, Database, Decode, Executor, Row, SqlStr, Type};

/// A boxed future that a task can own.
pub(super) type BoxFuture<'f, T> = Pin<Box<dyn Future<Output = T> + Send + 'f>>;

/// A database of sqlx for [`SignalTransaction`](super::SignalTransaction): `Sqlite` or `Postgres`.
///
/// Each database of sqlx implements it. Code that begins a transaction of another one than these two does not
/// build.
pub trait SignalDatabase: Database {
    /// Runs statements without arguments, as one message.
    #[doc(hidden)]
    fn __execute(
        connection: &mut Self::Connection,
        sql: SqlStr,
    ) -> Pin<Box<dyn Future<Output = sqlx::Result<()>> + Send + '_>>;

    /// Runs statements without arguments, and returns the first column of the first row as text.
    #[doc(hidden)]
    fn __fetch_text(
        connection: &mut Self::Connection,
        sql: SqlStr,
    ) -> Pin<Box<dyn Future<Output = sqlx::Result<Option<String>>> + Send + '_>>;
}

impl<DB: Database> SignalDatabase for DB
where
    for<'e> &'e mut DB::Connection: Executor<'e, Database = DB>,
    for<'r> String: Decode<'r, DB>,
    String: Type<DB>,
    usize: ColumnIndex<DB::Row>,
{
    fn __execute(
        connection: &mut Self::Connection,
        sql: SqlStr,
    ) -> BoxFuture<'_, sqlx::Result<()>> {
        Box::pin(async move { sqlx::raw_sql(sql).execute(connection).await.map(drop) })
    }

    fn __fetch_text(
        connection: &mut Self::Connection,
        sql: SqlStr,
    ) -> BoxFuture<'_, sqlx::Result<Option<String>>> {
        Box::pin(async move {
            let row = sqlx::raw_sql(sql).fetch_optional(connection).await?;
            row.map_or(Ok(None), |row| row.try_get::<Option<String>, _>(0))
        })
    }
}

/// The kind of a database, by its name, so that the crate needs neither driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// Returns the kind of a database. Fails to build for any other.
    pub(super) const fn of<DB: Database>() -> Self {
        Named::<DB>::KIND
    }
}

struct Named<DB>(PhantomData<DB>);

impl<DB: Database> Named<DB> {
    const KIND: Kind = match DB::NAME.as_bytes() {
        b"SQLite" => Kind::Sqlite,
        b"PostgreSQL" => Kind::Postgres,
        _ => panic!("`SignalTransaction` is for `sqlx::Sqlite` and `sqlx::Postgres`"),
    };
}
