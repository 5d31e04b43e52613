//! Closures that are connected at run time: in place of receivers, and one beside them; and as many in
//! an `ArcSwap` of one's own.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::Arc;

use arc_swap::ArcSwap;

use criterion::{BenchmarkId, Criterion};
use lback_signals::{Connection, Signal, signal};

use crate::{hundred_beside, none_beside, one_beside, ten_beside};

/// Has no receivers but those that are connected.
#[signal]
struct Connected<'a> {
    total: &'a Cell<u64>,
    amount: u64,
}

fn measure_swapped(criterion: &mut Criterion) {
    type Closure = Arc<dyn Fn(&Connected<'_>) + Send + Sync>;

    let mut group = criterion.benchmark_group("dispatch");
    let total = Cell::new(0);
    let event = || Connected {
        total: black_box(&total),
        amount: black_box(1),
    };
    for closures in [0, 1, 10, 100] {
        let closure: Closure = Arc::new(|event| event.total.set(event.total.get() + event.amount));
        let list = ArcSwap::from_pointee(vec![closure; closures]);
        group.bench_function(BenchmarkId::new("swapped", closures), |bencher| {
            bencher.iter(|| {
                let event = event();
                list.load().iter().for_each(|closure| closure(&event));
            });
        });
    }
    group.finish();
}

fn measure_connected(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dispatch");
    let total = Cell::new(0);
    let event = || Connected {
        total: black_box(&total),
        amount: black_box(1),
    };
    let mut connections: Vec<Connection> = Vec::new();
    for receivers in [0, 1, 10, 100] {
        connections.resize_with(receivers, || {
            Connected::connect(|event| event.total.set(event.total.get() + event.amount))
        });
        assert_eq!(event().send().delivered(), receivers);
        group.bench_function(BenchmarkId::new("connected", receivers), |bencher| {
            bencher.iter(|| drop(event().send()));
        });
    }
    group.finish();
}

/// The receivers of the other measurements, with and without a closure behind them.
macro_rules! measure_one_beside {
    ($criterion:ident, $module:ident, $receivers:literal) => {{
        let mut group = $criterion.benchmark_group("dispatch");
        let total = Cell::new(0);
        let event = || $module::Counted {
            total: black_box(&total),
            amount: black_box(1),
        };
        group.bench_function(BenchmarkId::new("none_connected", $receivers), |bencher| {
            bencher.iter(|| drop(event().send()));
        });
        let connection = $module::Counted::connect(|event| {
            event.total.set(event.total.get() + event.amount);
        });
        assert_eq!(event().send().delivered(), $receivers + 1);
        group.bench_function(BenchmarkId::new("one_connected", $receivers), |bencher| {
            bencher.iter(|| drop(event().send()));
        });
        drop(connection);
        group.finish();
    }};
}

pub(super) fn measure(criterion: &mut Criterion) {
    measure_swapped(criterion);
    measure_connected(criterion);
    measure_one_beside!(criterion, none_beside, 0);
    measure_one_beside!(criterion, one_beside, 1);
    measure_one_beside!(criterion, ten_beside, 10);
    measure_one_beside!(criterion, hundred_beside, 100);
}
