//! A test that no statement reads a whole table.

use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

use super::statements::*;

#[tokio::test]
async fn print() {
    let mut database = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    sqlx::raw_sql(SCHEMA).execute(&mut database).await.unwrap();
    for statement in [
        INSERT_SIGNALS,
        INSERT_DELIVERIES,
        CLAIM,
        CLAIMED,
        RENEW,
        END,
        COMPLETE,
        DELETE_SIGNALS,
        NEXT_DUE,
        COUNTS,
    ] {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan = sqlx::raw_sql(explain)
            .fetch_all(&mut database)
            .await
            .unwrap();
        println!("{}", &statement[..60]);
        for step in plan {
            let (id, parent, step): (i64, i64, String) =
                (step.get("id"), step.get("parent"), step.get("detail"));
            println!("  {id} {parent} {step}");
        }
    }
}
