//! A field that cannot be stored is one error at its type.

#![allow(unused)]

use std::rc::Rc;
use std::sync::Arc;

use lback_signals::schemars::JsonSchema;
use lback_signals::serde::{Deserialize, Serialize};
use lback_signals::{Signal, receiver, signal};

struct Unserializable;

#[derive(Clone, Serialize)]
#[serde(crate = "lback_signals::serde")]
struct WriteOnly;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "lback_signals::schemars")]
struct NotClone;

#[derive(Clone, Serialize, Deserialize)]
#[serde(crate = "lback_signals::serde")]
struct WithoutSchema;

trait Shape: 'static {}

#[signal(durable(name = "plain", version = 1))]
struct Plain {
    value: Unserializable,
}

#[signal(durable(name = "behind-a-reference", version = 1))]
struct BehindAReference<'a> {
    value: &'a Unserializable,
}

#[signal(durable(name = "write-only", version = 1))]
struct ReadBack<'a> {
    #[sender]
    one: &'a WriteOnly,
    many: &'a [WriteOnly],
    option: Option<WriteOnly>,
    good: u32,
}

#[signal(durable(name = "others", version = 1))]
struct Others<'a> {
    not_clone: NotClone,
    without_schema: &'a WithoutSchema,
    not_send: Rc<u8>,
    shape: &'a dyn Shape,
    function: fn(u32),
}

#[receiver(signal = Others, durable(name = "hear-others"))]
fn hear_others(_: &Others<'_>) {}

#[receiver(signal = Plain, background)]
fn hear(_: &Plain) {}

fn main() {
    Plain { value: Unserializable }.send();
}
