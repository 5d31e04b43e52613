//! Tests that the work of operators on few deliveries does not grow with the tables.

use std::time::UNIX_EPOCH;

use sqlx::{AssertSqlSafe, Executor as _, SqliteConnection};
use uuid::Uuid;

use super::statements::*;
use super::{changing, replaying};
use crate::durable::admin::{DeliveryFilter, DeliveryState, Operation, Replay};
use crate::durable::sqlite::plans::{assert_short, count_steps, database};

/// Inserts as many kept signals that are done as there are signals, and as many operations.
const FILL_KEPT: &str = "
    INSERT INTO lback_signal (id, name, version, payload, sent_at, keep, done_at)
    SELECT unhex('ff' || substr(hex(id), 3)), 'order.kept', 1, '{}', sent_at, 1000, sent_at FROM lback_signal;

    INSERT INTO lback_operation (id, at, command, operator, deliveries)
    SELECT id, sent_at, '', '', 0 FROM lback_signal WHERE keep IS NOT NULL;
";

const STATEMENTS: [&str; 11] = [
    SIGNAL_OF,
    SIGNALS_OF,
    CHAINS_LEFT,
    RETRY,
    REMOVE,
    KEPT,
    KEPT_SINCE,
    KEYS,
    DELIVER_KEPT,
    UNDO_DONE,
    DEAD,
];

async fn filled(deliveries: u32) -> SqliteConnection {
    let mut database = database(deliveries).await;
    database.execute(sqlx::raw_sql(FILL_KEPT)).await.unwrap();
    database
}

fn dead_of(receiver: &str) -> DeliveryFilter {
    DeliveryFilter {
        receiver: Some(receiver.to_owned()),
        state: Some(DeliveryState::Dead),
        limit: Some(10),
        ..DeliveryFilter::default()
    }
}

#[tokio::test]
async fn no_statement_scans_a_table_or_an_index() {
    let mut database = filled(200_000).await;
    for analyze in ["SELECT 1", "ANALYZE"] {
        sqlx::raw_sql(analyze).execute(&mut database).await.unwrap();
        for statement in STATEMENTS {
            assert_short(&mut database, analyze, statement).await;
        }
        let found = deliveries(&dead_of("ship"));
        assert_short(&mut database, analyze, &found).await;
    }
}

#[tokio::test]
async fn the_work_of_a_page_does_not_grow_with_the_tables() {
    let few = work(&mut filled(1_000).await).await;
    let many = work(&mut filled(200_000).await).await;
    for ((operation, few), (_, many)) in few.into_iter().zip(many) {
        assert!(
            many <= few + few / 10,
            "{operation}: {few} steps with 1,000 deliveries and {many} with 200,000"
        );
        assert!(many < 50_000, "{operation}: {many} steps");
    }
}

/// Returns the number of SQLite's instructions in each operation, on ten deliveries.
async fn work(database: &mut SqliteConnection) -> Vec<(&'static str, u64)> {
    let taken = count_steps(database).await;
    let mut work = Vec::new();
    let mut replay = Replay {
        receiver: "ship".to_owned(),
        earlier_names: vec!["send".to_owned()],
        ordered_as: None,
        signals: vec!["order.paid".to_owned(), "order.kept".to_owned()],
        since: UNIX_EPOCH,
        limit: 10,
        from: None,
    };
    let page = replaying::replay(database, 0, &replay).await.unwrap();
    assert_eq!(page.deliveries, 10);
    work.push(("the first page of a replay", taken()));
    replay.from = page.next;
    let page = replaying::replay(database, 0, &replay).await.unwrap();
    assert_eq!(page.deliveries, 10);
    work.push(("the next page of a replay", taken()));
    // No signal of this name is kept, so the page has dead letters.
    replay.from = None;
    replay.signals.truncate(1);
    let page = replaying::replay(database, 0, &replay).await.unwrap();
    assert_eq!(page.deliveries, 10);
    work.push(("a page of dead letters", taken()));

    let page = sqlx::query(AssertSqlSafe(deliveries(&dead_of("ship"))))
        .bind(0)
        .bind(0)
        .bind("ship")
        .bind(None::<&str>)
        .bind(10)
        .fetch_all(&mut *database);
    assert_eq!(page.await.unwrap().len(), 10);
    work.push(("deliveries", taken()));

    let numbers: Vec<_> = (40..50).collect();
    assert_eq!(changing::discard(database, 0, &numbers).await.unwrap(), 10);
    work.push(("discard", taken()));

    let operation = Operation {
        id: Uuid::now_v7(),
        command: "discard".to_owned(),
        operator: "ada".to_owned(),
        because: None,
    };
    changing::note(database, 0, &operation, 10).await.unwrap();
    let operations = sqlx::query(OPERATIONS).bind(10).fetch_all(database);
    assert_eq!(operations.await.unwrap().len(), 10);
    work.push(("operations", taken()));
    work
}
