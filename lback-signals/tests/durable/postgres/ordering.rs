//! Deliveries of one key: locks, erasures, and edits by hand.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lback_signals::durable::testing::TestOutbox as _;
use lback_signals::durable::{
    Claim, DeliveryCommit, DeliveryTransaction, DurableTx, Ending, Operation, Outbox, OutboxAdmin,
    OutboxError, PostgresOutbox, Replay, SignalRow, Uuid,
};
use lback_signals::{Signal, TransactionError, receiver, signal};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, Postgres};
use tokio::time::timeout;

use super::{claim, connection, counts, execute, number, outbox, request, row, row_for};
use crate::postgres_schema::Schema;

#[signal(durable(name = "postgres.ordering.moved", version = 1))]
struct Moved {
    #[key]
    order: u32,
}

#[receiver(signal = Moved, durable(name = "postgres.ordering.follow", order = key))]
fn follow(_: &Moved) {
    unreachable!("no worker runs");
}

const FOLLOW: &str = "postgres.ordering.follow";

fn ordered(key: &str) -> SignalRow {
    row().__with_order(key)
}

/// Claims the next deliveries of the receiver `ship`, and completes them. Returns their numbers.
async fn deliver(outbox: &PostgresOutbox) -> Vec<i64> {
    let claimed = claim(outbox).await;
    let done: Vec<_> = claimed.iter().map(|it| (it.claim, Ending::Done)).collect();
    assert_eq!(outbox.finish(&done).await.unwrap(), []);
    claimed.iter().map(|it| it.claim.number).collect()
}

async fn begun(schema: &Schema) -> PgConnection {
    let mut connection = connection(schema).await;
    execute(&mut connection, "BEGIN").await;
    connection
}

/// The second sender of a key waits for the commit of the first one, and so sees its delivery.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn senders_of_a_key_wait_for_each_other() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let mut first = begun(&schema).await;
    outbox.insert_in(&mut first, &[ordered("7")]).await.unwrap();
    let mut second = begun(&schema).await;
    let inserting = tokio::spawn({
        let outbox = outbox.clone();
        async move {
            outbox
                .insert_in(&mut second, &[ordered("7")])
                .await
                .unwrap();
            execute(&mut second, "COMMIT").await;
        }
    });
    super::until_one_waits(&schema).await;
    // Other keys, and rows without an order, do not wait.
    let mut other = begun(&schema).await;
    let rows = [ordered("8"), row()];
    outbox.insert_in(&mut other, &rows).await.unwrap();
    execute(&mut other, "COMMIT").await;
    assert!(!inserting.is_finished());
    execute(&mut first, "COMMIT").await;
    inserting.await.unwrap();
    assert_eq!(deliver(&outbox).await.len(), 3);
    assert_eq!(deliver(&outbox).await.len(), 1);
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_sender_whose_predecessor_rolls_back_is_first() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let mut first = begun(&schema).await;
    outbox.insert_in(&mut first, &[ordered("7")]).await.unwrap();
    let inserting = tokio::spawn({
        let outbox = outbox.clone();
        async move { outbox.insert(vec![ordered("7")]).await.unwrap() }
    });
    super::until_one_waits(&schema).await;
    execute(&mut first, "ROLLBACK").await;
    inserting.await.unwrap();
    assert_eq!(deliver(&outbox).await.len(), 1);
}

/// A sender that has seen the last delivery of a key would otherwise park its own one behind it for ever.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_ending_waits_for_the_sender_of_its_key() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    for ending in [Ending::Done, skipped()] {
        outbox.insert(vec![ordered("7")]).await.unwrap();
        let claimed = claim(&outbox).await[0].claim;
        let mut sender = begun(&schema).await;
        outbox
            .insert_in(&mut sender, &[ordered("7")])
            .await
            .unwrap();
        let ending = tokio::spawn({
            let outbox = outbox.clone();
            async move { outbox.finish(&[(claimed, ending)]).await.unwrap() }
        });
        super::until_one_waits(&schema).await;
        execute(&mut sender, "COMMIT").await;
        assert_eq!(ending.await.unwrap(), []);
        assert_eq!(deliver(&outbox).await.len(), 1);
    }
}

