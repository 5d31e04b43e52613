//! Tests that the work of operators and of the maintenance does not grow with the tables.

use sqlx::{AssertSqlSafe, PgConnection};

use super::statements::*;
use crate::durable::admin::{DeliveryFilter, DeliveryState};
use crate::durable::postgres::own_pool::Access;
use crate::durable::postgres::plans::{FILL, database, execute, long_step, plan};
use crate::durable::postgres::statements::{DELETE_DEAD, DELETE_KEPT, LOCK_SIGNALS_OF, OLD_DEAD};

/// Inserts as many kept signals that are done as there are signals, and as many operations.
const FILL_KEPT: &str = "
    INSERT INTO lback_signal (id, name, version, payload, sent_at, keep, done_at)
    SELECT ('f' || substr(id::text, 2))::uuid, 'order.kept', 1, '{}', sent_at, 1000, sent_at FROM lback_signal;

    INSERT INTO lback_operation (id, at, command, operator, deliveries)
    SELECT id, sent_at, '', '', 0 FROM lback_signal WHERE keep IS NOT NULL";

fn dead() -> DeliveryFilter {
    DeliveryFilter {
        receiver: Some("ship".to_owned()),
        state: Some(DeliveryState::Dead),
        ..DeliveryFilter::default()
    }
}

fn statements() -> Vec<(String, usize)> {
    let fixed = [
        (SIGNAL_OF, 1),
        (SIGNALS_OF, 1),
        (NOTE, 6),
        (RETRY, 2),
        (REMOVE, 2),
        (KEPT, 6),
        (KEPT_SINCE, 1),
        (LOCK_KEPT, 1),
        (DELIVER_KEPT, 5),
        (DEAD, 6),
        (OLD_DEAD, 3),
        (LOCK_SIGNALS_OF, 1),
        (DELETE_DEAD, 3),
        (DELETE_KEPT, 2),
    ];
    let fixed = fixed.map(|(statement, count)| (statement.to_owned(), count));
    fixed
        .into_iter()
        .chain([(deliveries(&dead()), 5)])
        .collect()
}

async fn prepare(database: &mut PgConnection) {
    for (place, (statement, _)) in statements().iter().enumerate() {
        execute(
            database,
            &format!("PREPARE of_operators_{place} AS {statement}"),
        )
        .await;
    }
}

async fn assert_short(database: &mut PgConnection, when: &str) {
    for (place, (statement, parameters)) in statements().iter().enumerate() {
        let plan = plan(database, &format!("of_operators_{place}"), *parameters).await;
        let step = long_step(&plan);
        assert!(step.is_none(), "{when}: {step:?} of {plan:#?}: {statement}");
    }
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn no_statement_scans_a_table_or_an_index() {
    let mut database = database().await;
    execute(&mut database, Access::Page.begin()).await;
    prepare(&mut database).await;
    assert_short(&mut database, "empty").await;
    execute(&mut database, FILL).await;
    execute(&mut database, FILL_KEPT).await;
    assert_short(&mut database, "full, with the plans for the empty tables").await;
    execute(&mut database, "DEALLOCATE ALL").await;
    prepare(&mut database).await;
    assert_short(&mut database, "full, without statistics").await;
    execute(&mut database, "ANALYZE").await;
    assert_short(&mut database, "full, with statistics").await;
}

/// However many are kept or dead.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_page_reads_as_many_rows_as_it_returns() {
    let mut database = database().await;
    execute(&mut database, FILL).await;
    execute(&mut database, FILL_KEPT).await;
    let names = "'{order.kept,order.gone}', '{ship,send}'";
    let kept = format!("{names}, 100000, '00000000-0000-0000-0000-000000000000', 200000, 10");
    let paid = "'{order.paid,order.gone}', '{ship,send}'";
    let pages = [
        (KEPT.to_owned(), kept),
        (DEAD.to_owned(), format!("{paid}, 0, 100000, 200000, 10")),
        (OPERATIONS.to_owned(), "10".to_owned()),
        (deliveries(&dead()), "0, 1000, 'ship', NULL, 10".to_owned()),
        (OLD_DEAD.to_owned(), "0, 1000, 10".to_owned()),
    ];
    for analyze in ["SELECT 1", "ANALYZE"] {
        execute(&mut database, analyze).await;
        execute(&mut database, Access::Page.begin()).await;
        for (place, (statement, values)) in pages.iter().enumerate() {
            execute(
                &mut database,
                &format!("PREPARE page_{place} AS {statement}"),
            )
            .await;
            let explain = format!(
                "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE page_{place} ({values})"
            );
            let plan = sqlx::query_scalar(AssertSqlSafe(explain)).persistent(false);
            let plan: Vec<String> = plan.fetch_all(&mut database).await.unwrap();
            let counts = plan.iter().filter_map(|line| {
                let (_, count) = line.split_once("(actual rows=")?;
                count.split([' ', '.']).next()?.parse::<u64>().ok()
            });
            assert_eq!(counts.max(), Some(10), "{analyze}: {plan:#?}");
            let removed = plan.iter().filter(|it| it.contains("Rows Removed"));
            assert_eq!(removed.count(), 0, "{analyze}: {plan:#?}");
        }
        execute(&mut database, "ROLLBACK; DEALLOCATE ALL").await;
    }
}
