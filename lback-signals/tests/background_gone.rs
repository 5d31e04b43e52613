//! A runtime that is gone before anything is handed over.

#![cfg(feature = "tokio")]

use std::time::Duration;

use lback_signals::{Signal, background, receiver, signal};
use tokio::runtime::Builder;

#[signal(owned)]
struct Asked;

#[receiver(signal = Asked, background)]
async fn never_runs(_: &Asked) {
    unreachable!("there is nothing to run it");
}

#[test]
fn what_is_sent_is_lost_named_and_then_refused() {
    let runtime = Builder::new_multi_thread().enable_time().build().unwrap();
    background::use_handle(runtime.handle().clone()).unwrap();
    drop(runtime);
    let first = Asked.send();
    assert_eq!(first.deferred() + first.failures().len(), 1);
    let second = Asked.send();
    assert!(
        second.failures()[0]
            .to_string()
            .ends_with("the background's runtime has been shut down")
    );
    assert!(!background::drain(Duration::from_mins(1)).is_complete());
    let draining = background::drain_async(Duration::from_mins(1));
    assert!(!pollster::block_on(draining).is_complete());
}
