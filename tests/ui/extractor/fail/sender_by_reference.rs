#![allow(unused)]

use lback_auth::{AuthUser, User, UserPasswordSet};
use lback_signals::{receiver, signal};

struct Order;

#[signal]
struct OrderPaid<'a> {
    #[sender]
    order: &'a Order,
    cents: u32,
}

#[receiver(signal = OrderPaid)]
fn order_itself(order: &Order) {}

#[receiver(signal = OrderPaid)]
fn fields(order: &Order, cents: u32) {}

#[receiver(signal = UserPasswordSet)]
fn user(user: &User) {}

#[receiver(signal = UserPasswordSet)]
fn account(user: &dyn AuthUser) {}

fn main() {}
