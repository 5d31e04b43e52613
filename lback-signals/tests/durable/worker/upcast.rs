//! Deliveries of earlier versions.

use std::sync::{Arc, Mutex};

use lback_signals::durable::{MemoryOutbox, Outbox, SignalRow};
use lback_signals::serde::Deserialize;
use lback_signals::{Res, Scope, receiver, signal};

use super::{until, until_done, worker};

#[signal(durable(name = "upcasting.counted", version = 3, upcast(2 = CountedV2)))]
struct Counted {
    by: u32,
}

/// It counted in tens.
#[derive(Deserialize)]
#[serde(crate = "lback_signals::serde")]
struct CountedV2 {
    tens: u32,
}

impl From<CountedV2> for CountedOwned {
    fn from(CountedV2 { tens }: CountedV2) -> Self {
        assert_ne!(tens, 7, "hunter2");
        Self { by: tens * 10 }
    }
}

#[derive(Default)]
struct Counts(Mutex<Vec<u32>>);

#[receiver(signal = Counted, durable(name = "upcasting.add"))]
async fn add(counted: &Counted, counts: Res<'_, Counts>) {
    counts.0.lock().unwrap().push(counted.by);
}

fn row(version: u32, payload: &str) -> SignalRow {
    SignalRow::__new("upcasting.counted", version, payload, &["upcasting.add"])
}

#[tokio::test(start_paused = true)]
async fn earlier_payloads_are_delivered_and_unread_versions_wait() {
    let outbox = MemoryOutbox::new();
    let rows = vec![
        row(1, r#"{"units": 1}"#),
        row(2, r#"{"tens": 2}"#),
        row(3, r#"{"by": 3}"#),
        row(4, r#"{"hundreds": 4}"#),
    ];
    outbox.insert(rows).await.unwrap();
    let counts = Arc::new(Counts::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&counts));
    let worker = scope.run(|| worker(&outbox).only(add).spawn().unwrap());
    until(async || counts.0.lock().unwrap().len() == 2).await;
    worker.shutdown().await;
    let mut counts = counts.0.lock().unwrap().clone();
    counts.sort_unstable();
    assert_eq!(counts, [3, 20]);
    assert_eq!(outbox.counts().await.unwrap()[0].waiting, 2);
}

#[tokio::test(start_paused = true)]
async fn a_conversion_that_panics_is_a_dead_letter() {
    let outbox = MemoryOutbox::new();
    outbox.insert(vec![row(2, r#"{"tens": 7}"#)]).await.unwrap();
    let scope = Scope::new().provide_dyn(Arc::new(Counts::default()));
    let worker = scope.run(|| worker(&outbox).only(add).spawn().unwrap());
    until_done(&outbox).await;
    worker.shutdown().await;
    let dead = lback_signals::durable::testing::TestOutbox::dead_letters(&outbox).await;
    let dead = dead.unwrap();
    assert_eq!(
        dead[0].error,
        "the decoding of `upcasting.counted` v2 panicked"
    );
}
