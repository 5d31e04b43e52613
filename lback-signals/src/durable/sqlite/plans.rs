//! Tests that the work of a hot statement does not grow with the tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

use super::claim::{self, wanted};
use super::statements::*;
use super::{finish, insert};
use crate::durable::outbox::{Claim, ClaimRequest, Ending, ReceiverClaim};
use crate::enqueue::SignalRow;

/// The statements that run per transaction, per claim or per batch.
const HOT: [&str; 18] = [
    INSERT_SIGNALS,
    INSERT_DELIVERIES,
    ERASE_DELIVERIES,
    ERASE_SIGNALS,
    ERASE_KEEP,
    CLAIM,
    CLAIMED,
    RENEW,
    HELD,
    END,
    COMPLETE,
    DELETE_SIGNALS,
    KEEP_SIGNALS,
    DELETE_DEAD,
    DELETE_KEPT,
    FREE,
    NEXT_DUE,
    SCHEMA_VERSION,
];

/// Inserts this many deliveries in equal parts: due, due of a newer version, to be retried, dead, and of a receiver
/// that no claim names. Then a chain of half as many deliveries, and 200 of one.
const FILL: &str = "
    WITH RECURSIVE row (number) AS (
        SELECT 1 UNION ALL SELECT number + 1 FROM row WHERE number < ?1
    )
    INSERT INTO lback_signal (id, name, version, payload, sent_at)
    SELECT unhex(printf('%032x', number)), 'order.paid', 1, '{}', number FROM row;

    INSERT INTO lback_delivery (signal, receiver, version, attempt, due_at, failed_at)
    SELECT id, iif(sent_at % 5 = 4, 'bill', 'ship'), iif(sent_at % 5 = 1, 2, 1), 1,
        CASE sent_at % 5 WHEN 2 THEN 9000000000000 WHEN 3 THEN NULL ELSE sent_at END, sent_at
    FROM lback_signal;

    INSERT INTO lback_delivery (signal, receiver, version, key, ordered_as, due_at)
    SELECT id, 'post', 1, '7', 'post', iif(sent_at = 1, 1, 9223372036854775807)
    FROM lback_signal WHERE sent_at <= ?1 / 2;

    INSERT INTO lback_delivery (signal, receiver, version, key, ordered_as, due_at)
    SELECT id, 'post', 1, sent_at, 'post', 1 FROM lback_signal WHERE sent_at BETWEEN ?1 / 2 + 1 AND ?1 / 2 + 200;
";

pub(in crate::durable::sqlite) async fn database(deliveries: u32) -> SqliteConnection {
    let mut database = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    sqlx::raw_sql(SCHEMA).execute(&mut database).await.unwrap();
    let fill = sqlx::query(FILL).bind(deliveries);
    fill.execute(&mut database).await.unwrap();
    database
}

#[tokio::test]
async fn no_hot_statement_scans_a_table_or_an_index() {
    let mut database = database(200_000).await;
    // With and without the statistics of an application that lets SQLite gather them.
    for analyze in ["SELECT 1", "ANALYZE"] {
        sqlx::raw_sql(analyze).execute(&mut database).await.unwrap();
        for statement in HOT {
            assert_short(&mut database, analyze, statement).await;
        }
    }
}

/// Asserts that a statement scans no table and no index.
pub(in crate::durable::sqlite) async fn assert_short(
    database: &mut SqliteConnection,
    when: &str,
    statement: &str,
) {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let plan = sqlx::raw_sql(explain).fetch_all(database).await.unwrap();
    assert!(!plan.is_empty());
    for step in plan {
        let step: String = step.get("detail");
        let words: Vec<_> = step.split(' ').collect();
        let tables = [
            "lback_", "stored", "due", "first", "held", "delivery", "sqlite_", "kept", "old",
            "sent", "dead",
        ];
        let is_of_table = |word: &&&str| tables.iter().any(|it| word.starts_with(it));
        let is_scan = words[0] == "SCAN" && words.get(1).iter().any(is_of_table);
        assert!(!is_scan, "{when}: {step}: {statement}");
        let is_rebuilt = step.contains("AUTOMATIC");
        assert!(!is_rebuilt, "{when}: {step}: {statement}");
    }
}

