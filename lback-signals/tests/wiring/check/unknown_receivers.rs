//! Constraints that name a function which does not receive the signal.

use lback_signals::{Signal, receiver, signal};

use super::texts_of;

#[signal]
pub(super) struct Opened;

#[signal]
pub(super) struct Shut;

#[signal]
pub(super) struct Other;

#[receiver(signal = Other)]
fn hears_another(_: &Other) {}

fn hears_nothing() {}

#[receiver(signal = Opened)]
fn hears_one(_: &Opened) {}

#[receiver(
    signal = [Opened, Shut],
    after(hears_one),
    before(hears_nothing),
)]
fn hears_both<S: Signal>(_: &S) {}

#[receiver(signal = Opened, before(self::hears_another))]
fn is_ordered_by_another(_: &Opened) {}

/// Each of the two attributes orders its own signal.
#[receiver(signal = Shut, after(hears_one))]
#[receiver(signal = Opened, after(hears_one))]
fn has_two_attributes<S: Signal>(_: &S) {}

#[test]
fn a_path_to_a_function_that_does_not_receive_the_signal_is_found() {
    let text = |receiver, path, signal| {
        format!(
            "`wiring::check::unknown_receivers::{receiver}` (lback-signals/tests/wiring/check/unknown_receivers.rs) \
             is ordered by `{path}`, which does not receive `{signal}`: remove the path, or \
             add the signal to its `#[receiver]`"
        )
    };
    assert_eq!(
        texts_of("unknown_receivers"),
        [
            text("hears_both", "hears_nothing", "opened"),
            text("is_ordered_by_another", "self::hears_another", "opened"),
            text("has_two_attributes", "hears_one", "shut"),
            text("hears_both", "hears_nothing", "shut"),
        ]
    );
    assert_eq!(Opened.send().delivered(), 4);
    assert_eq!(Shut.send().delivered(), 2);
    assert_eq!(Other.send().delivered(), 1);
}
