//! That no statement has to read a whole table.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::{CONSUME_TOKEN, PURGE, PUT_TOKEN, RESERVE_ATTEMPT, SCHEMA, WHEN_ATTEMPTS_MAY_BE};
use crate::store::sql::plans::STATEMENTS;

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn no_statement_has_to_read_a_whole_table() {
    let url = test_support::service("LBACK_POSTGRES_URL");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    // Rolled back in the end, tables and all.
    let mut transaction = connection.begin().await.unwrap();
    let mut run = async |sql: String| {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut *transaction);
        rows.await.unwrap()
    };
    run("CREATE SCHEMA lback_plans; SET LOCAL search_path = lback_plans".to_owned()).await;
    run(SCHEMA.to_owned()).await;
    // An empty table is best read whole.
    run(
        "SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan".to_owned(),
    )
    .await;

    let own = [
        (PUT_TOKEN, "bigint, text, bytea, text, bigint, bigint"),
        (CONSUME_TOKEN, "bytea, text, bigint"),
        (
            RESERVE_ATTEMPT,
            "bigint, \
             bytea, bigint, bigint, bigint, bigint, bigint, bigint, \
             bytea, bigint, bigint, bigint, bigint, bigint, bigint",
        ),
        (WHEN_ATTEMPTS_MAY_BE, "bytea, bytea, bigint"),
    ];
    let purge = PURGE.map(|statement| (statement, "bigint, bigint, bigint"));
    for (statement, types) in STATEMENTS.iter().copied().chain(own).chain(purge) {
        let (types, arguments) = if types.is_empty() {
            (String::new(), String::new())
        } else {
            let arguments = vec!["NULL"; types.split(',').count()].join(", ");
            (format!("({types})"), format!("({arguments})"))
        };
        run(format!("PREPARE statement {types} AS {statement}")).await;
        let plan = run(format!("EXPLAIN EXECUTE statement {arguments}")).await;
        for step in plan {
            let step: String = step.get(0);
            assert!(!step.contains("Seq Scan on lback_"), "{step}: {statement}");
        }
        run("DEALLOCATE statement".to_owned()).await;
    }
}
