//! Capture of the model's signals.

use std::cell::RefCell;

use lback_auth::{
    UserEmailVerificationFailed, UserEmailVerificationTokenGenerated, UserEmailVerified,
    UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed,
    UserPasswordUpgraded,
};
use lback_signals::{Signal, receiver};

thread_local! {
    static SENT: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

#[receiver(signal = [
    UserPasswordSet,
    UserPasswordSetFailed,
    UserPasswordChecked,
    UserPasswordCheckFailed,
    UserPasswordUpgraded,
    UserEmailVerificationTokenGenerated,
    UserEmailVerified,
    UserEmailVerificationFailed,
])]
fn note<S: Signal>(_: &S) {
    SENT.with_borrow_mut(|sent| sent.push(S::info().name()));
}

/// Runs a call, and returns the names of its signals.
pub(crate) fn sent<T>(call: impl FnOnce() -> T) -> (T, Vec<&'static str>) {
    SENT.take();
    let returned = call();
    (returned, SENT.take())
}

/// Runs a call, and asserts that it sends exactly this signal.
#[track_caller]
pub(crate) fn sends<T>(signal: &str, call: impl FnOnce() -> T) -> T {
    let (returned, sent) = sent(call);
    assert_eq!(sent, [signal]);
    returned
}
