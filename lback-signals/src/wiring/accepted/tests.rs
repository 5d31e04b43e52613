//! Tests that a lock is read as the wiring that wrote it.

use super::{AcceptedForms, LockError};

const LOCK: &str = "\
# The signals of this program and their receivers, in the order in which they run.
shop::OrderPaid is sent as `order_paid` with order: u64; owned
shop::OrderPaid is received by shop::mail::send_receipt, durable, async
# The durable signals and receivers, as outboxes store them.
durable signal order.paid v2 (accepts 1 to 2, was order_paid) is shop::OrderPaid, key order, stored as 7f3a19c2
durable send-receipt (was mail-receipt) of order.paid by shop::mail::send_receipt, order key, attempts 20
retired push-legacy
";

#[test]
fn a_lock_has_the_names_and_versions() {
    let forms = AcceptedForms::from_lock(LOCK).unwrap();
    for receiver in ["send-receipt", "mail-receipt"] {
        let signal = forms.signal_of(receiver).unwrap();
        assert_eq!((signal.oldest_version, signal.version), (1, 2));
        assert_eq!(signal.name(), "order.paid");
        assert!(signal.has_name("order_paid"));
        assert!(!forms.is_retired(receiver));
    }
    assert!(forms.knows_signal("order.paid") && forms.knows_signal("order_paid"));
    assert!(forms.signal_of("push-legacy").is_none());
    assert!(forms.is_retired("push-legacy"));
    assert_eq!(AcceptedForms::from_lock(""), Ok(AcceptedForms::default()));
}

#[test]
fn a_text_that_is_not_a_lock_is_an_error_with_the_line() {
    let of_later_release = LOCK.replace("retired ", "moved ");
    let error = AcceptedForms::from_lock(&of_later_release).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 7 of the lock is not known: `moved push-legacy`; remove it, or read the lock with the release of \
         lback-signals that has written it"
    );
    let without_signal = LOCK.replace("durable signal", "# durable signal");
    let error = AcceptedForms::from_lock(&without_signal).unwrap_err();
    let signal = "order.paid".to_owned();
    let receiver = "send-receipt".to_owned();
    assert_eq!(error, LockError::UnknownSignal { receiver, signal });
    assert!(
        error.to_string().contains("UPDATE_SIGNALS_LOCK=1"),
        "{error}"
    );
}
