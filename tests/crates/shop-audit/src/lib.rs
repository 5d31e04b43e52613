//! Receivers that keep an eye on those of another crate, in one that knows the core as `events`.

use events::receiver;
use shop_receivers::parcel;
use shop_signals::OrderSent;

#[receiver(signal = OrderSent, after(parcel::label), crate = events)]
fn check_label(event: &OrderSent<'_>) {
    event.notes.borrow_mut().push("check_label");
}

#[receiver(signal = OrderSent, last, crate = events)]
fn archive(event: &OrderSent<'_>) {
    event.notes.borrow_mut().push("archive");
}
