//! SQLite: how a transaction begins, and whether it still is one.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::database::SignalDatabase;
use super::error::TransactionError;

/// The one kind that waits for the lock to write when it begins. Any other waits at its first write, and fails if
/// another connection has written since its first read.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// The result code `SQLITE_ERROR`.
const ERROR: i32 = 1;

/// Returns statements that begin a transaction with this one.
///
/// The first BEGIN fails in a transaction that was left open on a pooled connection. `BEGIN IMMEDIATE` alone could
/// fail because of the lock of another connection first, with the same connection back in the pool.
pub(super) fn begin(statement: &SqlStr) -> SqlStr {
    let statement = statement.as_str();
    AssertSqlSafe(format!("BEGIN; ROLLBACK; {statement}")).into_sql_str()
}

/// Returns whether an error of a BEGIN says that a transaction is open already.
pub(super) fn is_already_open(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(answer) = error else {
        return false;
    };
    let code = answer.code().and_then(|code| code.parse::<i32>().ok());
    // An extended result code has details in its higher bytes.
    code.is_some_and(|code| code & 0xff == ERROR)
}

/// Checks that SQLite has not rolled back on its own, by a BEGIN, which fails in a transaction. If it has, further
/// statements would be committed one by one.
pub(super) async fn check_open<DB: SignalDatabase>(
    connection: &mut DB::Connection,
) -> Result<(), TransactionError> {
    match DB::__execute(connection, "BEGIN".into_sql_str()).await {
        Ok(()) => {
            DB::__execute(connection, "ROLLBACK".into_sql_str()).await?;
            Err(TransactionError::RolledBackBySqlite)
        }
        Err(error) if is_already_open(&error) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
