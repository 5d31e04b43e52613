//! How a receiver is called, and what becomes of its delivery.

use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, SystemTime};

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{Delivery, DeliveryError, MemoryOutbox, Outbox};
use lback_signals::{Context, FromSignal, Rejection, Res, Scope, Signal, receiver, signal};

use super::{Stopwatch, until, until_done, worker};

#[signal(durable(name = "delivering.paid", version = 1))]
struct Paid<'a> {
    order: u32,
    email: &'a str,
}

/// The behaviour of the receivers of this module, by the number of the order.
#[derive(Default)]
struct Book {
    calls: Mutex<Vec<(u64, String)>>,
}

impl Book {
    fn note(&self, watch: &Stopwatch, text: impl Into<String>) {
        self.calls
            .lock()
            .unwrap()
            .push((watch.hundreds(), text.into()));
    }

    fn take(&self) -> Vec<(u64, String)> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

struct Orders(std::ops::Range<u32>);

impl<'s> FromSignal<'s, Paid<'_>> for Orders {
    fn from_signal(paid: &'s Paid<'_>, _: &'s Context) -> Result<Self, Rejection> {
        if paid.order == 0 {
            return Err(Rejection::skip());
        }
        Ok(Self(0..paid.order))
    }
}

#[receiver(
    signal = Paid,
    durable(name = "delivering.receipt", attempts = 3, backoff("2s", max = "1h"))
)]
async fn receipt(
    paid: &Paid<'_>,
    orders: Orders,
    delivery: Delivery<'_>,
    book: Res<'_, Book>,
    watch: Res<'_, Stopwatch>,
) -> Result<(), DeliveryError> {
    let attempt = delivery.attempt();
    book.note(&watch, format!("{} {}", paid.email, attempt));
    match (orders.0.end, attempt) {
        (1, _) | (3, 2) => Ok(()),
        (2, _) => Err(DeliveryError::permanent("no such order")),
        (3, _) => Err("busy".into()),
        (4, 1) => Err(DeliveryError::retry_after("busy", Duration::from_secs(7))),
        (4, _) if delivery.is_last_attempt() => Ok(()),
        (4, _) => panic!("no paper"),
        _ => Err("never".into()),
    }
}

async fn run(order: u32) -> (Vec<(u64, String)>, Vec<String>) {
    let outbox = MemoryOutbox::new();
    let book = Arc::new(Book::default());
    let scope = Scope::new()
        .provide_dyn(Arc::clone(&book))
        .provide(Stopwatch::start());
    let dead = Arc::new(Mutex::new(Vec::new()));
    let on_dead = Arc::clone(&dead);
    let worker = worker(&outbox).only(receipt).on_dead(move |letter| {
        let text = format!(
            "{} {:?} {}",
            letter.attempts(),
            letter.reason(),
            letter.error()
        );
        on_dead.lock().unwrap().push(text);
    });
    let worker = scope.run(|| worker.spawn().unwrap());
    let paid = Paid {
        order,
        email: "ada",
    };
    assert_eq!(outbox.send(paid).await.unwrap().failures().len(), 0);
    until_done(&outbox).await;
    worker.shutdown().await;
    let dead = std::mem::take(&mut *dead.lock().unwrap());
    assert_eq!(outbox.dead_letters().await.unwrap().len(), dead.len());
    (book.take(), dead)
}

