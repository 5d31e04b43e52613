//! The options of the phases, and what they cannot be joined with.

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(owned)]
struct OrderPaid;

#[receiver(signal = OrderPaid, after_commit, after_rollback)]
fn both(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after_commit, after_commit)]
fn twice(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after_commit = true)]
fn with_value(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after_comit)]
fn misspelt(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after_commit)]
async fn asynchronous(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after_rollback)]
async fn asynchronous_too(_: &OrderPaid) {}

#[signal(owned, required)]
struct PaymentDue;

#[receiver(signal = PaymentDue, fulfills, after_rollback)]
fn take_money(_: &PaymentDue) {}

fn main() {}
