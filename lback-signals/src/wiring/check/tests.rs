//! What a linker that was not tried would let through.

use std::any::TypeId;

use crate::describe::Description;
use crate::receiver_info::{Declaration, ReceiverInfo};
use crate::signal_info::{SignalDeclaration, SignalInfo};
use crate::wiring::Wiring;
use crate::wiring::WiringProblem;

static CANCELLING: SignalInfo = SignalInfo::__new(SignalDeclaration {
    name: "cancelling",
    is_named: false,
    type_path: "shop::Cancelling",
    docs: "",
    file: "shop.rs",
    line: 3,
    fields: &[],
    sender_model: || None,
    reply: None,
    is_required: true,
    receivers: || vec![&REFUND, &NOTE, &REFUND_AGAIN],
});

static REFUND: ReceiverInfo = ReceiverInfo::new(
    &CANCELLING,
    Declaration::new(
        "bank::refund",
        "bank.rs",
        7,
        1,
        Description::Plain(TypeId::of::<u8>()),
    )
    .fulfills(),
);

static NOTE: ReceiverInfo = ReceiverInfo::new(
    &CANCELLING,
    Declaration::new(
        "bank::note",
        "bank.rs",
        9,
        1,
        Description::Plain(TypeId::of::<u16>()),
    ),
);

static REFUND_AGAIN: ReceiverInfo = ReceiverInfo::new(
    &CANCELLING,
    Declaration::new(
        "cash::refund",
        "cash.rs",
        8,
        1,
        Description::Plain(TypeId::of::<u32>()),
    )
    .fulfills(),
);

#[test]
fn a_required_signal_that_two_receivers_fulfill_is_found_with_both() {
    let wiring = Wiring {
        signals: vec![&CANCELLING],
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
         `bank::refund` (bank.rs:7), `cash::refund` (cash.rs:8)"
    );
}
