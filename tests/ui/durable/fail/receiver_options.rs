//! The options of a durable receiver.

#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

#[signal(durable(name = "order.paid", version = 1))]
struct OrderPaid;

#[signal(durable(name = "order.refunded", version = 1))]
struct OrderRefunded;

#[receiver(signal = [OrderPaid, OrderRefunded], durable(name = "two"))]
fn two<S: Signal>(_: &S) {}

#[receiver(signal = OrderPaid, durable(name = "generic"))]
fn generic<S: Signal>(_: &S) {}

#[receiver(signal = OrderPaid, durable(name = "timeout", timeout = "30s"))]
fn timeout(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "commit"), after_commit)]
async fn commit(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "rollback"), after_rollback)]
fn rollback(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "background"), background)]
fn background(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "first"), first)]
fn first(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "last"), last, after(first), before(rollback))]
fn last(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "after"), after(first))]
fn after(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "zeros", attempts = 0, concurrency = 0))]
fn zeros(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "numbers", attempts = "3", concurrency = 4294967296))]
fn numbers(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "short", backoff("2h", max = "1h")))]
fn short(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "long", backoff("2h")))]
fn long(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "shape", backoff = "2s"))]
fn shape(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "shapes", backoff("2s", "1h")))]
fn shapes(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "empty", backoff()))]
fn empty(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "unit", timeout = "30"))]
async fn unit(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "zero", timeout = "0s"))]
async fn zero(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "number", timeout = 30))]
async fn number(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, durable(name = "unknown", timout = "30s", priority = 3))]
async fn unknown(_: &OrderPaid) {}

fn main() {}
