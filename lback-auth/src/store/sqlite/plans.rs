//! That no statement reads a whole table.

use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

use super::{CONSUME_TOKEN, PURGE, PUT_TOKEN, RESERVE_ATTEMPT, SCHEMA, WHEN_ATTEMPTS_MAY_BE};
use crate::store::sql::plans::STATEMENTS;

/// What may be read whole: the time and the limits of an attempt, which are two rows, and what a row of values is
/// in; the rows of a round of a purge; and the requests from the first on, of which one is read.
const SMALL: &[&str] = &[
    "SCAN clock",
    "SCAN limits",
    "SCAN 2 CONSTANT ROWS",
    "SCAN CONSTANT ROW",
    "SCAN round",
    "SCAN lback_request",
];

#[tokio::test]
async fn no_statement_reads_a_whole_table() {
    let mut database = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let created = sqlx::raw_sql(SCHEMA).execute(&mut database).await;
    created.unwrap();
    let own = PURGE.into_iter().chain([
        PUT_TOKEN,
        CONSUME_TOKEN,
        RESERVE_ATTEMPT,
        WHEN_ATTEMPTS_MAY_BE,
    ]);
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
