//! A receiver with `order = key` needs a signal with a key.

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(durable(name = "order.paid", version = 1))]
struct OrderPaid<'a> {
    #[key]
    order: u64,
    email: &'a str,
}

#[signal(durable(name = "backup.done", version = 1))]
struct BackupDone<'a> {
    host: &'a str,
}

#[signal]
struct NotDurable;

#[receiver(signal = BackupDone, durable(name = "unordered", order = key))]
fn unordered(_: &BackupDone<'_>) {}

#[receiver(signal = BackupDone, durable(name = "unordered-too", order = key, on_dead = block))]
async fn unordered_too(_: &BackupDone<'_>) {}

#[receiver(signal = NotDurable, durable(name = "not-durable", order = key))]
fn not_durable(_: &NotDurable) {}

#[receiver(signal = OrderPaid, durable(name = "block", on_dead = block))]
fn block(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid, durable(name = "field", order = order))]
fn field(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid, durable(name = "alone", order))]
fn alone(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid, durable(name = "stop", order = key, on_dead = "block"))]
fn stop(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid, durable(name = "ordered", order = key, on_dead = skip))]
fn ordered(_: &OrderPaid<'_>) {}

fn main() {}
