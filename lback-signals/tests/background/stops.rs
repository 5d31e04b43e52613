//! A runtime that is shut down while signals are sent. Each round has its own process.

#![cfg(feature = "tokio")]

use std::env;
use std::process::Command;
use std::thread;
use std::time::Duration;

use lback_signals::{Signal, background, receiver, signal};
use test_support::rounds;
use tokio::runtime::Builder;

#[signal(owned)]
struct Asked;

#[receiver(signal = Asked, background)]
async fn answers(_: &Asked) {}

#[test]
fn each_send_is_delivered_refused_or_listed_as_undelivered() {
    let runtime = Builder::new_multi_thread().enable_time().build().unwrap();
    background::use_handle(runtime.handle().clone()).unwrap();
    let (accepted, refused) = thread::scope(|threads| {
        let sender = threads.spawn(|| {
            let reports: Vec<_> = (0..100).map(|_| Asked.send()).collect();
            let accepted: usize = reports.iter().map(lback_signals::Report::deferred).sum();
            (accepted, reports.len() - accepted)
        });
        drop(runtime);
        sender.join().unwrap()
    });
    assert_eq!(accepted + refused, 100);
    let drained = background::drain(Duration::from_mins(1));
    let done = usize::try_from(background::stats().done()).unwrap();
    assert_eq!(done + drained.undelivered().len(), accepted, "{drained}");
}

#[test]
fn no_send_is_lost_in_any_of_many_processes() {
    let program = env::current_exe().unwrap();
    for _ in 0..rounds(200) {
        let round = Command::new(&program)
            .args([
                "--exact",
                "each_send_is_delivered_refused_or_listed_as_undelivered",
            ])
            .output()
            .unwrap();
        assert!(round.status.success(), "{round:?}");
        let output = String::from_utf8_lossy(&round.stdout);
        assert!(output.contains("1 passed"), "{output}");
    }
}
