//! The types of earlier payloads.

#![allow(unused)]

use lback_signals::serde::Deserialize;
use lback_signals::signal;

#[derive(Deserialize)]
#[serde(crate = "lback_signals::serde")]
struct V1 {
    order: u64,
}

struct NotRead;

impl From<NotRead> for UnreadOwned {
    fn from(_: NotRead) -> Self {
        Self { order: 0 }
    }
}

#[signal(durable(name = "not-converted", version = 2, upcast(1 = V1)))]
struct NotConverted {
    order: u64,
}

#[signal(durable(name = "unread", version = 2, upcast(1 = NotRead)))]
struct Unread {
    order: u64,
}

#[signal(durable(name = "gap", version = 4, upcast(1 = V1, 3 = V1)))]
struct Gap;

#[signal(durable(name = "descending", version = 3, upcast(2 = V1, 1 = V1)))]
struct Descending;

#[signal(durable(name = "left-out", version = 3, upcast(1 = V1)))]
struct LeftOut;

#[signal(durable(name = "current", version = 1, upcast(1 = V1)))]
struct Current;

#[signal(durable(name = "zero", version = 1, upcast(0 = V1)))]
struct Zero;

#[signal(durable(name = "no-types", version = 2, upcast))]
struct NoTypes;

#[signal(durable(name = "no-version", version = 2, upcast(V1)))]
struct NoVersion;

fn main() {}
