//! Takes the money: the crate that a binary must not forget to name.

use lback_signals::receiver;
use shop_receivers::parcel;
use shop_signals::{OrderSent, PaymentDue};

#[receiver(signal = PaymentDue, fulfills)]
fn take_money(event: &PaymentDue<'_>) {
    event.notes.borrow_mut().push("take_money");
}

#[receiver(signal = OrderSent, before(parcel::weigh))]
fn stamp(event: &OrderSent<'_>) {
    event.notes.borrow_mut().push("stamp");
}
