//! A small program. The expected texts contain the line numbers of these items.

use std::sync::Once;

use lback_signals::{Res, SentBy, Signal, Wiring, provide, receiver, signal, wiring};

pub(crate) struct Order;
pub(crate) struct Tariff(u32);
pub(crate) trait Mailer<T: ?Sized>: Send + Sync {}

/// An order has been paid.
///
/// "In full" & <at once>.
#[signal]
pub(crate) struct OrderPaid<'a> {
    #[sender]
    order: &'a Order,
    codes: [&'a str; "\"<&>\\".len()],
    amount_cents: u64,
    notes: Option<&'a [String]>,
}

#[signal(name = "tax", reply = Option<u32>, required)]
pub(crate) struct TaxAsked;

#[signal]
#[expect(dead_code, reason = "it is neither sent nor received")]
pub(crate) struct Übergangen {
    at: std::time::SystemTime,
}

#[signal(owned, required)]
pub(crate) struct Shipped {
    parcels: u8,
}

#[receiver(signal = [OrderPaid, TaxAsked], last)]
fn count<S: Signal>(_: &S, _: Option<Res<'_, Tariff>>) -> Result<S::Reply, String> {
    Err("counted".to_owned())
}

#[receiver(signal = OrderPaid, before(send_receipt))]
fn write_audit_line(event: &OrderPaid<'_>) {
    let _ = (event.order, event.codes, event.amount_cents, event.notes);
}

#[receiver(signal = OrderPaid, first)]
fn send_receipt(_: &OrderPaid<'_>, _: Res<'_, dyn Mailer<[&'static str]>>, _: Res<'_, Tariff>) {}

#[receiver(signal = OrderPaid, first, before(bill))]
fn ship(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid, after(ship, self::write_audit_line))]
fn bill(_: SentBy<'_, Order>, _: Res<'_, dyn Mailer<[&'static str]>>, _: Option<Res<'_, Tariff>>) {}

#[receiver(signal = TaxAsked, fulfills)]
fn tax(_: &TaxAsked, tariff: Res<'_, Tariff>) -> Option<u32> {
    (tariff.0 > 0).then_some(tariff.0)
}

#[receiver(signal = Shipped, fulfills)]
fn book(event: &Shipped) {
    let _ = event.parcels;
}

#[receiver(signal = Shipped, after_rollback)]
fn call_back(_: &Shipped) {}

#[receiver(signal = Shipped, after_commit, after(tell_carrier))]
fn tell_buyer(_: &Shipped, _: Res<'_, Tariff>) {}

#[receiver(signal = Shipped, after_commit)]
fn tell_carrier(_: &Shipped) {}

#[receiver(signal = Shipped, after_commit, first, before(tell_carrier))]
fn weigh(_: &Shipped, _: Res<'_, dyn Mailer<[&'static str]>>) {}

/// Returns the wiring with a tariff that is provided, and a mailer that is not.
pub(crate) fn provided_wiring() -> Wiring {
    static TARIFF: Once = Once::new();
    TARIFF.call_once(|| provide(Tariff(19)).expect("the only one"));
    wiring()
}
