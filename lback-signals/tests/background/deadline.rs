//! Receivers that never end, and a drain with a deadline.

use std::future::pending;
use std::time::Duration;

use lback_signals::background::{self, Settings};
use lback_signals::{Model, Signal, receiver, signal};
use test_support::in_child_process;

use crate::gate::Gate;

static GATE: Gate = Gate::closed();

#[derive(Clone, Model)]
struct Order {
    #[model(id)]
    id: u32,
}

#[signal(owned)]
struct Ordered<'a> {
    #[sender]
    order: &'a Order,
}

#[receiver(signal = Ordered, background)]
fn a_blocks(_: &Ordered<'_>) {
    GATE.pass();
}

#[receiver(signal = Ordered, background)]
async fn b_never_ends(event: &Ordered<'_>) {
    pending::<()>().await;
    unreachable!("{}", event.order.id);
}

#[test]
fn a_drain_lists_receivers_that_are_undelivered_at_the_deadline() {
    in_child_process(|| {
        background::configure(Settings::new().with_concurrency(3)).unwrap();
        for id in 1..=3 {
            assert_eq!(
                Ordered {
                    order: &Order { id }
                }
                .send()
                .deferred(),
                2
            );
        }
        assert!(!background::flush(Duration::from_millis(1)));

        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let drained = runtime.block_on(background::drain_async(Duration::from_millis(1)));
        assert!(!drained.is_complete());
        assert_eq!(drained.to_string(), "0 delivered, 0 failed, 6 undelivered");
        let listed: Vec<_> = drained
            .undelivered()
            .iter()
            .map(ToString::to_string)
            .collect();
        let a = "for background::deadline::a_blocks";
        let b = "for background::deadline::b_never_ends";
        assert_eq!(
            listed,
            [
                format!("ordered (order 1) {a}, which was running"),
                format!("ordered (order 1) {b}, which was running"),
                format!("ordered (order 2) {a}, which was running"),
                format!("ordered (order 2) {b}"),
                format!("ordered (order 3) {a}"),
                format!("ordered (order 3) {b}"),
            ]
        );
        assert_eq!(drained.undelivered()[5].sender(), Some("order 3"));
        assert_eq!(drained.undelivered()[5].receiver().name(), "b_never_ends");

        // Running receivers continue. Queued ones never run.
        assert_eq!(background::stats().running(), 3);
        assert_eq!(background::stats().waiting(), 0);
        GATE.open();
        while background::stats().done() < 2 {
            std::thread::yield_now();
        }
        // A second drain lists the jobs that the first one discarded, too.
        let drained = background::drain(Duration::ZERO);
        assert_eq!(drained.to_string(), "0 delivered, 0 failed, 4 undelivered");
        assert!(drained.undelivered()[0].was_running());
        assert!(!drained.undelivered()[1].was_running());
    });
}