fn skipped() -> Ending {
    Ending::Dead {
        error: "refused".to_owned(),
        was_run: true,
        blocks_key: false,
    }
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn rows_without_an_order_take_no_lock() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let rows = [row(), row().__with_key("7"), row_for(&[])];
    assert_eq!(outbox.insert_statements(&rows).len(), 1);
    let mut sender = begun(&schema).await;
    outbox.insert_in(&mut sender, &rows).await.unwrap();
    let locks =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
    assert_eq!(number(&mut sender, locks).await, 0);
    let keys = ["7", "8", "7", "9"].map(ordered);
    assert_eq!(outbox.insert_statements(&keys).len(), 2);
    outbox.insert_in(&mut sender, &keys).await.unwrap();
    assert_eq!(number(&mut sender, locks).await, 3);
    execute(&mut sender, "ROLLBACK").await;
    assert_eq!(number(&mut sender, locks).await, 0);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn other_layers_execute_the_lock_first() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let mut layer = connection(&schema).await;
    for _ in 0..2 {
        let rows = [ordered("\"a{}\\\\\""), ordered("\"a{}\\\\\""), row()];
        let mut transaction = layer.begin().await.unwrap();
        for statement in outbox.insert_statements(&rows) {
            let mut query = sqlx::query(statement.sql);
            for value in &statement.values {
                query = query.bind(value);
            }
            let returned = query.fetch_all(&mut *transaction).await.unwrap();
            assert_eq!(returned.len(), 1);
        }
        transaction.commit().await.unwrap();
    }
    assert_eq!(deliver(&outbox).await, [1, 3, 6]);
    assert_eq!(deliver(&outbox).await, [2]);
    assert_eq!(deliver(&outbox).await, [4]);
    assert_eq!(deliver(&outbox).await, [5]);
}

/// The behaviour of a receiver: it sends signals of these orders, and returns.
async fn send(transaction: &dyn DeliveryTransaction, orders: &[u32]) {
    let mut tx = DurableTx::<Postgres>::__take(transaction, FOLLOW).unwrap();
    let sent = tx.run(async |_| {
        for &order in orders {
            assert!(Moved { order }.send().is_ok());
        }
        Ok::<(), TransactionError>(())
    });
    sent.await.unwrap();
}

async fn claims(outbox: &PostgresOutbox, count: usize) -> Vec<Claim> {
    let claimed = outbox.claim(&request(FOLLOW)).await.unwrap();
    assert_eq!(claimed.len(), count);
    claimed.into_iter().map(|it| it.claim).collect()
}

/// Each completes a delivery of one key and sends a signal of the other one's.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn two_receivers_that_send_to_each_others_keys_do_not_deadlock() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    for order in [1, 2] {
        outbox.send(Moved { order }).await.unwrap();
    }
    for _ in 0..20 {
        let claims = claims(&outbox, 2).await;
        let tasks = [(claims[0], [1, 2]), (claims[1], [2, 1])].map(|(claim, orders)| {
            let transaction = outbox.transaction(claim).unwrap();
            tokio::spawn(async move {
                // One of another key only, so that each chain keeps one delivery.
                send(&*transaction, &orders[1..]).await;
                Arc::clone(&transaction).complete().await
            })
        });
        for task in tasks {
            let completed = timeout(Duration::from_mins(1), task).await;
            let completed = completed.expect("no deadlock").unwrap().unwrap();
            assert_eq!(completed, DeliveryCommit::Committed);
        }
    }
    assert_eq!(counts(&outbox).await, [2, 0, 0]);
}

/// Waits until PostgreSQL reports no more commits.
async fn settled(outbox: &PostgresOutbox) -> u64 {
    let mut seen = 0;
    while let Ok(changed) = timeout(Duration::from_millis(300), outbox.changed(seen)).await {
        seen = changed;
    }
    seen
}

