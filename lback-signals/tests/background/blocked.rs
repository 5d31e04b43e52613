//! A full queue on the runtime of the program, whose threads must not be blocked.

use std::future::pending;
use std::time::Duration;

use lback_signals::background::{self, Overflow, Refused, Settings};
use lback_signals::{FailureKind, Signal, receiver, signal};
use test_support::in_child_process;
use tokio::runtime::{Builder, Handle};

#[signal(owned)]
struct Asked;

#[receiver(signal = Asked, background)]
async fn never_ends(_: &Asked) {
    pending::<()>().await;
}

#[test]
fn a_sender_on_a_thread_of_the_runtime_is_refused_and_does_not_wait() {
    in_child_process(|| {
        let settings = Settings::new().with_concurrency(1).with_capacity(1);
        let settings = settings.with_stall_timeout(Duration::from_millis(1));
        background::configure(settings.with_overflow(Overflow::Wait)).unwrap();
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            background::use_handle(Handle::current()).unwrap();
            assert_eq!(Asked.send().deferred(), 1);
            assert_eq!(Asked.send().deferred(), 1);
            let report = Asked.send();
            let FailureKind::Refused(Refused::QueueFull { capacity: 1, .. }) =
                report.failures()[0].kind()
            else {
                panic!("{report:?}");
            };
        });
    });
}
