//! That no statement reads a whole table.

use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

use super::{CONSUME_TOKEN, MIGRATIONS, PURGE, PUT_TOKEN};
use crate::store::sql::plans::STATEMENTS;

/// What may be read whole: the limits of an attempt, which are two rows, and what a row of values is
/// in; and the requests from the first on, of which one is read.
const SMALL: &[&str] = &[
    "SCAN limits",
    "SCAN 2 CONSTANT ROWS",
    "SCAN CONSTANT ROW",
    "SCAN lback_request",
];

#[tokio::test]
async fn no_statement_reads_a_whole_table() {
    let mut database = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    for migration in MIGRATIONS {
        let migrated = sqlx::raw_sql(*migration).execute(&mut database).await;
        migrated.unwrap();
    }
    let own = PURGE.into_iter().chain([PUT_TOKEN, CONSUME_TOKEN]);
    for statement in STATEMENTS
        .iter()
        .map(|(statement, _)| *statement)
        .chain(own)
    {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan = sqlx::raw_sql(explain)
            .fetch_all(&mut database)
            .await
            .unwrap();
        for step in plan {
            let step: String = step.get("detail");
            assert!(
                !step.starts_with("SCAN") || SMALL.contains(&&*step),
                "{step}: {statement}"
            );
        }
    }
}
