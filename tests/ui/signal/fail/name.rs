#![allow(unused)]

use lback_signals::signal;

#[signal(name = order_paid)]
struct NotAString;

#[signal(name = 7)]
struct ANumber;

#[signal(name = b"order_paid")]
struct Bytes;

#[signal(name = "")]
struct Empty;

#[signal(name = "order paid")]
struct WithASpace;

#[signal(name = "order\npaid")]
struct TwoLines;

#[signal(name = concat!("order", "_paid"))]
struct Computed;

fn main() {}
