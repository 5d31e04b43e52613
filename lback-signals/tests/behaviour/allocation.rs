//! A dispatch without failures does not allocate.

use std::any::Any;
use std::cell::Cell;
use std::sync::Arc;

use lback_signals::{
    Context, FromSignal, Rejection, Res, SenderAs, SentBy, Signal, provide, provide_dyn, receiver,
    signal,
};

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
fn a_dispatch_without_failures_does_not_allocate() {
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

trait Document: Any {}

impl<T: Document> SenderAs<T> for dyn Document {
    fn sender_as(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }
}

struct Invoice(u64);
struct Letter;

impl Document for Invoice {}
impl Document for Letter {}

#[signal]
struct Printed<'a> {
    #[sender]
    document: &'a dyn Document,
    total: &'a Cell<u64>,
}

struct Tariff(u64);
struct Discount;

trait Rounding: Send + Sync {
    fn round(&self, cents: u64) -> u64;
}

struct Down;

impl Rounding for Down {
    fn round(&self, cents: u64) -> u64 {
        cents / 100 * 100
    }
}

#[receiver(signal = Printed, last)]
fn books(
    invoice: SentBy<'_, Invoice>,
    event: &Printed<'_>,
    tariff: Res<'_, Tariff>,
    rounding: Res<'_, dyn Rounding>,
    discount: Option<Res<'_, Discount>>,
) {
    assert!(discount.is_none());
    let cents = rounding.round(invoice.0 * tariff.0);
    event.total.set(event.total.get() + cents);
}

#[receiver(signal = Printed)]
fn files(_: SentBy<'_, Letter>) {
    unreachable!("no letter is printed");
}

#[test]
fn senders_resources_and_skipped_receivers_do_not_allocate() {
    provide(Tariff(7)).unwrap();
    provide_dyn::<dyn Rounding>(Arc::new(Down)).unwrap();
    let total = Cell::new(0);
    let event = Printed {
        document: &Invoice(50),
        total: &total,
    };
    event.send(); // sorts the receivers, once
    let measured = allocation_counter::measure(|| {
        let report = event.send();
        assert_eq!((report.delivered(), report.skipped()), (1, 1));
        assert!(event.try_send().is_ok());
    });
    assert_eq!(measured.count_total, 0);
    assert_eq!(total.get(), 900);
}

#[signal(reply = u64)]
struct Asked<'a> {
    #[sender]
    document: &'a dyn Document,
}

#[receiver(signal = Asked)]
fn answers(invoice: SentBy<'_, Invoice>) -> u64 {
    invoice.0
}

#[test]
fn a_signal_with_a_reply_type_does_not_allocate_without_replies() {
    let invoice = Asked {
        document: &Invoice(7),
    };
    assert_eq!(invoice.send().replies().len(), 1);
    let letter = Asked { document: &Letter };
    let measured = allocation_counter::measure(|| {
        let report = letter.send();
        assert_eq!((report.skipped(), report.replies().len()), (1, 0));
    });
    assert_eq!(measured.count_total, 0);
}
