//! Tests that the work of a hot statement does not grow with the tables.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection};

use super::own_pool::Access;
use super::statements::*;

/// The statements that run per transaction, per claim or per batch, and their numbers of parameters.
const HOT: [(&str, usize); 15] = [
    (INSERT, 15),
    (LOCK_CHAINS, 2),
    (FREE, 3),
    (CHAINS_OF, 1),
    (CLAIM, 10),
    (RENEW, 4),
    (HELD, 2),
    (END, 7),
    (LOCK_SIGNALS, 2),
    (COMPLETE, 3),
    (NEXT_DUE, 7),
    (LOCK_ERASED, 1),
    (ERASE_DELIVERIES, 2),
    (ERASE_SIGNALS, 1),
    (ERASE_KEEP, 1),
];

/// Those that run in the transactions of applications, with the settings of the application.
const OF_APPLICATIONS: [&str; 4] = [LOCK_SIGNALS, COMPLETE, INSERT, FREE];

/// Inserts deliveries in equal parts: due, due of a newer version, to be retried, dead, and of a receiver that no claim
/// names. Many of them are due in the same millisecond. Then a chain of 100,000 deliveries, and 200 of one.
pub(in crate::durable::postgres) const FILL: &str = "
    INSERT INTO lback_signal (id, name, version, payload, sent_at)
    SELECT lpad(to_hex(number), 32, '0')::uuid, 'order.paid', 1, '{}', number FROM generate_series(1, 200000) AS number;

    INSERT INTO lback_delivery (signal, receiver, version, attempt, due_at, failed_at)
    SELECT id, CASE sent_at % 5 WHEN 4 THEN 'bill' ELSE 'ship' END, CASE sent_at % 5 WHEN 1 THEN 2 ELSE 1 END, 1,
        CASE sent_at % 5 WHEN 2 THEN 9000000000000 WHEN 3 THEN NULL ELSE 1 END, sent_at
    FROM lback_signal;

    INSERT INTO lback_delivery (signal, receiver, version, key, ordered_as, due_at)
    SELECT id, 'post', 1, '7', 'post', CASE sent_at WHEN 1 THEN 1 ELSE 9223372036854775807 END
    FROM lback_signal WHERE sent_at <= 100000;

    INSERT INTO lback_delivery (signal, receiver, version, key, ordered_as, due_at)
    SELECT id, 'post', 1, (1000 + sent_at)::text, 'post', 1 FROM lback_signal WHERE sent_at BETWEEN 100001 AND 100200";

/// The tables, as temporary ones of a connection.
pub(in crate::durable::postgres) async fn database() -> PgConnection {
    let options: PgConnectOptions = test_support::service("LBACK_POSTGRES_URL").parse().unwrap();
    let mut database = options.connect().await.unwrap();
    let schema = SCHEMA.replace("CREATE TABLE", "CREATE TEMPORARY TABLE");
    execute(&mut database, &schema).await;
    // As a server does that does not know yet how the statements will be used.
    execute(&mut database, "SET plan_cache_mode = force_generic_plan").await;
    database
}

pub(in crate::durable::postgres) async fn execute(database: &mut PgConnection, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(database).await.unwrap();
}

/// Returns the plan of a statement that is prepared under this name.
pub(in crate::durable::postgres) async fn plan(
    database: &mut PgConnection,
    name: &str,
    parameters: usize,
) -> Vec<String> {
    let nulls = vec!["NULL"; parameters].join(", ");
    let explain = format!("EXPLAIN (COSTS OFF) EXECUTE {name} ({nulls})");
    let plan = sqlx::query_scalar(AssertSqlSafe(explain)).persistent(false);
    plan.fetch_all(database).await.unwrap()
}

/// Returns the first step of a plan that reads a whole table or index, or sorts what it has found by an index.
pub(in crate::durable::postgres) fn long_step(plan: &[String]) -> Option<&str> {
    let steps = plan.iter().enumerate().find(|(place, line)| {
        let details = plan[place + 1..].iter();
        let mut details = details.take_while(|it| !it.contains("->"));
        let is_of_index = line.contains("Index Scan") || line.contains("Index Only Scan");
        line.contains("Seq Scan")
            || line.contains("Sort Key: stored")
            || is_of_index && !details.any(|it| it.contains("Index Cond"))
    });
    steps.map(|(_, line)| &**line)
}

