#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

struct Mailer;

mod mail {}

#[receiver(signal = OrderPaid, after(Mailer))]
fn unit_struct(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after(OrderPaid))]
fn signal_itself(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after(mail))]
fn module(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after(helper))]
fn no_receiver(_: &OrderPaid) {}

fn helper() {}

fn main() {}
