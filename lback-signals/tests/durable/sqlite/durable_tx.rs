//! The transaction of a receiver, whose commit completes its delivery.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{
    Claim, DeliveryCommit, DeliveryTransaction, DurableTx, Ending, Outbox, OutboxError,
    SqliteOutbox,
};
use lback_signals::{Signal, TransactionError, receiver, signal};
use sqlx::Sqlite;
use tokio::time::timeout;

use super::{Folder, claim, claimed, counts, execute, number, outbox, outbox_in_memory};

#[signal(durable(name = "durable-tx.booked", version = 1))]
struct Booked {
    order: u32,
}

#[receiver(signal = Booked, durable(name = "durable-tx.tell"))]
fn tell(_: &Booked) {
    unreachable!("no worker runs");
}

#[signal(owned)]
struct Shelved {
    told: Arc<Mutex<mpsc::Receiver<()>>>,
}

#[receiver(signal = Shelved, after_commit)]
fn wait(shelved: &Shelved) {
    shelved.told.lock().unwrap().recv().unwrap();
}

const BOOKING: &str = "CREATE TABLE IF NOT EXISTS booking (number INTEGER NOT NULL UNIQUE) STRICT";
const BOOKINGS: &str = "SELECT count(*) FROM booking";

async fn with_bookings(folder: &Folder) -> SqliteOutbox {
    let outbox = outbox(folder).await;
    execute(&mut folder.connection().await, BOOKING).await;
    outbox
}

fn transaction(outbox: &SqliteOutbox, claim: Claim) -> Arc<dyn DeliveryTransaction> {
    outbox.transaction(claim).unwrap()
}

/// The behaviour of a receiver: it books, and returns.
async fn book(transaction: &dyn DeliveryTransaction, number: i64) {
    let mut tx = take(transaction).unwrap();
    insert(tx.rows().await.unwrap(), number).await.unwrap();
}

fn take(transaction: &dyn DeliveryTransaction) -> Option<DurableTx<'_, Sqlite>> {
    DurableTx::__take(transaction, "ship")
}

async fn insert(rows: &mut sqlx::SqliteConnection, number: i64) -> sqlx::Result<()> {
    let insert = sqlx::query("INSERT INTO booking (number) VALUES (?1)").bind(number);
    insert.execute(rows).await.map(drop)
}

#[tokio::test]
async fn the_commit_completes_the_delivery() {
    let folder = Folder::new();
    let outbox = with_bookings(&folder).await;
    let claim = claimed(&outbox).await;
    let transaction = transaction(&outbox, claim);
    book(&*transaction, 1).await;
    let mut other = folder.connection().await;
    assert_eq!(number(&mut other, BOOKINGS).await, 0, "it is not committed");
    let completed = transaction.complete().await;
    assert_eq!(completed.unwrap(), DeliveryCommit::Committed);
    assert_eq!(number(&mut other, BOOKINGS).await, 1);
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
    assert_eq!(outbox.signals().await.unwrap(), 0);
    let lost = outbox.finish(&[(claim, Ending::Done)]).await.unwrap();
    assert_eq!(lost, [claim]);
}

#[tokio::test]
async fn a_rollback_keeps_the_delivery() {
    let folder = Folder::new();
    let outbox = with_bookings(&folder).await;
    let claim = claimed(&outbox).await;
    let transaction = transaction(&outbox, claim);
    book(&*transaction, 1).await;
    transaction.roll_back().await;
    assert_eq!(number(&mut folder.connection().await, BOOKINGS).await, 0);
    assert_eq!(counts(&outbox).await, [0, 1, 0]);
    let lost = outbox
        .finish(&[(
            claim,
            Ending::Released {
                after: Duration::ZERO,
            },
        )])
        .await
        .unwrap();
    assert_eq!(lost, []);
}

#[tokio::test]
async fn a_lost_claim_rolls_the_effects_back() {
    let folder = Folder::new();
    let outbox = with_bookings(&folder).await;
    let lost = claimed(&outbox).await;
    let transaction = transaction(&outbox, lost);
    outbox.set_clock_offset(60_000);
    let held = claim(&outbox).await[0].claim;
    book(&*transaction, 1).await;
    assert_eq!(transaction.complete().await.unwrap(), DeliveryCommit::Lost);
    assert_eq!(number(&mut folder.connection().await, BOOKINGS).await, 0);
    assert_eq!(counts(&outbox).await, [0, 1, 0]);

    let transaction = self::transaction(&outbox, held);
    book(&*transaction, 1).await;
    let completed = transaction.complete().await;
    assert_eq!(completed.unwrap(), DeliveryCommit::Committed);
}

