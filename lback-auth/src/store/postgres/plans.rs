//! A test that no statement has to read a whole table.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Postgres, Row as _};

use crate::store::sql::Dialect;
use crate::store::sql::plans::statements;
use crate::store::sql::statements::AUDIT_OF;

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
    run(Postgres::SCHEMA.to_owned()).await;
    run(Postgres::USER_SCHEMA.to_owned()).await;
    // An empty table is best read whole.
    run(
        "SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan".to_owned(),
    )
    .await;

    for (statement, types) in statements::<Postgres>() {
        let arguments = vec!["NULL"; types.split(',').count()].join(", ");
        run(format!("PREPARE statement ({types}) AS {statement}")).await;
        let plan = run(format!("EXPLAIN EXECUTE statement ({arguments})")).await;
        let plan: Vec<String> = plan.iter().map(|step| step.get(0)).collect();
        for step in &plan {
            assert!(!step.contains("Seq Scan on lback_"), "{step}: {statement}");
        }
        // A scan of the primary key would read the whole log, too.
        let uses_index = |step: &String| step.contains("using lback_audit_account");
        assert!(
            statement != AUDIT_OF || plan.iter().any(uses_index),
            "{plan:?}"
        );
        run("DEALLOCATE statement".to_owned()).await;
    }
}
