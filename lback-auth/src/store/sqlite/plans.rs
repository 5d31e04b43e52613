//! A test that no statement reads a whole table.

use sqlx::{AssertSqlSafe, Connection as _, Row as _, Sqlite, SqliteConnection};

use crate::store::sql::Dialect;
use crate::store::sql::plans::statements;

/// Steps that may read a table as a whole: the time and the limits of an attempt, which are two rows;
/// rows of values; and the rows of a round of a purge.
const SMALL: &[&str] = &[
    "SCAN clock",
    "SCAN limits",
    "SCAN 2 CONSTANT ROWS",
    "SCAN CONSTANT ROW",
    "SCAN round",
];

#[tokio::test]
async fn no_statement_reads_a_whole_table() {
    let mut database = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    for schema in [Sqlite::SCHEMA, Sqlite::USER_SCHEMA] {
        Sqlite::run(&mut database, schema).await.unwrap();
    }
    for (statement, _) in statements::<Sqlite>() {
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
