//! Each slow receiver is logged once.

use std::time::Duration;

use lback_signals::background::{self, Settings};
use lback_signals::{Signal, receiver, signal};
use test_support::in_child_process;
use tracing::Level;

use crate::LONG;
use crate::collector::Collector;
use crate::gate::Gate;

static GATE: Gate = Gate::closed();

#[signal(owned)]
struct Asked;

#[receiver(signal = Asked, background)]
fn takes_long(_: &Asked) {
    GATE.pass();
}

#[test]
fn a_slow_receiver_is_warned_about_once() {
    in_child_process(|| {
        let (collector, warnings) = Collector::new(Level::WARN);
        tracing::subscriber::set_global_default(collector).unwrap();
        background::configure(Settings::new().with_warn_after(Duration::from_millis(1))).unwrap();

        // While the later ones become slow, the first one is not warned of again.
        for _ in 0..10 {
            assert_eq!(Asked.send().deferred(), 1);
            let warning = warnings.recv_timeout(LONG).expect("a warning");
            assert!(
                warning.starts_with("a receiver in the background has been running for 1ms "),
                "{warning}"
            );
            assert!(
                warning.contains(" receiver=\"background::warning::takes_long\" "),
                "{warning}"
            );
        }
        GATE.open();
        assert!(background::drain(LONG).is_complete());
        assert!(warnings.try_recv().is_err());
    });
}
