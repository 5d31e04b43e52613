#![allow(unused)]

use lback_auth::UserPasswordSet;
use lback_signals::{SentBy, receiver, signal};

struct Order;
struct Customer;

#[signal]
struct OrderPaid<'a> {
    #[sender]
    order: &'a Order,
}

#[signal]
struct Greeted<'a> {
    #[sender]
    name: &'a str,
}

#[signal]
struct ShopClosed;

#[receiver(signal = OrderPaid)]
fn another_type(customer: SentBy<'_, Customer>) {}

#[receiver(signal = OrderPaid)]
fn reference(order: SentBy<'_, &Order>) {}

#[receiver(signal = Greeted)]
fn string_for_str(name: SentBy<'_, String>) {}

#[receiver(signal = ShopClosed)]
fn no_sender(order: SentBy<'_, Order>) {}

#[receiver(signal = UserPasswordSet)]
fn no_account(customer: SentBy<'_, Customer>) {}

fn main() {}
