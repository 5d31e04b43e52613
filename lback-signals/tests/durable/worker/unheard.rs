//! A receiver that relies on the receivers of another signal, of which none is linked.

use std::time::Duration;

use lback_signals::durable::{MemoryOutbox, Outbox};
use lback_signals::{Context, FromSignal, Needs, Rejection, Signal, receiver, signal};
use tokio::time::sleep;

use super::{until, worker};

#[signal]
struct LetterDue;

/// Declares that a receiver sends [`LetterDue`].
struct Letters;

impl<S: Signal> FromSignal<'_, S> for Letters {
    fn from_signal(_: &S, _: &Context) -> Result<Self, Rejection> {
        Ok(Self)
    }

    fn needs(needs: &mut Needs) {
        needs.receivers_of::<LetterDue>();
    }
}

#[signal(durable(name = "unheard.invited", version = 1))]
struct Invited;

#[receiver(signal = Invited, durable(name = "unheard.invite"))]
async fn invite(_: &Invited, letters: Letters) {
    let _ = letters;
    panic!("nothing receives the letter");
}

#[receiver(signal = Invited, durable(name = "unheard.count"))]
async fn count(_: &Invited) {}

#[tokio::test(start_paused = true)]
async fn its_deliveries_wait_and_the_others_are_completed() {
    let outbox = MemoryOutbox::new();
    let worker = worker(&outbox).only(invite).only(count);
    let worker = worker.spawn().unwrap();
    outbox.send(Invited).await.unwrap();
    let left = async || {
        let counts = outbox.counts().await.unwrap().into_iter();
        let left = counts.map(|it| (it.receiver, it.waiting, it.running, it.dead));
        left.collect::<Vec<_>>()
    };
    until(async || left().await.len() == 1).await;
    sleep(Duration::from_hours(1)).await;
    worker.shutdown().await;
    assert_eq!(left().await, [("unheard.invite".to_owned(), 1, 0, 0)]);
}
