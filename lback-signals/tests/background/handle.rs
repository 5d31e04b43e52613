//! The background on a runtime of the program, which shuts that runtime down before it drains the background.

use std::future::pending;
use std::sync::mpsc;

use lback_signals::background::{self, Refused, Settings};
use lback_signals::{FailureKind, Res, Scope, Signal, receiver, signal};
use test_support::in_child_process;
use tokio::runtime::{Builder, Handle, Id};

use crate::LONG;

struct Running(mpsc::Sender<Id>);

#[signal(owned)]
struct Asked {
    is_endless: bool,
}

#[receiver(signal = Asked, background)]
async fn a_awaited(event: &Asked, running: Res<'_, Running>) {
    running.0.send(Handle::current().id()).unwrap();
    if event.is_endless {
        pending::<()>().await;
    }
}

#[receiver(signal = Asked, background)]
fn b_called(_: &Asked, running: Res<'_, Running>) {
    running.0.send(Handle::current().id()).unwrap();
}

#[test]
fn receivers_run_on_the_given_runtime_and_are_refused_after_its_shutdown() {
    in_child_process(|| {
        // A current-thread runtime, which runs tasks only inside `block_on`.
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        background::configure(Settings::new().with_concurrency(1)).unwrap();
        background::use_handle(runtime.handle().clone()).unwrap();

        let (running, ran) = mpsc::channel();
        let scope = Scope::new().provide(Running(running));
        assert_eq!(
            scope.run(|| Asked { is_endless: false }.send()).deferred(),
            2
        );
        assert!(background::use_handle(runtime.handle().clone()).is_err());
        assert!(ran.try_recv().is_err());
        runtime.block_on(async {
            while background::stats().done() < 2 {
                tokio::task::yield_now().await;
            }
        });
        let id = runtime.handle().id();
        assert_eq!(ran.try_iter().collect::<Vec<_>>(), [id, id]);

        assert_eq!(
            scope.run(|| Asked { is_endless: true }.send()).deferred(),
            2
        );
        runtime.block_on(async {
            while background::stats().running() > 0 && ran.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
        });
        drop(runtime);
        let report = scope.run(|| Asked { is_endless: false }.send());
        assert_eq!((report.deferred(), report.failures().len()), (0, 2));
        let FailureKind::Refused(Refused::RuntimeGone) = report.failures()[0].kind() else {
            panic!("{report:?}");
        };
        let drained = background::drain(LONG);
        let undelivered: Vec<_> = drained
            .undelivered()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            undelivered,
            [
                "asked for background::handle::a_awaited, which was running",
                "asked for background::handle::b_called",
            ]
        );
    });
}
