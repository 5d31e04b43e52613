//! The observer gets each attempt of a durable receiver.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{
    ClaimRequest, Delivery, MemoryOutbox, Outbox, ReceiverClaim, SignalRow,
};
use lback_signals::{
    Dispatch, Observer, ReceiverRun, Scope, Signal, SignalInfo, receiver, set_observer, signal,
};
use test_support::in_child_process;
use tokio::runtime::Builder;
use tokio::time::sleep;

use super::{until, until_done, worker};

#[signal(durable(name = "observed.item", version = 1))]
struct Item;

#[signal]
struct Packed;

#[receiver(signal = Item, durable(name = "observed.pack", attempts = 2))]
async fn pack(_: &Item, delivery: Delivery<'_>) -> Result<(), &'static str> {
    sleep(Duration::from_millis(250)).await;
    Packed.send();
    if delivery.attempt() == 1 {
        return Err("no box");
    }
    Ok(())
}

#[receiver(signal = Item, durable(name = "observed.label"))]
fn label(_: &Item) {
    Packed.send();
}

struct PacksOnDrop;

impl Drop for PacksOnDrop {
    fn drop(&mut self) {
        Packed.send();
    }
}

#[receiver(signal = Item, durable(name = "observed.endless", attempts = 1, timeout = "90s"))]
async fn endless(_: &Item) {
    let _unpacked = PacksOnDrop;
    pending::<()>().await;
}

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Returns whether a signal is one of these tests. That of a dead letter has receivers in other ones.
fn is_own(signal: &'static SignalInfo) -> bool {
    [Item::info(), Packed::info()].contains(&signal)
}

impl Observer for Recorder {
    fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
        if !is_own(dispatch.signal()) {
            return;
        }
        let by = dispatch.sent_by().map(|by| by.receiver().name());
        let line = format!("{} {by:?}", dispatch.signal().name());
        self.0.lock().unwrap().push(line);
    }

    fn on_run(&self, run: &ReceiverRun<'_>) {
        if !is_own(run.receiver().signal()) {
            return;
        }
        let name = run.receiver().name();
        let attempt = run.attempt().map(|attempt| attempt.attempt);
        let line = format!("{name} {attempt:?}: {:?}", run.outcome());
        self.0.lock().unwrap().push(line);
    }
}

/// Runs a test with an observer, in a child process whose clock is paused.
fn observed(test: impl AsyncFnOnce(Recorder)) {
    in_child_process(|| {
        let recorder = Recorder::default();
        set_observer(recorder.clone()).unwrap();
        let runtime = Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(test(recorder));
    });
}

#[test]
fn each_attempt_is_observed_and_sends_what_its_receiver_sends() {
    observed(async |recorder| {
        let outbox = MemoryOutbox::new();
        let pack_worker = worker(&outbox).only(pack).spawn().unwrap();
        outbox.send(Item).await.unwrap();
        until(async || pack_worker.health().delivered() == 1).await;
        assert_eq!(
            recorder.take(),
            [
                "item None",
                "packed Some(\"pack\")",
                "pack Some(1): Failed(\"error\")",
                "packed Some(\"pack\")",
                "pack Some(2): succeeded",
            ]
        );
        pack_worker.shutdown().await;

        let label_worker = worker(&outbox).only(label).spawn().unwrap();
        until(async || label_worker.health().delivered() == 1).await;
        assert_eq!(
            recorder.take(),
            ["packed Some(\"label\")", "label Some(1): succeeded"]
        );
        label_worker.shutdown().await;
    });
}

#[test]
fn an_attempt_that_takes_too_long_has_failed_and_one_of_a_draining_worker_is_cancelled() {
    observed(async |recorder| {
        let outbox = MemoryOutbox::new();
        outbox
            .insert(vec![row("observed.item", "{}")])
            .await
            .unwrap();
        let worker = || worker(&outbox).only(endless).with_grace(Duration::ZERO);
        let draining = worker().spawn().unwrap();
        until(async || draining.health().running() == 1).await;
        draining.shutdown().await;
        assert_eq!(
            recorder.take(),
            ["packed Some(\"endless\")", "endless Some(1): cancelled"]
        );

        let patient = worker().spawn().unwrap();
        until_done(&outbox).await;
        patient.shutdown().await;
        assert_eq!(
            recorder.take(),
            [
                "packed Some(\"endless\")",
                "endless Some(1): Failed(\"error\")"
            ]
        );
    });
}

fn row(signal: &str, payload: &str) -> SignalRow {
    SignalRow::__new(signal, 1, payload, &["observed.endless"])
}

#[test]
fn an_attempt_whose_payload_cannot_be_decoded_has_failed() {
    observed(async |recorder| {
        let outbox = MemoryOutbox::new();
        let rows = vec![row("observed.item", "[]"), row("observed.unknown", "{}")];
        outbox.insert(rows).await.unwrap();
        let worker = worker(&outbox).only(endless).spawn().unwrap();
        until(async || recorder.0.lock().unwrap().len() == 2).await;
        worker.shutdown().await;
        let mut lines = recorder.take();
        lines.sort();
        assert_eq!(
            lines,
            [
                "endless Some(1): Failed(\"error\")",
                "endless Some(1): skipped",
            ]
        );
    });
}

#[test]
fn an_attempt_whose_lease_is_lost_says_so() {
    observed(async |recorder| {
        let outbox = MemoryOutbox::new();
        outbox
            .insert(vec![row("observed.item", "{}")])
            .await
            .unwrap();
        let worker = worker(&outbox).only(endless).spawn().unwrap();
        until(async || worker.health().running() == 1).await;
        // The clock of the database is set forward, and another process claims.
        outbox.set_clock_offset(31_000);
        let request = ClaimRequest {
            receivers: vec![ReceiverClaim {
                names: vec!["observed.endless"],
                oldest_version: 1,
                newest_version: 1,
                limit: 1,
            }],
            lease: Duration::from_hours(1),
            worker: "other".to_owned(),
        };
        assert_eq!(outbox.claim(&request).await.unwrap().len(), 1);
        until(async || recorder.0.lock().unwrap().len() == 2).await;
        assert_eq!(
            recorder.take(),
            ["packed Some(\"endless\")", "endless Some(1): lease_lost"]
        );
        worker.shutdown().await;
    });
}

#[test]
fn an_attempt_in_the_scope_of_a_test_is_observed() {
    observed(async |recorder| {
        let scope = Scope::new().durable_inline().only(label);
        scope.run(|| Item.send());
        let lines = recorder.take();
        let ran = ["packed Some(\"label\")", "label Some(1): succeeded"];
        assert_eq!(lines[lines.len() - 2..], ran);
    });
}
