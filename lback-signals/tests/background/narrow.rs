//! A runtime without a timer, and with one blocking thread.

use std::time::Duration;

use lback_signals::{Signal, background, receiver, signal};
use test_support::in_child_process;
use tokio::runtime::Builder;

use crate::gate::Gate;

static GATE: Gate = Gate::closed();

#[signal(owned)]
struct Asked;

#[receiver(signal = Asked, background)]
fn blocks(_: &Asked) {
    GATE.pass();
}

#[receiver(signal = Asked, background)]
async fn is_awaited(_: &Asked) {}

#[test]
fn receivers_run_without_a_timer_and_a_drain_meets_its_deadline() {
    in_child_process(|| {
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime
            .worker_threads(1)
            .max_blocking_threads(1)
            .build()
            .unwrap();
        background::use_handle(runtime.handle().clone()).unwrap();
        assert_eq!(Asked.send().deferred(), 2);
        while background::stats().done() < 1 {
            std::thread::yield_now();
        }
        let drained = pollster::block_on(background::drain_async(Duration::from_millis(1)));
        assert_eq!(drained.undelivered().len(), 1);
        assert!(!Asked.send().is_ok());
        GATE.open();
    });
}
