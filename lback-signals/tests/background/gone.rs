//! A runtime that is shut down before the first job is queued.

use lback_signals::background::{self, Refused};
use lback_signals::{FailureKind, Report, Signal, receiver, signal};
use test_support::in_child_process;
use tokio::runtime::Builder;

use crate::LONG;

#[signal(owned)]
struct Asked;

#[receiver(signal = Asked, background)]
async fn answers(_: &Asked) {}

fn is_refused(report: &Report) -> bool {
    let mut failures = report.failures().iter();
    failures.any(|failure| matches!(failure.kind(), FailureKind::Refused(Refused::RuntimeGone)))
}

#[test]
fn the_first_send_and_later_ones_are_refused() {
    in_child_process(|| {
        let runtime = Builder::new_multi_thread().enable_time().build().unwrap();
        background::use_handle(runtime.handle().clone()).unwrap();
        drop(runtime);
        for _ in 0..2 {
            let report = Asked.send();
            assert!(is_refused(&report), "{report:?}");
            assert_eq!((report.deferred(), report.failures().len()), (0, 1));
            assert!(report.failures()[0].to_string().ends_with(
                "the background runtime has been shut down: drain the queue before the shutdown"
            ));
        }
        assert!(background::drain(LONG).is_complete());
        let draining = background::drain_async(LONG);
        assert!(pollster::block_on(draining).is_complete());
    });
}
