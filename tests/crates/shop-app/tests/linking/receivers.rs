//! Receivers in another crate are found at link time, in an order that no build changes.

use std::cell::RefCell;

use lback_signals::{FailureKind, Signal, receiver};
use shop_signals::{OrderPaid, OrderRefunded};

#[receiver(signal = OrderPaid)]
fn hears_from_the_test(event: &OrderPaid<'_>) {
    event.notes.borrow_mut().push("test");
}

#[test]
fn private_receivers_of_a_named_crate_are_called_in_the_order_of_their_ids() {
    let notes = RefCell::default();
    OrderPaid { notes: &notes }.send();
    assert_eq!(
        notes.into_inner(),
        [
            "test",
            "a::deep::writes",
            "a::writes",
            "b::fails",
            "b::panics",
            "b::sees_all",
        ],
    );
}

#[test]
fn the_metadata_lists_the_same_receivers() {
    let ids: Vec<_> = OrderPaid::info()
        .receivers()
        .iter()
        .map(|receiver| (receiver.id(), receiver.crate_name(), receiver.module()))
        .collect();
    assert_eq!(
        ids,
        [
            (
                "linking::receivers::hears_from_the_test",
                "linking",
                "linking::receivers"
            ),
            (
                "shop_receivers::a::deep::writes",
                "shop_receivers",
                "shop_receivers::a::deep",
            ),
            (
                "shop_receivers::a::writes",
                "shop_receivers",
                "shop_receivers::a"
            ),
            (
                "shop_receivers::b::fails",
                "shop_receivers",
                "shop_receivers::b"
            ),
            (
                "shop_receivers::b::panics",
                "shop_receivers",
                "shop_receivers::b"
            ),
            (
                "shop_receivers::b::sees_all",
                "shop_receivers",
                "shop_receivers::b"
            ),
        ],
    );
}

#[test]
fn failures_and_panics_stop_neither_other_receivers_nor_the_sender() {
    let notes = RefCell::default();
    let report = OrderPaid { notes: &notes }.send();
    assert_eq!(report.delivered(), 4);
    let [fails, panics] = report.failures() else {
        panic!("{report:?}");
    };
    assert_eq!(fails.receiver().id(), "shop_receivers::b::fails");
    assert!(matches!(fails.kind(), FailureKind::Error(error) if error.to_string() == "no paper"));
    assert_eq!(panics.receiver().id(), "shop_receivers::b::panics");
    assert!(matches!(panics.kind(), FailureKind::Panic(message) if message == "no printer"));
}

#[test]
fn a_strict_sender_gets_the_first_failure_and_the_rest_does_not_run() {
    let notes = RefCell::default();
    let failure = OrderPaid { notes: &notes }.try_send().unwrap_err();
    assert_eq!(failure.receiver().id(), "shop_receivers::b::fails");
    assert_eq!(
        notes.into_inner(),
        ["test", "a::deep::writes", "a::writes", "b::fails"],
    );
}

#[test]
fn a_generic_receiver_hears_each_signal_that_it_lists() {
    let notes = RefCell::default();
    let report = OrderRefunded { notes: &notes }.send();
    assert_eq!(report.delivered(), 1);
    assert_eq!(notes.into_inner(), ["b::sees_all"]);
}

#[test]
fn every_linked_signal_is_listed_with_its_place() {
    let shop: Vec<_> = lback_signals::wiring()
        .signals()
        .iter()
        .filter(|signal| signal.type_path().starts_with("shop_signals::"))
        .map(|signal| (signal.name(), signal.file(), signal.docs()))
        .collect();
    let file = "tests/crates/shop-signals/src/lib.rs";
    assert_eq!(
        shop,
        [
            ("order_paid", file, "An order has been paid."),
            (
                "order_refunded",
                file,
                "An order has been refunded. Only receivers of all signals of an order receive it.",
            ),
            ("order_sent", file, "An order has been sent."),
            (
                "payment_due",
                file,
                "Money is due: what sends this does not link without the one receiver that takes it.",
            ),
        ],
    );
}
