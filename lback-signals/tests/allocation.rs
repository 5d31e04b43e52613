//! A dispatch in which nothing fails allocates nothing.

use std::cell::Cell;

use lback_signals::{Context, FromSignal, Rejection, Signal, receiver, signal};

#[signal]
struct Counted<'a> {
    total: &'a Cell<u64>,
}

#[receiver(signal = Counted)]
fn counts(event: &Counted<'_>) -> Result<(), std::num::TryFromIntError> {
    let total = event.total.get() + 1;
    u8::try_from(total)?;
    event.total.set(total);
    Ok(())
}

struct Never;

impl FromSignal<'_, Counted<'_>> for Never {
    fn from_signal(_: &Counted<'_>, _: &Context) -> Result<Self, Rejection> {
        Err(Rejection::skip())
    }
}

#[receiver(signal = Counted)]
fn is_skipped(_: Never) {}

#[test]
fn nothing_is_allocated_while_nothing_fails() {
    let total = Cell::new(0);
    let event = Counted { total: &total };
    event.send(); // sorts the receivers, once
    let measured = allocation_counter::measure(|| {
        let report = event.send();
        assert_eq!((report.delivered(), report.skipped()), (1, 1));
        assert!(event.try_send().is_ok());
        assert!(report.into_result().is_ok());
    });
    assert_eq!(measured.count_total, 0);
    assert_eq!(total.get(), 3);
}
