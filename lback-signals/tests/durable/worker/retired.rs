//! The deliveries of a retired receiver, and workers that serve only some receivers. `rolling-deploy` tests the others.

use lback_signals::durable::{MemoryOutbox, Outbox, SignalRow};
use lback_signals::{Signal, receiver, retire, signal};

use super::{until, worker};

#[signal(durable(name = "retired.sent", version = 1))]
struct Sent;

#[receiver(signal = Sent, durable(name = "retired.receive"))]
async fn receive(_: &Sent) {}

retire!("retired.gone");

#[tokio::test(start_paused = true)]
async fn a_worker_that_serves_only_some_receivers_discards_nothing() {
    let outbox = MemoryOutbox::new();
    let row = SignalRow::__new("retired.sent", 1, "{}", &["retired.gone"]);
    outbox.insert(vec![row]).await.unwrap();
    let worker = worker(&outbox).only(receive).spawn().unwrap();
    let transaction = outbox.begin();
    transaction.run(|| Sent.send());
    transaction.commit().unwrap();
    until(async || worker.health().delivered() == 1).await;
    worker.shutdown().await;
    let counts = outbox.counts().await.unwrap();
    let waiting: Vec<_> = counts
        .iter()
        .map(|it| (&*it.receiver, it.waiting))
        .collect();
    assert_eq!(waiting, [("retired.gone", 1)]);
}
