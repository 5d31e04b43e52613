//! Receivers that rely on the receivers of another signal.

use lback_signals::{Context, FromSignal, Needs, Rejection, Signal, receiver, signal};

use super::texts_of;

#[signal]
struct Due;

#[signal]
struct Received;

#[receiver(signal = Received)]
fn receive(_: &Received) {}

/// Declares that a receiver sends both.
struct Both;

impl<S: Signal> FromSignal<'_, S> for Both {
    fn from_signal(_: &S, _: &Context) -> Result<Self, Rejection> {
        Ok(Self)
    }

    fn needs(needs: &mut Needs) {
        needs.receivers_of::<Due>();
        needs.receivers_of::<Received>();
    }
}

#[signal]
struct Invited;

#[receiver(signal = Invited)]
#[allow(clippy::needless_pass_by_value)]
fn invite(_: &Invited, _: Both) {
    assert_eq!(Due.send().delivered(), 0);
}

#[test]
fn a_signal_without_a_receiver_is_found() {
    assert_eq!(
        texts_of("unheard"),
        [
            "`wiring::check::unheard::invite` (lback-signals/tests/wiring/check/unheard.rs) sends `due`, which has no \
             receiver: write a `#[receiver]` of `wiring::check::unheard::Due` \
             (lback-signals/tests/wiring/check/unheard.rs), or name the crate that has one with \
             `lback_signals::link!`"
        ]
    );
    // It is called nevertheless.
    assert_eq!(Invited.send().delivered(), 1);
}
