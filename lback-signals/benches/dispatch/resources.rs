//! One receiver each, which takes no, one and two resources.

use std::cell::Cell;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion};
use lback_signals::{Res, Signal, provide, receiver, signal};

struct Tariff(u64);
struct Discount(u64);

#[signal]
struct WithNone<'a> {
    total: &'a Cell<u64>,
}

#[receiver(signal = WithNone)]
fn with_none(event: &WithNone<'_>) {
    event.total.set(event.total.get() + 7);
}

#[signal]
struct WithOne<'a> {
    total: &'a Cell<u64>,
}

#[receiver(signal = WithOne)]
fn with_one(event: &WithOne<'_>, tariff: Res<'_, Tariff>) {
    event.total.set(event.total.get() + tariff.0);
}

#[signal]
struct WithTwo<'a> {
    total: &'a Cell<u64>,
}

#[receiver(signal = WithTwo)]
fn with_two(event: &WithTwo<'_>, tariff: Res<'_, Tariff>, discount: Res<'_, Discount>) {
    event.total.set(event.total.get() + tariff.0 - discount.0);
}

pub(super) fn measure(criterion: &mut Criterion) {
    assert!(provide(Tariff(7)).is_ok() && provide(Discount(1)).is_ok());
    let total = Cell::new(0);
    let mut group = criterion.benchmark_group("dispatch");
    group.bench_function(BenchmarkId::new("resources", 0), |bencher| {
        let event = || WithNone {
            total: black_box(&total),
        };
        bencher.iter(|| drop(event().send()));
    });
    group.bench_function(BenchmarkId::new("resources", 1), |bencher| {
        let event = || WithOne {
            total: black_box(&total),
        };
        bencher.iter(|| drop(event().send()));
    });
    group.bench_function(BenchmarkId::new("resources", 2), |bencher| {
        let event = || WithTwo {
            total: black_box(&total),
        };
        bencher.iter(|| drop(event().send()));
    });
    group.finish();
}
