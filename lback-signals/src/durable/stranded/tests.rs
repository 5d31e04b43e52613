//! Tests each reason and its text.

use super::{StoredForm, StrandedReason};
use crate::wiring::AcceptedForms;

const LOCK: &str = "\
durable signal order.paid v3 (accepts 2 to 3, was order_paid) is shop::OrderPaid, stored as 7f3a19c2
durable signal order.refunded v1 is shop::OrderRefunded, stored as 7f3a19c2
durable send-receipt (was mail-receipt) of order.paid by shop::mail::send_receipt, attempts 20
durable book of order.refunded by shop::book, attempts 20
retired push-legacy
";

fn form(receiver: &str, signal: &str, version: u32, pending: u64, dead: u64) -> StoredForm {
    StoredForm {
        receiver: receiver.to_owned(),
        signal: signal.to_owned(),
        version,
        pending,
        dead,
    }
}

fn reasons(forms: &[StoredForm]) -> Vec<StrandedReason> {
    let accepted = AcceptedForms::from_lock(LOCK).unwrap();
    let stranded = accepted.stranded(forms).into_iter();
    stranded.map(|it| it.reason).collect()
}

#[test]
fn accepted_deliveries_are_not_stranded() {
    let forms = [
        form("send-receipt", "order.paid", 3, 1, 0),
        form("send-receipt", "order_paid", 2, 1, 0),
        form("mail-receipt", "order.paid", 2, 1, 0),
        form("book", "order.refunded", 1, 1, 0),
        // Workers discard it, whatever it is.
        form("push-legacy", "order.cancelled", 9, 1, 1),
        // No receiver takes a dead letter.
        form("gone", "order.paid", 3, 0, 7),
    ];
    assert_eq!(reasons(&forms), []);
}

#[test]
fn each_reason_says_what_to_do() {
    let forms = [
        form("gone", "order.paid", 3, 12, 0),
        form("book", "order_refunded", 1, 1, 1),
        form("book", "order.paid", 3, 2, 2),
        form("mail-receipt", "order_paid", 1, 3, 0),
        form("send-receipt", "order.paid", 4, 4, 0),
    ];
    let accepted = AcceptedForms::from_lock(LOCK).unwrap();
    let stranded = accepted.stranded(&forms);
    let texts: Vec<_> = stranded.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "12 deliveries of `order.paid` v3 for `gone`: no receiver has the name; after a rename, write \
             `was(\"gone\")` in its `durable(…)`; after a removal, write `lback_signals::retire!(\"gone\");`; if this \
             program lacks a crate, link it",
            "1 delivery and 1 dead letter of `order_refunded` v1 for `book`: no signal has the name, and the receiver \
             takes `order.refunded`; after a rename, write `was(\"order_refunded\")` in the `durable(…)` of the signal",
            "2 deliveries and 2 dead letters of `order.paid` v3 for `book`: the receiver takes `order.refunded`; give \
             it another name, and write `lback_signals::retire!(\"book\");`, or keep a receiver of `order.paid` with \
             the name",
            "3 deliveries of `order_paid` v1 for `mail-receipt`: the program reads versions from 2; write \
             `upcast(1 = …)` in the `durable(…)` of the signal, or run a worker of the earlier program until they \
             are delivered",
            "4 deliveries of `order.paid` v4 for `send-receipt`: the program reads versions up to 3; run a worker of \
             the later program until they are delivered",
        ]
    );
    assert_eq!(
        reasons(&forms[3..]),
        [
            StrandedReason::TooOld { oldest: 2 },
            StrandedReason::TooNew { newest: 3 }
        ]
    );
}
