//! PostgreSQL: how a transaction begins, and what became of a commit that was not answered.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Pool, SqlSafeStr, SqlStr};
use tokio::time::{Instant, sleep};

use super::database::SignalDatabase;
use crate::postgres_outcome::{assigned_transaction_id, outcome_of};

pub(super) const BEGIN: &str = "BEGIN";

/// Selects the id of the current transaction, or NULL if nothing was written. Fails if a COMMIT would commit nothing
/// without an error: in an aborted transaction, and outside of any.
pub(super) const CHECK: &str = concat!(
    "SAVEPOINT lback_signals; SELECT ",
    assigned_transaction_id!()
);

/// How long the server is asked for the outcome of a commit.
const OUTCOME_TIMEOUT: Duration = Duration::from_secs(10);

/// The time between two questions.
const RETRY_DELAY: Duration = Duration::from_millis(50);

/// Returns statements that begin a transaction with this one.
///
/// They divide by zero in a transaction that was left open on a pooled connection: only one that begins with this
/// message is as old as the message.
pub(super) fn begin(statement: &SqlStr) -> SqlStr {
    let statement = statement.as_str();
    let check = "SELECT 1 / (now() = statement_timestamp())::int";
    AssertSqlSafe(format!("{statement}; {check}")).into_sql_str()
}

/// Returns whether an error of these statements says that a transaction is open already: it divides by zero, has
/// another isolation, or is aborted.
pub(super) fn is_already_open(error: &sqlx::Error) -> bool {
    matches!(code(error).as_deref(), Some("22012" | "25001" | "25P02"))
}

/// Returns whether an error of a COMMIT says that nothing was committed, such as the violation of a deferred
/// constraint. Without an answer of the server it does not, nor if the server has stopped (57P), has lost a
/// connection (08), fails (58, XX), or does not know (40003).
pub(crate) fn is_commit_refused(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| {
        let uncertain = ["08", "40003", "57P", "58", "XX"];
        !uncertain.iter().any(|class| code.starts_with(class))
    })
}

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// Returns whether the transaction of this id was committed, or `None` if that is not to be found out.
pub(crate) async fn was_committed<DB: SignalDatabase>(pool: &Pool<DB>, id: &str) -> Option<bool> {
    let status = format!("SELECT {}", outcome_of(id)?);
    let status = AssertSqlSafe(status).into_sql_str();
    let end = Instant::now() + OUTCOME_TIMEOUT;
    loop {
        match ask(pool, status.clone()).await {
            Ok(Some(answer)) if answer == "committed" => return Some(true),
            Ok(Some(answer)) if answer == "aborted" => return Some(false),
            // The server has not noticed yet that the connection is gone, or is still committing.
            Ok(Some(answer)) if answer == "in progress" => {}
            Ok(_) | Err(sqlx::Error::PoolClosed) => return None,
            // The server may be starting.
            Err(_) => {}
        }
        if Instant::now() > end {
            return None;
        }
        sleep(RETRY_DELAY).await;
    }
}

async fn ask<DB: SignalDatabase>(pool: &Pool<DB>, status: SqlStr) -> sqlx::Result<Option<String>> {
    let mut connection = pool.acquire().await?;
    DB::__fetch_text(&mut connection, status).await
}

#[cfg(all(test, feature = "durable-postgres"))]
mod tests {
    use sqlx::postgres::PgConnectOptions;
    use sqlx::{ConnectOptions as _, PgPool, raw_sql};

    use super::{Duration, sleep, was_committed};
    use crate::postgres_outcome::transaction_id;

    /// As jobs of a monitoring system reset them. Nothing then tells a commit from a transaction that a crash has lost.
    #[tokio::test]
    #[ignore = "needs LBACK_POSTGRES_URL"]
    async fn a_transaction_that_has_not_ended_is_not_rolled_back_by_a_reset_of_the_statistics() {
        let url = test_support::service("LBACK_POSTGRES_URL");
        let pool = PgPool::connect_lazy(&url).unwrap();
        let options: PgConnectOptions = url.parse().unwrap();
        let mut transaction = options.connect().await.unwrap();
        let begin = raw_sql("BEGIN").execute(&mut transaction);
        begin.await.unwrap();
        let id = sqlx::query_scalar(concat!("SELECT ", transaction_id!()));
        let id: String = id.fetch_one(&mut transaction).await.unwrap();
        let reset = raw_sql("SELECT pg_stat_reset_shared('bgwriter')").execute(&pool);
        reset.await.unwrap();
        let asking = tokio::spawn({
            let pool = pool.clone();
            async move { was_committed(&pool, &id).await }
        });
        // The transaction ends after some questions, or before the first one.
        sleep(Duration::from_millis(300)).await;
        let commit = raw_sql("COMMIT").execute(&mut transaction);
        commit.await.unwrap();
        assert_eq!(asking.await.unwrap(), None);
    }
}
