//! One receiver that takes no, one and two resources.

use std::cell::Cell;
use std::hint::black_box;

use lback_signals::{Res, Signal, provide, receiver, signal};

use crate::harness::Group;

thread_local! { static TOTAL: Cell<u64> = const { Cell::new(0) } }

struct Tariff(u64);
struct Discount(u64);

#[signal]
struct WithNone {
    amount: u64,
}

#[receiver(signal = WithNone)]
fn with_none(event: &WithNone) {
    TOTAL.set(TOTAL.get().wrapping_add(event.amount));
}

#[signal]
struct WithOne {
    amount: u64,
}

#[receiver(signal = WithOne)]
fn with_one(event: &WithOne, tariff: Res<'_, Tariff>) {
    TOTAL.set(TOTAL.get().wrapping_add(event.amount + tariff.0));
}

#[signal]
struct WithTwo {
    amount: u64,
}

#[receiver(signal = WithTwo)]
fn with_two(event: &WithTwo, tariff: Res<'_, Tariff>, discount: Res<'_, Discount>) {
    TOTAL.set(
        TOTAL
            .get()
            .wrapping_add(event.amount + tariff.0 + discount.0),
    );
}

pub(crate) fn groups() -> Vec<Group> {
    assert!(provide(Tariff(7)).is_ok() && provide(Discount(1)).is_ok());
    let amount = || black_box(1);
    let group = Group::new("resources")
        .add("none", move || WithNone { amount: amount() }.send().is_ok())
        .add("one", move || WithOne { amount: amount() }.send().is_ok())
        .add("two", move || WithTwo { amount: amount() }.send().is_ok());
    vec![group]
}
