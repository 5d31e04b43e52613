#![allow(unused)]

use std::sync::{Arc, Mutex};

use lback_signals::{Res, receiver, signal};

trait Mailer: Send + Sync {}

struct Tariff(u32);

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn by_value(_: &OrderPaid, tariff: Tariff) {}

#[receiver(signal = OrderPaid)]
fn by_reference(_: &OrderPaid, tariff: &Tariff) {}

#[receiver(signal = OrderPaid)]
fn shared(_: &OrderPaid, tariff: Arc<Tariff>) {}

#[receiver(signal = OrderPaid)]
fn boxed(_: &OrderPaid, mailer: Box<dyn Mailer>) {}

#[receiver(signal = OrderPaid)]
fn locked(_: &OrderPaid, total: &Mutex<u32>) {}

#[receiver(signal = OrderPaid)]
fn number(_: &OrderPaid, total: u32) {}

#[receiver(signal = OrderPaid)]
fn reference_to_res(_: &OrderPaid, tariff: &Res<'_, Tariff>) {}

#[receiver(signal = OrderPaid)]
fn optional_by_reference(_: &OrderPaid, tariff: Option<&Tariff>) {}

fn main() {}
