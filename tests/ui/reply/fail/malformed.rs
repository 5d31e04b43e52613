#![allow(unused)]

use lback_signals::signal;

#[signal(reply)]
struct NoType;

#[signal(reply = )]
struct NoTypeEither;

#[signal(reply = "u32")]
struct InQuotes;

#[signal(reply(u32))]
struct InParentheses;

#[signal(reply = 7)]
struct AValue;

#[signal(reply = u32, reply = u64)]
struct Twice;

fn main() {}
