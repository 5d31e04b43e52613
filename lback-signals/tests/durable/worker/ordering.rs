//! Receivers whose deliveries of one key run one after another.

use std::sync::mpsc;
use std::time::Duration;

use lback_signals::durable::testing::TestOutbox as _;
use lback_signals::durable::{MemoryOutbox, Outbox as _};
use lback_signals::{Res, Scope, receiver, signal};
use tokio::time::sleep;
use tracing::Level;

use super::faulty::Faulty;
use super::{Stopwatch, until, worker};
use crate::collector::collecting;

#[signal(durable(name = "ordering.moved", version = 1))]
struct Moved {
    #[key]
    parcel: u32,
    place: u32,
}

struct Places(mpsc::Sender<(u32, u32)>);

#[receiver(signal = Moved, durable(name = "ordering.slow", order = key))]
async fn slow(event: &Moved, places: Res<'_, Places>) {
    sleep(Duration::from_millis(100)).await;
    places.0.send((event.parcel, event.place)).unwrap();
}

#[receiver(signal = Moved, durable(name = "ordering.skip", order = key, attempts = 1))]
async fn skip(event: &Moved, places: Res<'_, Places>) -> Result<(), &'static str> {
    places.0.send((event.parcel, event.place)).unwrap();
    if event.place == 1 {
        Err("refused")
    } else {
        Ok(())
    }
}

#[receiver(
    signal = Moved,
    durable(name = "ordering.block", order = key, attempts = 1, on_dead = block)
)]
async fn block(event: &Moved, places: Res<'_, Places>) -> Result<(), &'static str> {
    places.0.send((event.parcel, event.place)).unwrap();
    if event.place == 1 {
        Err("refused")
    } else {
        Ok(())
    }
}

async fn outbox_with(moves: &[(u32, u32)]) -> MemoryOutbox {
    let outbox = MemoryOutbox::new();
    for &(parcel, place) in moves {
        outbox.send(Moved { parcel, place }).await.unwrap();
    }
    outbox
}

fn scope() -> (Scope, mpsc::Receiver<(u32, u32)>) {
    let (sender, places) = mpsc::channel();
    (Scope::new().provide(Places(sender)), places)
}

/// Without a poll.
#[tokio::test(start_paused = true)]
async fn the_next_delivery_of_a_key_starts_at_once() {
    let outbox = outbox_with(&[(7, 1), (7, 2), (8, 1), (7, 3)]).await;
    let (scope, places) = scope();
    let hour = Duration::from_hours(1);
    let worker = worker(&outbox).only(slow).with_poll_interval(hour);
    let watch = Stopwatch::start();
    let worker = scope.run(|| worker.spawn().unwrap());
    let ship = async || places_of(&outbox, "ordering.slow").await;
    until(async || ship().await == 0).await;
    assert_eq!(watch.hundreds(), 300);
    worker.shutdown().await;
    let places: Vec<_> = places.try_iter().collect();
    let of_seven = places.iter().filter(|it| it.0 == 7);
    assert!(of_seven.map(|it| it.1).eq([1, 2, 3]), "{places:?}");
    assert!(places[..2].contains(&(8, 1)), "{places:?}");
}

/// Returns how many deliveries of a receiver wait or run.
async fn places_of(outbox: &MemoryOutbox, receiver: &str) -> u64 {
    let counts = outbox.counts().await.unwrap().into_iter();
    let of_receiver = counts.filter(|it| it.receiver == receiver);
    of_receiver.map(|it| it.waiting + it.running).sum()
}

#[tokio::test(start_paused = true)]
async fn a_receiver_says_whether_its_dead_letters_block_their_key() {
    let outbox = outbox_with(&[(7, 1), (7, 2), (8, 2)]).await;
    let (scope, places) = scope();
    let worker = worker(&outbox);
    let worker = scope.run(|| worker.only(skip).spawn().unwrap());
    until(async || places_of(&outbox, "ordering.skip").await == 0).await;
    worker.shutdown().await;
    assert_eq!(places.try_iter().count(), 3);

    let worker = super::worker(&outbox);
    let worker = scope.run(|| worker.only(block).spawn().unwrap());
    until(async || places_of(&outbox, "ordering.block").await == 1).await;
    sleep(Duration::from_hours(1)).await;
    worker.shutdown().await;
    let mut delivered: Vec<_> = places.try_iter().collect();
    delivered.sort_unstable();
    assert_eq!(delivered, [(7, 1), (8, 2)]);
    assert_eq!(outbox.dead_letters().await.unwrap().len(), 2);
}

#[test]
fn deliveries_that_nothing_had_freed_are_counted_and_logged() {
    collecting(Level::ERROR, async |collected| {
        let outbox = Faulty::new();
        let worker = worker(&outbox).only(slow).spawn().unwrap();
        let health = worker.health();
        outbox.free(2);
        until(async || health.freed() > 0).await;
        sleep(Duration::from_mins(5)).await;
        assert_eq!(health.freed(), 2);
        worker.shutdown().await;
        let lines = collected.take();
        let errors = lines
            .iter()
            .filter(|it| it.contains("`order = key` waited"));
        assert_eq!(errors.count(), 1, "{lines:?}");
    });
}
