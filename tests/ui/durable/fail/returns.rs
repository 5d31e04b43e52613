//! The return types of a durable receiver.

#![allow(unused)]

use std::error::Error;

use lback_signals::durable::DeliveryError;
use lback_signals::{receiver, signal};

#[signal(durable(name = "order.paid", version = 1))]
struct OrderPaid;

struct NoError;

#[receiver(signal = OrderPaid, durable(name = "number"))]
fn number(_: &OrderPaid) -> u32 {
    1
}

#[receiver(signal = OrderPaid, durable(name = "number-too"))]
async fn number_too(_: &OrderPaid) -> Result<u32, DeliveryError> {
    Ok(1)
}

#[receiver(signal = OrderPaid, durable(name = "no-error"))]
async fn no_error(_: &OrderPaid) -> Result<(), NoError> {
    Ok(())
}

#[receiver(signal = OrderPaid, durable(name = "not-send"))]
fn not_send(_: &OrderPaid) -> Result<(), Box<dyn Error>> {
    Ok(())
}

fn main() {}