fn calls(calls: &[(u64, &str)]) -> Vec<(u64, String)> {
    calls
        .iter()
        .map(|&(at, text)| (at, text.to_owned()))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_success_completes_the_delivery() {
    assert_eq!(run(1).await, (calls(&[(0, "ada 1")]), vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_an_extractor_skips_is_complete() {
    assert_eq!(run(0).await, (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_permanent_error_is_a_dead_letter_at_once() {
    let dead = vec!["1 PermanentError failed: no such order".to_owned()];
    assert_eq!(run(2).await, (calls(&[(0, "ada 1")]), dead));
}

#[tokio::test(start_paused = true)]
async fn an_error_is_retried_after_the_backoff() {
    let expected = calls(&[(0, "ada 1"), (1_000, "ada 2")]);
    assert_eq!(run(3).await, (expected, vec![]));
}

#[tokio::test(start_paused = true)]
async fn the_error_chooses_the_delay_and_a_panic_is_an_error() {
    let expected = calls(&[(0, "ada 1"), (7_000, "ada 2"), (9_000, "ada 3")]);
    assert_eq!(run(4).await, (expected, vec![]));
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_leaves_a_dead_letter() {
    let expected = calls(&[(0, "ada 1"), (1_000, "ada 2"), (3_000, "ada 3")]);
    let dead = vec!["3 AttemptsExhausted failed: never".to_owned()];
    assert_eq!(run(5).await, (expected, dead));
}

#[signal(durable(name = "delivering.needs", version = 1))]
struct Needs;

struct Printer(mpsc::Sender<String>);

#[receiver(signal = Needs, durable(name = "delivering.print"))]
fn print(_: &Needs, delivery: Delivery<'_>, sender: Res<'_, Printer>) {
    let key = delivery.idempotency_key();
    assert_eq!(key, format!("{}/delivering.print", delivery.id()));
    let age = SystemTime::now().duration_since(delivery.sent_at());
    let text = format!("{} {}", delivery.attempt(), age.is_ok());
    sender.0.send(text).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_missing_resource_is_retried() {
    let outbox = MemoryOutbox::new();
    outbox.send(Needs).await.unwrap();
    let poor = worker(&outbox).only(print).spawn().unwrap();
    until(async || poor.health().failed() == 2).await;
    poor.shutdown().await;
    let counts = outbox.counts().await.unwrap();
    assert_eq!((counts[0].waiting, counts[0].dead), (1, 0));

    let (sender, printed) = mpsc::channel();
    let scope = Scope::new().provide(Printer(sender));
    let rich = scope.run(|| worker(&outbox).only(print).spawn().unwrap());
    until_done(&outbox).await;
    rich.shutdown().await;
    assert_eq!(printed.try_iter().collect::<Vec<_>>(), ["3 true"]);
}

#[signal(durable(name = "delivering.nested", version = 1))]
struct Outer;

#[signal(owned)]
struct Inner;

#[receiver(signal = Inner, after_commit)]
fn heard(_: &Inner, sender: Res<'_, Printer>) {
    sender.0.send("at once".to_owned()).unwrap();
}

#[receiver(signal = Outer, durable(name = "delivering.resend"))]
async fn resend(_: &Outer, sender: Res<'_, Printer>) {
    tokio::task::yield_now().await;
    Inner.send();
    sender.0.send("sent".to_owned()).unwrap();
}

#[receiver(signal = Outer, durable(name = "delivering.other"))]
fn other(_: &Outer) {}

#[tokio::test(start_paused = true)]
async fn receivers_run_in_the_scope_of_the_worker_and_in_no_transaction() {
    let outbox = MemoryOutbox::new();
    let (sender, printed) = mpsc::channel();
    let scope = Scope::new().provide(Printer(sender));
    let transaction = outbox.begin();
    transaction.run(|| {
        Outer.send();
        // The worker does not inherit the transaction.
        let worker = scope.run(|| worker(&outbox).only(resend).only(other).spawn());
        drop(worker);
    });
    transaction.commit().unwrap();
    let worker = scope.run(|| worker(&outbox).only(resend).only(other).spawn().unwrap());
    until_done(&outbox).await;
    worker.shutdown().await;
    assert_eq!(printed.try_iter().collect::<Vec<_>>(), ["at once", "sent"]);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_not_served_keeps_its_rows() {
    let outbox = MemoryOutbox::new();
    outbox.send(Outer).await.unwrap();
    let worker = worker(&outbox).only(other).spawn().unwrap();
    let count = async || outbox.counts().await.unwrap().len();
    until(async || count().await == 1).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    worker.shutdown().await;
    let counts = outbox.counts().await.unwrap();
    assert_eq!(counts.len(), 1);
    assert_eq!(
        (&*counts[0].receiver, counts[0].waiting),
        ("delivering.resend", 1)
    );
}

#[receiver(signal = Inner)]
fn not_durable(_: &Inner) {}

#[test]
#[should_panic(expected = "is not durable: add `durable(name = ")]
fn only_takes_durable_receivers() {
    let _ = worker(&MemoryOutbox::new()).only(not_durable);
}