#[tokio::test]
async fn a_receiver_need_not_begin_it() {
    let outbox = outbox_in_memory().await;
    let claim = claimed(&outbox).await;
    for takes in [false, true] {
        let transaction = transaction(&outbox, claim);
        drop(takes.then(|| take(&*transaction).unwrap()));
        let completed = Arc::clone(&transaction).complete().await;
        assert_eq!(completed.unwrap(), DeliveryCommit::NotBegun);
        transaction.roll_back().await;
    }
    assert_eq!(counts(&outbox).await, [0, 1, 0]);
}

#[tokio::test]
async fn a_delivery_has_one_transaction() {
    let outbox = outbox_in_memory().await;
    let transaction = transaction(&outbox, claimed(&outbox).await);
    let of_another = DurableTx::<sqlx::Postgres>::__take(&*transaction, "ship");
    assert!(of_another.is_none(), "the outbox is in SQLite");
    let first = take(&*transaction);
    assert!(first.is_some());
    assert!(take(&*transaction).is_none());
    drop(first);
    assert!(take(&*transaction).is_none(), "its worker has it");
}

#[tokio::test]
async fn statements_after_a_rollback_by_sqlite_complete_nothing() {
    let folder = Folder::new();
    let outbox = with_bookings(&folder).await;
    let claim = claimed(&outbox).await;
    let transaction = transaction(&outbox, claim);
    {
        let mut tx = take(&*transaction).unwrap();
        let rows = tx.rows().await.unwrap();
        insert(rows, 1).await.unwrap();
        let again = "INSERT OR ROLLBACK INTO booking (number) VALUES (1)";
        let refused = sqlx::raw_sql(again).execute(&mut *rows).await;
        assert!(refused.is_err());
        // The receiver ignores it.
    }
    let refused = transaction.complete().await;
    assert!(
        matches!(refused, Err(OutboxError::RolledBack)),
        "{refused:?}"
    );
    assert_eq!(number(&mut folder.connection().await, BOOKINGS).await, 0);
    assert_eq!(counts(&outbox).await, [0, 1, 0]);
    assert_eq!(outbox.finish(&[(claim, Ending::Done)]).await.unwrap(), []);
}

#[tokio::test]
async fn an_error_of_the_commit_keeps_the_delivery() {
    let folder = Folder::new();
    let outbox = with_bookings(&folder).await;
    let claim = claimed(&outbox).await;
    let transaction = transaction(&outbox, claim);
    {
        let mut tx = take(&*transaction).unwrap();
        let deferred = "CREATE TABLE note (booking INTEGER REFERENCES booking (number) \
            DEFERRABLE INITIALLY DEFERRED); INSERT INTO note VALUES (7)";
        let rows = tx.rows().await.unwrap();
        sqlx::raw_sql(deferred).execute(rows).await.unwrap();
    }
    let refused = transaction.complete().await;
    assert!(
        matches!(refused, Err(OutboxError::Database(_))),
        "{refused:?}"
    );
    assert_eq!(counts(&outbox).await, [0, 1, 0]);
    assert_eq!(outbox.finish(&[(claim, Ending::Done)]).await.unwrap(), []);
}

/// Its only connection would stay in the transaction.
#[tokio::test]
async fn a_transaction_without_an_end_is_rolled_back() {
    let outbox = outbox_in_memory().await;
    let claim = claimed(&outbox).await;
    let transaction = transaction(&outbox, claim);
    {
        let mut tx = take(&*transaction).unwrap();
        execute(tx.rows().await.unwrap(), BOOKING).await;
    }
    drop(transaction);
    assert_eq!(outbox.finish(&[(claim, Ending::Done)]).await.unwrap(), []);
    let mut transaction = outbox.begin().await.unwrap();
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'booking'";
    assert_eq!(number(transaction.rows().await.unwrap(), tables).await, 0);
}

