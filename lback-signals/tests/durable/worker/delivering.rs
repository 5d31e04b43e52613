//! How a receiver is called, and what becomes of its delivery.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_signals::durable::{DeadReason, Delivery, DeliveryError, MemoryOutbox, Outbox};
use lback_signals::{Context, FromSignal, Rejection, Res, Scope, Signal, receiver, signal};

use super::{Stopwatch, until_done, worker};

#[signal(durable(name = "delivering.paid", version = 1))]
pub struct Paid<'a> {
    order: u32,
    email: &'a str,
}

/// What the receivers of this module do, by the number of the order.
#[derive(Default)]
struct Book {
    calls: Mutex<Vec<(u64, String)>>,
}

impl Book {
    fn note(&self, watch: &Stopwatch, text: impl Into<String>) {
        self.calls.lock().unwrap().push((watch.tens(), text.into()));
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
    assert_eq!(outbox.__dead().len(), dead.len());
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