/// Completes the delivery in a `DurableTx`, in which it also sends a signal of the same key.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_commit_of_a_receiver_frees_the_next_delivery() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    for _ in 0..2 {
        outbox.send(Moved { order: 7 }).await.unwrap();
    }
    let first = claims(&outbox, 1).await[0];
    let transaction = outbox.transaction(first).unwrap();
    send(&*transaction, &[7]).await;
    assert_eq!(outbox.claim(&request(FOLLOW)).await.unwrap().len(), 0);
    let completed = transaction.complete().await.unwrap();
    assert_eq!(completed, DeliveryCommit::Committed);
    for expected in [2, 3] {
        let next = claims(&outbox, 1).await[0];
        assert_eq!(next.number, expected);
        // Without signals.
        let transaction = outbox.transaction(next).unwrap();
        send(&*transaction, &[]).await;
        let seen = settled(&outbox).await;
        let completed = transaction.complete().await.unwrap();
        assert_eq!(completed, DeliveryCommit::Committed);
        if expected == 2 {
            let changed = timeout(Duration::ZERO, outbox.changed(seen)).await;
            assert_ne!(changed.expect("the worker is woken at once"), seen);
        }
    }
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
}

async fn erase(outbox: &PostgresOutbox, schema: &Schema, subject: &str) {
    let mut transaction = begun(schema).await;
    outbox.erase_in(&mut transaction, &[subject]).await.unwrap();
    execute(&mut transaction, "COMMIT").await;
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn erased_deliveries_leave_their_chain() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let of = |subject| ordered("7").__with_subject(subject);
    let rows = ["ada", "bob", "cy", "bob", "ada"].map(of).to_vec();
    outbox.insert(rows).await.unwrap();
    erase(&outbox, &schema, "bob").await;
    let head = claim(&outbox).await[0].claim;
    assert_eq!(head.number, 1);
    // It runs, so it is left to finish.
    erase(&outbox, &schema, "ada").await;
    assert_eq!(claim(&outbox).await.len(), 0);
    outbox
        .finish(&[(
            head,
            Ending::Released {
                after: Duration::ZERO,
            },
        )])
        .await
        .unwrap();
    erase(&outbox, &schema, "ada").await;
    assert_eq!(deliver(&outbox).await, [3]);
    assert_eq!(deliver(&outbox).await, [0; 0]);
    assert_eq!(outbox.signals().await.unwrap(), 0);
}

/// Outside of the outbox, nothing frees the next one.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_chain_without_a_head_is_freed_and_counted() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let rows = ["7", "8", "7", "8", "7", "9"].map(ordered).to_vec();
    outbox.insert(rows).await.unwrap();
    let year = Duration::from_hours(365 * 24);
    assert_eq!(outbox.maintain(year).await.unwrap().freed, 0);
    let dead = Ending::Dead {
        error: "refused".to_owned(),
        was_run: true,
        blocks_key: true,
    };
    let claimed = claim(&outbox).await;
    assert_eq!(
        outbox.finish(&[(claimed[1].claim, dead)]).await.unwrap(),
        []
    );
    assert_eq!(outbox.maintain(year).await.unwrap().freed, 0);
    execute(
        &mut connection(&schema).await,
        "DELETE FROM lback_delivery WHERE number IN (1, 6)",
    )
    .await;
    let seen = outbox.changed(0).await;
    assert_eq!(outbox.maintain(year).await.unwrap().freed, 1);
    assert_ne!(outbox.changed(seen).await, seen);
    assert_eq!(outbox.maintain(year).await.unwrap().freed, 0);
    assert_eq!(deliver(&outbox).await, [3]);
    assert_eq!(deliver(&outbox).await, [5]);
}

fn operation() -> Operation {
    Operation {
        id: Uuid::now_v7(),
        command: "test".to_owned(),
        operator: "ada".to_owned(),
        because: None,
    }
}

/// Waits until this many connections of the schema wait for a lock.
async fn until_wait(schema: &Schema, count: i64) {
    let mut connection = schema.server.connect().await.unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
    let waited = timeout(Duration::from_secs(20), async {
        loop {
            let waiting = sqlx::query_scalar::<_, i64>(waiting).bind(&schema.name);
            if waiting.fetch_one(&mut connection).await.unwrap() >= count {
                return;
            }
        }
    });
    waited.await.expect("they wait for locks");
}

/// The end of a skipped dead letter, besides its retry.
#[derive(Clone, Copy)]
enum Other {
    Discard,
    Erase,
}

