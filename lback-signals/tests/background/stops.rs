//! A runtime that is shut down while signals are sent.

use std::thread;

use lback_signals::{Signal, background, receiver, signal};
use test_support::{in_child_processes, rounds};
use tokio::runtime::Builder;

use crate::LONG;

#[signal(owned)]
struct Asked;

#[receiver(signal = Asked, background)]
async fn answers(_: &Asked) {}

#[test]
fn each_send_is_delivered_refused_or_listed_as_undelivered() {
    in_child_processes(rounds(200), || {
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
        let drained = background::drain(LONG);
        let done = usize::try_from(background::stats().done()).unwrap();
        assert_eq!(done + drained.undelivered().len(), accepted, "{drained}");
    });
}
