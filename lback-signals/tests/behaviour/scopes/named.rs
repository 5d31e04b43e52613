//! Scopes that name functions which are not receivers.

use std::panic::catch_unwind;

use lback_signals::{Scope, Signal, receiver, signal};

#[signal]
struct OrderPaid;

#[signal]
struct OrderRefunded;

#[receiver(signal = OrderPaid)]
fn count<S: Signal>(_: &S) {}

fn send_receipt(_: &OrderPaid) {}

#[cfg_attr(any(), receiver(signal = OrderPaid))]
fn configured_out(_: &OrderPaid) {}

/// Returns the message with which `name` panics.
fn refusal(name: impl FnOnce() -> Scope + std::panic::UnwindSafe) -> String {
    let panic = catch_unwind(name).expect_err("it is no receiver");
    *panic.downcast::<String>().unwrap()
}

#[test]
fn naming_a_function_that_is_no_receiver_panics() {
    let message = refusal(|| Scope::new().mute(send_receipt));
    assert_eq!(
        message,
        "`behaviour::scopes::named::send_receipt` is not a receiver of any signal: name a function \
         that has `#[receiver(signal = …)]`, and a generic one with the signal that it receives, \
         `count::<OrderPaid>`",
    );
    for message in [
        refusal(|| Scope::new().only(send_receipt)),
        refusal(|| Scope::new().mute(configured_out)),
        refusal(|| Scope::new().only(count::<OrderPaid>).only(configured_out)),
        refusal(|| Scope::new().mute(|| ())),
        refusal(|| Scope::new().mute(OrderPaid::send)),
    ] {
        assert!(
            message.contains(" is not a receiver of any signal"),
            "{message}"
        );
    }
}

#[test]
fn a_generic_function_is_a_receiver_only_of_the_signals_that_it_lists() {
    let report = Scope::new()
        .mute(count::<OrderPaid>)
        .run(|| OrderPaid.send());
    assert_eq!(report.skipped(), 1);
    let message = refusal(|| Scope::new().mute(count::<OrderRefunded>));
    assert!(
        message.contains("count<behaviour::scopes::named::OrderRefunded>"),
        "{message}"
    );
    let message = refusal(|| Scope::new().only(count::<OrderRefunded>));
    assert!(message.contains("OrderRefunded"), "{message}");
}
