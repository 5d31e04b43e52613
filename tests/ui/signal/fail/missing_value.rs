#![allow(unused)]

use lback_signals::signal;

#[signal(name)]
struct NoName;

#[signal(name =)]
struct NoValue;

#[signal(name("order_paid"))]
struct Parentheses;

#[signal(crate)]
struct NoPath;

#[signal(crate = )]
struct NoPathEither;

#[signal(crate = "lback_signals")]
struct AString;

#[signal(name = "order_paid" crate = lback_signals)]
struct NoComma;

fn main() {}