async fn assert_short(database: &mut PgConnection, when: &str) {
    for (place, (statement, parameters)) in HOT.iter().enumerate() {
        let plan = plan(database, &format!("hot_{place}"), *parameters).await;
        let step = long_step(&plan);
        assert!(step.is_none(), "{when}: {step:?} of {plan:#?}: {statement}");
    }
}

async fn prepare(database: &mut PgConnection) {
    for (place, (statement, _)) in HOT.iter().enumerate() {
        let prepare = format!("PREPARE hot_{place} AS {statement}");
        execute(database, &prepare).await;
    }
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn no_hot_statement_scans_a_table_or_an_index() {
    let mut database = database().await;
    execute(&mut database, Access::Write.begin()).await;
    prepare(&mut database).await;
    assert_short(&mut database, "empty").await;
    execute(&mut database, FILL).await;
    assert_short(&mut database, "full, with the plans for the empty tables").await;
    execute(&mut database, "DEALLOCATE ALL").await;
    prepare(&mut database).await;
    assert_short(&mut database, "full, without statistics").await;
    execute(&mut database, "ANALYZE").await;
    assert_short(&mut database, "full, with statistics").await;
    execute(&mut database, "RESET enable_seqscan").await;
    for statement in OF_APPLICATIONS {
        let place = HOT.iter().position(|it| it.0 == statement).unwrap();
        let plan = plan(&mut database, &format!("hot_{place}"), HOT[place].1).await;
        assert_eq!(long_step(&plan), None, "{plan:#?}");
    }
}

/// However many are due at the same time.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_claim_reads_as_many_rows_as_it_returns() {
    let mut database = database().await;
    execute(&mut database, FILL).await;
    for analyze in ["SELECT 1", "ANALYZE"] {
        execute(&mut database, analyze).await;
        execute(&mut database, Access::Write.begin()).await;
        execute(&mut database, &format!("PREPARE claim AS {CLAIM}")).await;
        let explain = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE claim \
            (0, '{0,0}', '{ship,send}', '{1,1}', '{1,1}', '{10,10}', '{0,0}', 30000, 'plans', 7)";
        let plan = sqlx::query_scalar(explain).persistent(false);
        let plan: Vec<String> = plan.fetch_all(&mut database).await.unwrap();
        let counts = plan.iter().filter_map(|line| {
            let (_, count) = line.split_once("(actual rows=")?;
            count.split([' ', '.']).next()?.parse::<u64>().ok()
        });
        let largest = counts.max();
        assert!(
            largest.is_some_and(|it| (10..=20).contains(&it)),
            "{plan:#?}"
        );
        let removed = plan.iter().filter_map(|line| {
            let (_, count) = line.split_once("Rows Removed by Filter: ")?;
            count.parse::<u64>().ok()
        });
        assert!(removed.sum::<u64>() <= 4, "the ends of names: {plan:#?}");
        execute(&mut database, "ROLLBACK; DEALLOCATE ALL").await;
    }
}

/// However many are parked, or were deleted.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_chain_is_searched_by_its_end() {
    let mut database = database().await;
    execute(&mut database, FILL).await;
    for analyze in ["SELECT 1", "ANALYZE"] {
        execute(&mut database, analyze).await;
        execute(&mut database, "BEGIN").await;
        execute(&mut database, &format!("PREPARE free AS {FREE}")).await;
        let delete = "DELETE FROM lback_delivery WHERE receiver = 'post' AND due_at = 1";
        execute(&mut database, delete).await;
        let explain = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) \
            EXECUTE free (0, '{post,post}', '{7,1100007}')";
        let plan = sqlx::query_scalar(explain).persistent(false);
        let plan: Vec<String> = plan.fetch_all(&mut database).await.unwrap();
        assert_eq!(long_step(&plan), None, "{plan:#?}");
        let removed = plan.iter().filter(|it| it.contains("Rows Removed"));
        assert_eq!(removed.count(), 0, "{plan:#?}");
        execute(&mut database, "ROLLBACK; DEALLOCATE ALL").await;
    }
}
