//! Statements of SeaORM on a connection of sqlx.

use std::sync::Arc;

use sea_orm::{DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Database, Executor, IntoArguments};
#[cfg(feature = "postgres")]
use sqlx::{PgConnection, Postgres};
#[cfg(feature = "sqlite")]
use sqlx::{Sqlite, SqliteConnection};

/// A borrowed connection.
pub(crate) enum Rows<'r> {
    #[cfg(feature = "postgres")]
    Postgres(&'r mut PgConnection),
    #[cfg(feature = "sqlite")]
    Sqlite(&'r mut SqliteConnection),
}

impl Rows<'_> {
    pub(crate) fn backend(&self) -> DbBackend {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => DbBackend::Postgres,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(rows) => execute::<Postgres>(rows, statement).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(rows) => execute::<Sqlite>(rows, statement).await,
        }
    }

    pub(crate) async fn execute_unprepared(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(rows) => execute_unprepared::<Postgres>(rows, sql).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(rows) => execute_unprepared::<Sqlite>(rows, sql).await,
        }
    }

    pub(crate) async fn query_one(
        &mut self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(rows) => query_one::<Postgres>(rows, statement).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(rows) => query_one::<Sqlite>(rows, statement).await,
        }
    }

    pub(crate) async fn query_all(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(rows) => query_all::<Postgres>(rows, statement).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(rows) => query_all::<Sqlite>(rows, statement).await,
        }
    }
}

async fn execute<DB>(rows: &mut DB::Connection, statement: Statement) -> Result<ExecResult, DbErr>
where
    DB: Database<QueryResult: Into<ExecResult>>,
    for<'e> &'e mut DB::Connection: Executor<'e, Database = DB>,
    SqlxValues: IntoArguments<DB>,
{
    let result = query(statement).execute(rows).await;
    result.map(Into::into).map_err(exec_error)
}

async fn execute_unprepared<DB>(rows: &mut DB::Connection, sql: &str) -> Result<ExecResult, DbErr>
where
    DB: Database<QueryResult: Into<ExecResult>>,
    for<'e> &'e mut DB::Connection: Executor<'e, Database = DB>,
{
    let result = sqlx::raw_sql(AssertSqlSafe(sql)).execute(rows).await;
    result.map(Into::into).map_err(exec_error)
}

async fn query_one<DB>(
    rows: &mut DB::Connection,
    statement: Statement,
) -> Result<Option<QueryResult>, DbErr>
where
    DB: Database<Row: Into<QueryResult>>,
    for<'e> &'e mut DB::Connection: Executor<'e, Database = DB>,
    SqlxValues: IntoArguments<DB>,
{
    let row = query(statement).fetch_optional(rows).await;
    let row = row.map_err(query_error)?;
    Ok(row.map(Into::into))
}

async fn query_all<DB>(
    rows: &mut DB::Connection,
    statement: Statement,
) -> Result<Vec<QueryResult>, DbErr>
where
    DB: Database<Row: Into<QueryResult>>,
    for<'e> &'e mut DB::Connection: Executor<'e, Database = DB>,
    SqlxValues: IntoArguments<DB>,
{
    let all = query(statement).fetch_all(rows).await;
    let all = all.map_err(query_error)?;
    Ok(all.into_iter().map(Into::into).collect())
}

fn query<DB: Database>(statement: Statement) -> Query<'static, DB, SqlxValues>
where
    SqlxValues: IntoArguments<DB>,
{
    let values = statement.values.unwrap_or(Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

// The same kinds of errors as those of SeaORM's connections.

fn exec_error(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}
