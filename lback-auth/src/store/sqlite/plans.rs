//! Tests that no statement reads a whole table, and that a sign-in does not read all sessions of its account.

use sqlx::{AssertSqlSafe, Connection as _, Row as _, Sqlite, SqliteConnection};

use crate::store::sql::Dialect;
use crate::store::sql::plans::statements;
use crate::store::sql::session_statements::INSERT_SESSION;
use crate::store::sql::statements::AUDIT_OF;

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
    let mut database = database().await;
    for (statement, _) in statements::<Sqlite>() {
        for step in plan(&mut database, statement).await {
            assert!(
                !step.starts_with("SCAN") || SMALL.contains(&&*step),
                "{step}: {statement}"
            );
        }
    }
}

#[tokio::test]
async fn the_entries_about_an_account_are_found_without_reading_the_audit_log() {
    let steps = plan(&mut database().await, AUDIT_OF).await;
    let searched = "lback_audit USING INDEX lback_audit_account (account=? AND rowid>?)";
    assert_eq!(steps, [format!("SEARCH {searched}")]);
}

#[tokio::test]
async fn a_new_client_is_recognized_without_reading_all_sessions_of_the_account() {
    let steps = plan(&mut database().await, INSERT_SESSION).await;
    for searched in [
        "(account=? AND client=? AND rowid<?)",
        "(account=? AND user_agent=? AND rowid<?)",
    ] {
        assert!(
            steps.iter().any(|step| step.ends_with(searched)),
            "{steps:?}"
        );
    }
}

async fn database() -> SqliteConnection {
    let mut database = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    for schema in [Sqlite::SCHEMA, Sqlite::USER_SCHEMA] {
        Sqlite::run(&mut database, schema).await.unwrap();
    }
    database
}

/// Returns the steps by which a statement runs.
async fn plan(database: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let plan = sqlx::raw_sql(explain).fetch_all(database).await.unwrap();
    plan.iter().map(|step| step.get("detail")).collect()
}