/// A dead letter that comes back into an empty chain is updated twice.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn retrying_a_skipped_dead_letter_does_not_deadlock() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    for other in [Other::Discard, Other::Erase] {
        let row = ordered("7").__with_subject("ada");
        outbox.insert(vec![row]).await.unwrap();
        let head = claim(&outbox).await[0].claim;
        assert_eq!(outbox.finish(&[(head, skipped())]).await.unwrap(), []);
        // Lets both wait after their first locks.
        let mut sender = begun(&schema).await;
        let rows = [ordered("7")];
        outbox.insert_in(&mut sender, &rows).await.unwrap();
        let of_outbox = outbox.clone();
        let retrying =
            tokio::spawn(async move { of_outbox.retry(&[head.number], &operation()).await });
        until_wait(&schema, 1).await;
        let of_outbox = outbox.clone();
        let removing = tokio::spawn(async move {
            match other {
                Other::Discard => of_outbox.discard(&[head.number], &operation()).await,
                Other::Erase => {
                    let erasing = of_outbox.erase("ada", &operation()).await;
                    erasing.map(|erased| erased.deliveries)
                }
            }
        });
        until_wait(&schema, 2).await;
        execute(&mut sender, "ROLLBACK").await;
        assert_eq!(retrying.await.unwrap().unwrap(), 1);
        assert_eq!(removing.await.unwrap().unwrap(), 1);
        assert_eq!(outbox.signals().await.unwrap(), 0);
    }
}

/// A sender sees either the dead letter or that the chain is empty.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_dead_letter_does_not_come_back_while_it_is_erased() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let of_ada = |key| ordered(key).__with_subject("ada");
    outbox.insert(vec![of_ada("7")]).await.unwrap();
    let head = claim(&outbox).await[0].claim;
    assert_eq!(outbox.finish(&[(head, skipped())]).await.unwrap(), []);
    outbox.insert(vec![of_ada("8")]).await.unwrap();
    // Lets the erasure wait after it has read in which chains the deliveries are.
    let mut other = begun(&schema).await;
    let rows = [ordered("8")];
    outbox.insert_in(&mut other, &rows).await.unwrap();
    let of_outbox = outbox.clone();
    let erasing = tokio::spawn(async move { of_outbox.erase("ada", &operation()).await });
    until_wait(&schema, 1).await;
    let of_outbox = outbox.clone();
    let retrying = tokio::spawn(async move { of_outbox.retry(&[head.number], &operation()).await });
    until_wait(&schema, 2).await;
    execute(&mut other, "ROLLBACK").await;
    assert_eq!(erasing.await.unwrap().unwrap().deliveries, 2);
    assert_eq!(retrying.await.unwrap().unwrap(), 0);
    assert_eq!(outbox.signals().await.unwrap(), 0);
    outbox.insert(vec![ordered("7")]).await.unwrap();
    assert_eq!(deliver(&outbox).await.len(), 1);
}

/// It retries the dead letters of earlier signals than those that are kept.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_replay_does_not_deadlock_with_a_discard() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    outbox.insert(vec![row()]).await.unwrap();
    let dead = claim(&outbox).await[0].claim;
    assert_eq!(outbox.finish(&[(dead, skipped())]).await.unwrap(), []);
    let kept = row_for(&["send"]).__with_keep(Duration::from_hours(1));
    outbox.insert(vec![kept]).await.unwrap();
    let mut shell = begun(&schema).await;
    let lock = "SELECT FROM lback_signal WHERE keep IS NULL FOR UPDATE";
    execute(&mut shell, lock).await;
    let of_outbox = outbox.clone();
    let numbers = [dead.number, dead.number + 1];
    let discarding = tokio::spawn(async move { of_outbox.discard(&numbers, &operation()).await });
    until_wait(&schema, 1).await;
    let replaying = tokio::spawn(async move {
        let mut replay = Replay {
            receiver: "ship".to_owned(),
            earlier_names: Vec::new(),
            ordered_as: None,
            signals: vec!["order.paid".to_owned()],
            since: SystemTime::UNIX_EPOCH,
            limit: 100,
            from: None,
        };
        loop {
            let page = outbox.replay(&replay, &operation()).await?;
            if page.next.is_none() {
                return Ok::<_, OutboxError>(());
            }
            replay.from = page.next;
        }
    });
    until_wait(&schema, 2).await;
    execute(&mut shell, "ROLLBACK").await;
    discarding.await.unwrap().unwrap();
    replaying.await.unwrap().unwrap();
}