#[tokio::test]
async fn a_begin_that_is_dropped_leaves_no_transaction_open() {
    let folder = Folder::new();
    let outbox = with_bookings(&folder).await;
    let claim = claimed(&outbox).await;
    for polls in 1..=8 {
        let transaction = transaction(&outbox, claim);
        let mut tx = take(&*transaction).unwrap();
        {
            let mut rows = pin!(tx.rows());
            for _ in 0..polls {
                let poll = poll_fn(|context| Poll::Ready(rows.as_mut().poll(context)));
                if poll.await.is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        drop(tx);
        drop(transaction);
        let lost = outbox.renew(&[claim], Duration::from_secs(30)).await;
        assert_eq!(lost.unwrap(), [], "dropped after {polls} polls");
        let mut other = folder.connection().await;
        execute(&mut other, "BEGIN IMMEDIATE; COMMIT").await;
    }
}

#[tokio::test]
async fn signals_are_enqueued_with_the_effects() {
    let folder = Folder::new();
    let outbox = with_bookings(&folder).await;
    let run = async |tx: &mut DurableTx<'_, Sqlite>, number: i64| {
        tx.run(async |rows| {
            insert(rows, number).await?;
            assert!(Booked { order: 7 }.send().is_ok());
            Ok::<_, TransactionError>(())
        })
        .await
    };
    let claim = claimed(&outbox).await;
    let rolled_back = transaction(&outbox, claim);
    run(&mut take(&*rolled_back).unwrap(), 1).await.unwrap();
    rolled_back.roll_back().await;
    assert_eq!(counts(&outbox).await, [0, 1, 0]);

    let committed = transaction(&outbox, claim);
    run(&mut take(&*committed).unwrap(), 1).await.unwrap();
    let before = outbox.changed(0).await;
    let completed = committed.complete().await;
    assert_eq!(completed.unwrap(), DeliveryCommit::Committed);
    assert_eq!(counts(&outbox).await, [1, 0, 0], "one for `tell`");
    assert_ne!(outbox.changed(before).await, before, "a worker is woken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_is_completed_before_the_receivers_of_its_commit_have_run() {
    let folder = Folder::new();
    let outbox = with_bookings(&folder).await;
    let transaction = transaction(&outbox, claimed(&outbox).await);
    let (tell, told) = mpsc::channel();
    let body = async |rows: &mut sqlx::SqliteConnection| {
        insert(rows, 1).await?;
        let told = Arc::new(Mutex::new(told));
        assert_eq!(Shelved { told }.send().deferred(), 1);
        Ok::<_, TransactionError>(())
    };
    take(&*transaction).unwrap().run(body).await.unwrap();
    let complete = Arc::clone(&transaction).complete();
    let completed = timeout(Duration::from_secs(20), complete).await;
    let completed = completed.expect("it does not wait for `wait`");
    assert_eq!(completed.unwrap(), DeliveryCommit::Committed);
    assert_eq!(number(&mut folder.connection().await, BOOKINGS).await, 1);
    let mut after_commit = pin!(Arc::clone(&transaction).after_commit());
    let poll = poll_fn(|context| Poll::Ready(after_commit.as_mut().poll(context)));
    assert!(poll.await.is_pending());
    tell.send(()).unwrap();
    after_commit.await;
    assert!(tell.send(()).is_err(), "`wait` has run");
}

#[tokio::test]
async fn a_panic_of_the_receiver_rolls_back() {
    let folder = Folder::new();
    let outbox = with_bookings(&folder).await;
    let claim = claimed(&outbox).await;
    let transaction = transaction(&outbox, claim);
    let receiver = Arc::clone(&transaction);
    let panicked = tokio::spawn(async move {
        let mut tx = take(&*receiver).unwrap();
        insert(tx.rows().await.unwrap(), 1).await.unwrap();
        panic!("out of stock");
    });
    assert!(panicked.await.unwrap_err().is_panic());
    transaction.roll_back().await;
    assert_eq!(number(&mut folder.connection().await, BOOKINGS).await, 0);
    assert_eq!(counts(&outbox).await, [0, 1, 0]);
}

#[test]
fn a_transaction_that_stays_open_is_warned_about_once_per_receiver() {
    if let Some(child) = test_support::child_process() {
        let output = test_support::output_of(child);
        let stderr = String::from_utf8(output.stderr).unwrap();
        let warnings: Vec<_> = stderr
            .lines()
            .filter(|it| it.contains("open for 5s"))
            .collect();
        assert_eq!(warnings.len(), 2, "{stderr}");
        assert!(
            warnings[0].contains("`ship`") && warnings[1].contains("`bill`"),
            "{stderr}"
        );
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let outbox = outbox_in_memory().await;
        let claim = claimed(&outbox).await;
        for (receiver, seconds) in [("ship", 4), ("ship", 6), ("ship", 6), ("bill", 6)] {
            let transaction = transaction(&outbox, claim);
            let mut tx = DurableTx::<Sqlite>::__take(&*transaction, receiver).unwrap();
            tx.rows().await.unwrap();
            // Lets the watch begin.
            tokio::task::yield_now().await;
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(seconds)).await;
            tokio::task::yield_now().await;
            tokio::time::resume();
            drop(tx);
            transaction.roll_back().await;
        }
    });
}
