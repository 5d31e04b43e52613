//! Deliveries of one key: transactions of receivers, erasures, and edits by hand.

use std::time::Duration;

use lback_signals::durable::testing::TestOutbox as _;
use lback_signals::durable::{
    DeliveryCommit, DurableTx, Ending, MemoryOutbox, Outbox, SignalRow, SqliteOutbox,
};
use lback_signals::{Signal, TransactionError, receiver, signal};
use sqlx::Sqlite;

use super::{Folder, claim, counts, execute, outbox, request, row};

#[signal(durable(name = "sqlite.ordering.moved", version = 1))]
struct Moved {
    #[key]
    order: u32,
}

#[receiver(signal = Moved, durable(name = "sqlite.ordering.follow", order = key))]
fn follow(_: &Moved) {
    unreachable!("no worker runs");
}

const FOLLOW: &str = "sqlite.ordering.follow";

fn ordered(key: &str) -> SignalRow {
    row().__with_order(key)
}

/// Claims the next deliveries of the receiver `ship`, and completes them. Returns their numbers.
async fn deliver<O: Outbox>(outbox: &O) -> Vec<i64> {
    let claimed = outbox.claim(&request(100)).await.unwrap();
    let done: Vec<_> = claimed.iter().map(|it| (it.claim, Ending::Done)).collect();
    assert_eq!(outbox.finish(&done).await.unwrap(), []);
    claimed.iter().map(|it| it.claim.number).collect()
}

/// Completes the delivery in a `DurableTx`, in which it also sends a signal of the same key.
#[tokio::test]
async fn the_commit_of_a_receiver_frees_the_next_delivery() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    for _ in 0..2 {
        outbox.send(Moved { order: 7 }).await.unwrap();
    }
    for (number, sent) in [(1, 1), (2, 0), (3, 0)] {
        let mut of_follow = request(100);
        of_follow.receivers[0].names = vec![FOLLOW];
        let claimed = outbox.claim(&of_follow).await.unwrap();
        let numbers: Vec<_> = claimed.iter().map(|it| it.claim.number).collect();
        assert_eq!(numbers, [number]);
        let transaction = outbox.transaction(claimed[0].claim).unwrap();
        {
            let mut tx = DurableTx::<Sqlite>::__take(&*transaction, FOLLOW).unwrap();
            let run = tx.run(async |_| {
                for _ in 0..sent {
                    assert!(Moved { order: 7 }.send().is_ok());
                }
                Ok::<(), TransactionError>(())
            });
            run.await.unwrap();
        }
        let seen = outbox.changed(0).await;
        let completed = transaction.complete().await.unwrap();
        assert_eq!(completed, DeliveryCommit::Committed);
        if number < 3 {
            assert_ne!(outbox.changed(seen).await, seen);
        }
    }
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
}

/// Erases by `erase`, and returns the outbox with what is left.
async fn assert_erased<O: Outbox>(outbox: O, erase: impl AsyncFn(&O, &str)) {
    let of = |subject| ordered("7").__with_subject(subject);
    let rows = ["ada", "bob", "cy", "bob", "ada"].map(of).to_vec();
    outbox.insert(rows).await.unwrap();
    erase(&outbox, "bob").await;
    let head = outbox.claim(&request(100)).await.unwrap()[0].claim;
    assert_eq!(head.number, 1);
    // It runs, so it is left to finish.
    erase(&outbox, "ada").await;
    assert!(outbox.claim(&request(100)).await.unwrap().is_empty());
    let released = Ending::Released {
        after: Duration::ZERO,
    };
    assert_eq!(outbox.finish(&[(head, released)]).await.unwrap(), []);
    erase(&outbox, "ada").await;
    assert_eq!(deliver(&outbox).await, [3]);
    assert_eq!(deliver(&outbox).await, [0; 0]);
}

#[tokio::test]
async fn erased_deliveries_leave_their_chain() {
    let folder = Folder::new();
    let pool = folder.pool().await;
    let erase = async |outbox: &SqliteOutbox, subject: &str| {
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let erased = outbox.erase_in(&mut transaction, &[subject]).await;
        erased.unwrap();
        transaction.commit().await.unwrap();
    };
    let outbox = outbox(&folder).await;
    assert_erased(outbox.clone(), erase).await;
    assert_eq!(outbox.signals().await.unwrap(), 0);
}

#[tokio::test]
async fn deliveries_that_are_erased_in_memory_leave_their_chain() {
    let outbox = MemoryOutbox::new();
    let erase = async |outbox: &MemoryOutbox, subject: &str| {
        outbox.write(Vec::new(), &[subject]).unwrap();
    };
    assert_erased(outbox.clone(), erase).await;
    assert_eq!(outbox.signals().await.unwrap(), 0);
}

/// Outside of the outbox, nothing frees the next one.
#[tokio::test]
async fn a_chain_without_a_head_is_freed_and_counted() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
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
    let lost = outbox.finish(&[(claimed[1].claim, dead)]).await;
    assert_eq!(lost.unwrap(), []);
    assert_eq!(outbox.maintain(year).await.unwrap().freed, 0);
    let delete = "DELETE FROM lback_delivery WHERE number IN (1, 6)";
    execute(&mut folder.connection().await, delete).await;
    assert_eq!(outbox.maintain(year).await.unwrap().freed, 1);
    assert_eq!(outbox.maintain(year).await.unwrap().freed, 0);
    assert_eq!(deliver(&outbox).await, [3]);
    assert_eq!(deliver(&outbox).await, [5]);
}
