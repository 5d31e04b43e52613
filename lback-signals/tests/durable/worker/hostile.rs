//! User code that panics or interferes where no receiver is called.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{DeliveryError, MemoryOutbox, Outbox, SignalRow};
use lback_signals::schemars::{JsonSchema, Schema, SchemaGenerator};
use lback_signals::serde::{Deserialize, Deserializer, Serialize, Serializer};
use lback_signals::{Res, Scope, Signal, disable, enable, receiver, signal};
use tokio::time::sleep;

use super::{until, until_done, worker};

/// A field that does what its text says when it is decoded or dropped.
#[derive(Clone)]
struct Trap(String);

impl Serialize for Trap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Trap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "panic" => panic!("a trap"),
            "disable" => disable(sprung).unwrap(),
            _ => {}
        }
        Ok(Self(text))
    }
}

impl JsonSchema for Trap {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Trap".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        assert!(self.0 != "drop", "dropped");
    }
}

#[signal(durable(name = "hostile.trap", version = 1))]
struct Sprung {
    trap: Trap,
}

#[derive(Default)]
struct Runs(AtomicU32);

#[receiver(signal = Sprung, durable(name = "hostile.sprung", attempts = 1, timeout = "1s"))]
async fn sprung(sprung: &Sprung, runs: Res<'_, Runs>) {
    runs.0.fetch_add(1, Ordering::Relaxed);
    if sprung.trap.0 == "drop later" {
        let _trap = Trap("drop".to_owned());
        pending::<()>().await;
    }
}

async fn deliver(trap: &str) -> (u32, Vec<String>) {
    let outbox = MemoryOutbox::new();
    let payload = format!(r#"{{"trap": "{trap}"}}"#);
    let row = || SignalRow::__new("hostile.trap", 1, &payload, &["hostile.sprung"]);
    outbox.insert(vec![row()]).await.unwrap();
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    let worker = scope.run(|| worker(&outbox).only(sprung).spawn().unwrap());
    if trap == "disable" {
        sleep(Duration::from_mins(1)).await;
        assert_eq!(runs.0.load(Ordering::Relaxed), 0);
        let counts = outbox.counts().await.unwrap();
        assert_eq!((counts[0].waiting, counts[0].running), (1, 0));
    } else {
        until_done(&outbox).await;
    }
    until(async || worker.health().running() == 0).await;
    let health = worker.health();
    worker.shutdown().await;
    let dead = outbox.dead_letters().await.unwrap();
    assert_eq!(health.dead(), dead.len() as u64);
    let errors = dead
        .into_iter()
        .map(|it| format!("{} {}", it.attempt, it.error));
    (runs.0.load(Ordering::Relaxed), errors.collect())
}

// One test, since a receiver is disabled for the process.
#[tokio::test(start_paused = true)]
async fn a_trap_springs_where_no_receiver_is_called() {
    let (runs, errors) = deliver("panic").await;
    assert_eq!((runs, errors.len()), (0, 1));
    assert!(errors[0].starts_with("0 the payload of `hostile.trap` v1 cannot be decoded"));

    // The receiver has succeeded.
    assert_eq!(deliver("drop").await, (1, vec![]));

    let (runs, errors) = deliver("drop later").await;
    assert_eq!((runs, errors.len()), (1, 1));
    assert!(errors[0].starts_with("1 failed: it was cancelled after 1s"));

    // Disabled after the last look at it, and before its call: it is not complete.
    assert_eq!(deliver("disable").await, (0, vec![]));
    enable(sprung).unwrap();
}

#[signal(durable(name = "hostile.slow", version = 1))]
struct Slow;

#[receiver(signal = Slow, durable(name = "hostile.long"))]
async fn long(_: &Slow) -> Result<(), DeliveryError> {
    Err(DeliveryError::retry_after("in the next age", Duration::MAX))
}

#[tokio::test(start_paused = true)]
async fn the_longest_durations_are_bounded() {
    for duration in [Duration::MAX, Duration::ZERO] {
        let outbox = MemoryOutbox::new();
        let worker = worker(&outbox)
            .only(long)
            .with_lease(duration)
            .with_grace(duration)
            .with_poll_interval(duration)
            .spawn()
            .unwrap();
        outbox.send(Slow).await.unwrap();
        until(async || worker.health().failed() == 1).await;
        sleep(Duration::from_secs(1)).await;
        worker.shutdown().await;
        let counts = outbox.counts().await.unwrap();
        assert_eq!((counts[0].waiting, counts[0].oldest_due), (1, None));
    }
}

#[receiver(signal = Refused, durable(name = "hostile.refuse", concurrency = 9))]
async fn refuse(_: &Refused) -> Result<(), DeliveryError> {
    Err(DeliveryError::permanent("refused"))
}

#[signal(durable(name = "hostile.refused", version = 1))]
struct Refused;

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_until_all_dead_letters_are_told() {
    let outbox = MemoryOutbox::new();
    let told = Arc::new(AtomicU32::new(0));
    let on_dead = Arc::clone(&told);
    let worker = worker(&outbox).only(refuse).on_dead(move |_| {
        thread::sleep(Duration::from_millis(5));
        on_dead.fetch_add(1, Ordering::Relaxed);
    });
    let worker = worker.spawn().unwrap();
    let transaction = outbox.begin();
    transaction.run(|| (0..9).for_each(|_| drop(Refused.send())));
    transaction.commit().unwrap();
    until(async || worker.health().failed() == 9).await;
    worker.shutdown().await;
    assert_eq!(told.load(Ordering::Relaxed), 9);
}