/// Counts the instructions of SQLite. Returns a function that returns their number since its last call.
pub(in crate::durable::sqlite) async fn count_steps(
    database: &mut SqliteConnection,
) -> impl Fn() -> u64 + use<> {
    let steps = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&steps);
    let mut handle = database.lock_handle().await.unwrap();
    handle.set_progress_handler(1, move || {
        counter.fetch_add(1, Ordering::Relaxed);
        true
    });
    drop(handle);
    move || steps.swap(0, Ordering::Relaxed)
}

#[tokio::test]
async fn the_work_of_a_statement_does_not_grow_with_the_tables() {
    let few = work(&mut database(1_000).await).await;
    let many = work(&mut database(200_000).await).await;
    for ((operation, few), (_, many)) in few.into_iter().zip(many) {
        assert!(
            many <= few + few / 10,
            "{operation}: {few} steps with 1,000 deliveries and {many} with 200,000"
        );
        // A step is an instruction of SQLite: a row takes some tens in each table and index.
        assert!(many < 50_000, "{operation}: {many} steps");
    }
}

/// Returns the number of SQLite's instructions in each operation, on ten deliveries.
async fn work(database: &mut SqliteConnection) -> Vec<(&'static str, u64)> {
    let taken = count_steps(database).await;
    let ship = |limit| ReceiverClaim {
        names: vec!["ship", "send"],
        oldest_version: 1,
        newest_version: 1,
        limit,
    };
    let rows: Vec<_> = (0..10)
        .map(|_| SignalRow::__new("order.paid", 1, "{}", &["ship", "bill"]))
        .collect();
    insert::insert(database, 0, &rows).await.unwrap();
    let mut work = vec![("insert", taken())];

    let next = sqlx::query_scalar(NEXT_DUE)
        .bind(0)
        .bind(wanted(&[ship(1)]));
    let next: Option<i64> = next.fetch_one(&mut *database).await.unwrap();
    assert!(next.is_some_and(|next| next < 0));
    work.push(("next_due", taken()));

    let request = ClaimRequest {
        receivers: vec![ship(10)],
        lease: Duration::from_secs(30),
        worker: "plans".to_owned(),
    };
    let claimed = claim::claim(database, 0, &request).await.unwrap();
    let claims: Vec<_> = claimed.iter().map(|it| it.claim).collect();
    assert_eq!(claims.len(), 10);
    work.push(("claim", taken()));

    let lost = finish::renew(database, 0, &claims, Duration::from_secs(30)).await;
    assert_eq!(lost.unwrap(), []);
    work.push(("renew", taken()));

    for (name, ending) in [("retry", retry()), ("done", Ending::Done)] {
        let part: Vec<_> = claims[if name == "done" { 0..5 } else { 5..10 }].to_vec();
        let endings: Vec<(Claim, Ending)> =
            part.into_iter().map(|it| (it, ending.clone())).collect();
        let lost = finish::finish(database, 0, &endings).await.unwrap();
        assert_eq!(lost.lost, []);
        work.push((name, taken()));
    }

    // No delivery is readable, however many there are.
    let mut newest = ship(10);
    (newest.oldest_version, newest.newest_version) = (3, u32::MAX);
    let request = ClaimRequest {
        receivers: vec![newest],
        ..request
    };
    assert!(
        claim::claim(database, 0, &request)
            .await
            .unwrap()
            .is_empty()
    );
    work.push(("claim of nothing", taken()));
    work
}

fn retry() -> Ending {
    Ending::Retry {
        after: Duration::from_secs(2),
        error: "refused".to_owned(),
    }
}
