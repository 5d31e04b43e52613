//! A worker on SQLite.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use lback_signals::durable::{Delivery, DeliveryError, DurableTx};
use lback_signals::{Res, Scope, Signal, TransactionError, receiver, signal};
use sqlx::Sqlite;

use super::{Folder, counts, execute, number, outbox};
use crate::worker::{until_done, worker};

#[signal(durable(name = "sqlite.noted", version = 1))]
struct Noted<'a> {
    number: i64,
    text: &'a str,
}

#[derive(Default)]
struct Book(Mutex<BTreeMap<i64, String>>);

#[receiver(signal = Noted, durable(name = "sqlite.note"))]
async fn note(noted: &Noted<'_>, book: Res<'_, Book>) {
    let text = noted.text.to_owned();
    book.0.lock().unwrap().insert(noted.number, text);
}

#[receiver(
    signal = Noted,
    durable(name = "sqlite.book", attempts = 3, backoff("1ms", max = "1ms"))
)]
async fn book(
    noted: &Noted<'_>,
    delivery: Delivery<'_>,
    mut tx: DurableTx<'_, Sqlite>,
) -> Result<(), DeliveryError> {
    let insert = sqlx::query("INSERT INTO booking (number) VALUES (?1)").bind(noted.number);
    insert.execute(tx.rows().await?).await?;
    // After the effect, which is rolled back.
    match noted.number % 4 {
        1 if delivery.attempt() == 1 => Err("busy".into()),
        2 => Err(DeliveryError::permanent("no such order")),
        3 if delivery.attempt() < 3 => panic!("out of stock"),
        _ => Ok(()),
    }
}

#[signal(durable(name = "sqlite.shelved", version = 1))]
struct Shelved;

#[signal(owned)]
struct Emptied;

#[receiver(signal = Shelved, durable(name = "sqlite.empty"))]
async fn empty(_: &Shelved, mut tx: DurableTx<'_, Sqlite>) -> Result<(), DeliveryError> {
    tx.run(async |_| {
        Emptied.send();
        Ok::<_, TransactionError>(())
    })
    .await?;
    Ok(())
}

const LEASE: Duration = Duration::from_millis(500);

#[receiver(signal = Emptied, after_commit)]
fn refill(_: &Emptied, is_refilled: Res<'_, AtomicBool>) {
    thread::sleep(3 * LEASE);
    is_refilled.store(true, Ordering::Relaxed);
}

/// The shutdown waits for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn receivers_of_the_commit_may_take_longer_than_the_lease() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let is_refilled = Arc::new(AtomicBool::new(false));
    let scope = Scope::new().provide_dyn(Arc::clone(&is_refilled));
    let running = scope.run(|| {
        let worker = worker(&outbox).only(empty).with_lease(LEASE);
        worker.spawn().unwrap()
    });
    outbox.send(Shelved).await.unwrap();
    until_done(&outbox).await;
    let health = running.health();
    running.shutdown().await;
    assert!(is_refilled.load(Ordering::Relaxed));
    let health = [health.delivered(), health.failed(), health.lost()];
    assert_eq!(health, [1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn effects_of_a_receiver_happen_once_and_any_text_arrives() {
    let texts = [
        "",
        "\0",
        "a\0b\u{1}\u{1F}\u{7F}\u{80}",
        "'; DROP TABLE lback_signal; -- \\ \" \n\r\t",
        "\u{1F469}\u{200D}\u{1F680} e\u{301} \u{202E}abc\u{202C}",
        "\u{D7FF}\u{E000}\u{FFFD}\u{FFFF}\u{10FFFF}\u{2028}\u{FEFF}",
    ];
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let mut connection = folder.connection().await;
    execute(
        &mut connection,
        "CREATE TABLE booking (number INTEGER NOT NULL) STRICT",
    )
    .await;
    let received = Arc::new(Book::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&received));
    let running = scope.run(|| {
        worker(&outbox)
            .only(note)
            .only(book)
            .with_poll_interval(Duration::from_millis(20))
            .spawn()
            .unwrap()
    });
    for number in 0..40 {
        let text = texts[usize::try_from(number).unwrap() % texts.len()];
        outbox.send(Noted { number, text }).await.unwrap();
    }
    until_done(&outbox).await;
    running.shutdown().await;
    let received = std::mem::take(&mut *received.0.lock().unwrap());
    assert_eq!(received.len(), 40);
    for (number, text) in &received {
        assert_eq!(text, texts[usize::try_from(*number).unwrap() % texts.len()]);
    }
    let twice = "SELECT count(*) - count(DISTINCT number) FROM booking";
    assert_eq!(number(&mut connection, twice).await, 0);
    let booked = "SELECT count(*) FROM booking";
    assert_eq!(number(&mut connection, booked).await, 30);
    assert_eq!(counts(&outbox).await, [0, 0, 10]);
}
