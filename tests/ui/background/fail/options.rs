//! The option, and what goes with it.

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(owned)]
struct OrderPaid;

#[receiver(signal = OrderPaid, background = true)]
fn with_value(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, background, background)]
fn twice(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, backround)]
fn misspelt(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after_commit)]
async fn after_commit(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after_rollback)]
async fn after_rollback(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after_commit, after_rollback, background)]
async fn both(_: &OrderPaid) {}

fn main() {}
