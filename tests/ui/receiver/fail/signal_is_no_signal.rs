#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

struct Order;
enum Colour {}
trait Shape {}
struct Line<'a, T>(&'a T);

#[signal]
struct OrderPaid;

#[receiver(signal = Order)]
fn on_order(event: &Order) {}

#[receiver(signal = Colour)]
fn on_colour(event: &Colour) {}

#[receiver(signal = u32)]
fn on_number(event: &u32) {}

#[receiver(signal = [OrderPaid, Order])]
fn on_several<S: Signal>(event: &S) {}

fn main() {
    OrderPaid.send();
}
