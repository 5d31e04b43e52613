//! Tests a problem that the linker rejects on the tested platforms.

use std::any::TypeId;
use std::sync::LazyLock;

use crate::info::{
    Declaration, Introspection, ReceiverInfo, ReceiverOptions, SignalDeclaration, SignalInfo,
};
use crate::wiring::{Wiring, WiringProblem};

static CANCELLING: SignalInfo = SignalInfo::__new(SignalDeclaration {
    type_path: "shop::Cancelling",
    file: "shop.rs",
    line: 3,
    is_required: true,
    receivers: || RECEIVERS.iter().collect(),
    ..SignalDeclaration::EMPTY
});

static FULFILLING: ReceiverOptions = ReceiverOptions::new().fulfills();

static DECLARATIONS: [Declaration; 3] = [
    Declaration::new(
        "bank::refund@bank.rs:7:1",
        Introspection::Plain(TypeId::of::<u8>()),
        &FULFILLING,
    ),
    Declaration::new(
        "bank::note@bank.rs:9:1",
        Introspection::Plain(TypeId::of::<u16>()),
        ReceiverOptions::NONE,
    ),
    Declaration::new(
        "cash::refund@cash.rs:8:1",
        Introspection::Plain(TypeId::of::<u32>()),
        &FULFILLING,
    ),
];

static RECEIVERS: LazyLock<[ReceiverInfo; 3]> = LazyLock::new(|| {
    DECLARATIONS
        .each_ref()
        .map(|it| ReceiverInfo::new(&CANCELLING, it, false))
});

#[test]
fn a_required_signal_that_two_receivers_fulfill_is_found_with_both() {
    let wiring = Wiring {
        signals: vec![&CANCELLING],
        ..crate::wiring()
    };
    let problems = wiring.check().unwrap_err();
    let [problem @ WiringProblem::FulfilledTwice { signal, receivers }] = problems.as_slice()
    else {
        panic!("{problems:?}");
    };
    assert_eq!(signal.type_path(), "shop::Cancelling");
    assert_eq!(receivers.len(), 2);
    assert_eq!(
        problem.to_string(),
        "`shop::Cancelling` (shop.rs:3) is fulfilled by more than one receiver: \
         `bank::refund` (bank.rs:7), `cash::refund` (cash.rs:8); remove `fulfills` from all except one"
    );
}
