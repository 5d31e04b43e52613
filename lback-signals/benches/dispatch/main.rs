//! What a dispatch costs beside one that is written by hand.
//!
//! `cargo bench --bench dispatch` in this folder measures 0, 1, 10 and 100 receivers three ways
//! in one run and prints the ratios: calls in a row, a table of function pointers behind a
//! `OnceLock`, and `send`. Then: one receiver that takes no, one and two resources; as many closures
//! that are connected, and one beside as many receivers; receivers that are awaited, and as many
//! boxed futures; two threads that send. Nanoseconds differ
//! between machines and with the alignment of the code; the ratios are what counts.

mod awaited;
mod connections;
mod resources;
mod threads;

use std::cell::Cell;
use std::fs::File;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use criterion::{BenchmarkId, Criterion};
use lback_signals::{Signal, receiver, signal};

/// Declares a signal with receivers, and the same functions as calls in a row and as a table.
macro_rules! contestants {
    ($module:ident: $($name:ident)*) => {
        mod $module {
            use super::*;

            #[signal]
            #[allow(dead_code, reason = "nobody reads the one without receivers")]
            pub(super) struct Counted<'a> {
                pub(super) total: &'a Cell<u64>,
                pub(super) amount: u64,
            }

            $(
                #[receiver(signal = Counted)]
                fn $name(event: &Counted<'_>) {
                    event.total.set(event.total.get() + event.amount);
                }
            )*

            #[allow(dead_code, reason = "some are only measured as signals")]
            impl Counted<'_> {
                #[allow(clippy::unused_self, reason = "the one without receivers")]
                pub(super) fn send_directly(&self) {
                    $($name(black_box(self));)*
                }

                pub(super) fn send_by_hand(&self) {
                    static TABLE: OnceLock<Box<[fn(&Counted<'_>)]>> = OnceLock::new();
                    let receivers = TABLE.get_or_init(|| Box::new([$($name as fn(&Counted<'_>)),*]));
                    for receiver in receivers {
                        receiver(self);
                    }
                }
            }
        }
    };
}

/// Both once more for `connections`: a signal that is sent from more places is compiled otherwise.
macro_rules! declare {
    ($none:ident $one:ident $ten:ident $hundred:ident) => {
        contestants!($none:);
        contestants!($one: a);
        contestants!($ten: a b c d e f g h i j);
        contestants!($hundred:
            a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9
            c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 d0 d1 d2 d3 d4 d5 d6 d7 d8 d9
            e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 f0 f1 f2 f3 f4 f5 f6 f7 f8 f9
            g0 g1 g2 g3 g4 g5 g6 g7 g8 g9 h0 h1 h2 h3 h4 h5 h6 h7 h8 h9
            i0 i1 i2 i3 i4 i5 i6 i7 i8 i9 j0 j1 j2 j3 j4 j5 j6 j7 j8 j9);
    };
}

declare!(none one ten hundred);
declare!(none_beside one_beside ten_beside hundred_beside);
contestants!(threaded: a);

macro_rules! measure {
    ($criterion:ident, $module:ident, $receivers:literal) => {{
        let mut group = $criterion.benchmark_group("dispatch");
        let total = Cell::new(0);
        let event = || $module::Counted {
            total: black_box(&total),
            amount: black_box(1),
        };
        assert_eq!(event().send().delivered(), $receivers);
        group.bench_function(BenchmarkId::new("direct", $receivers), |bencher| {
            bencher.iter(|| event().send_directly());
        });
        group.bench_function(BenchmarkId::new("by_hand", $receivers), |bencher| {
            bencher.iter(|| event().send_by_hand());
        });
        group.bench_function(BenchmarkId::new("send", $receivers), |bencher| {
            bencher.iter(|| drop(event().send()));
        });
        group.finish();
    }};
}

/// Where criterion writes what it measured.
fn output_directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion")
}

/// The median in nanoseconds that criterion has just written down, if it measured at all.
fn median(way: &str, receivers: u8) -> Option<f64> {
    let file = format!("dispatch/{way}/{receivers}/new/estimates.json");
    let file = File::open(output_directory().join(file)).ok()?;
    let estimates: serde_json::Value = serde_json::from_reader(file).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

fn print_ratios() {
    println!("receivers   direct ns   by hand ns   send ns   send - by hand   send / by hand");
    for receivers in [0, 1, 10, 100_u8] {
        let medians = ["direct", "by_hand", "send"].map(|way| median(way, receivers));
        if let [Some(direct), Some(by_hand), Some(send)] = medians {
            println!(
                "{receivers:>9} {direct:>11.2} {by_hand:>12.2} {send:>9.2} {:>16.2} {:>16.2}",
                send - by_hand,
                send / by_hand,
            );
        }
    }
    println!("closures   swapped by hand ns   connected ns   difference   - as many receivers");
    for closures in [0, 1, 10, 100_u8] {
        let medians = ["send", "swapped", "connected"].map(|way| median(way, closures));
        if let [Some(send), Some(swapped), Some(connected)] = medians {
            println!(
                "{closures:>8} {swapped:>20.2} {connected:>14.2} {:>12.2} {:>21.2}",
                connected - swapped,
                connected - send,
            );
        }
    }
    println!("receivers   alone ns   one closure beside them ns   difference");
    for receivers in [0, 1, 10, 100_u8] {
        let medians = ["none_connected", "one_connected"].map(|way| median(way, receivers));
        if let [Some(alone), Some(beside)] = medians {
            let difference = beside - alone;
            println!("{receivers:>9} {alone:>10.2} {beside:>28.2} {difference:>12.2}");
        }
    }
    println!("resources     send ns   added by each");
    let without = median("resources", 0);
    for resources in [0, 1, 2] {
        if let (Some(without), Some(send)) = (without, median("resources", resources)) {
            let added = (send - without) / f64::from(resources.max(1));
            println!("{resources:>9} {send:>11.2} {added:>15.2}");
        }
    }
}

fn main() {
    let mut criterion = Criterion::default()
        .output_directory(&output_directory())
        .configure_from_args();
    measure!(criterion, none, 0);
    measure!(criterion, one, 1);
    measure!(criterion, ten, 10);
    measure!(criterion, hundred, 100);
    resources::measure(&mut criterion);
    connections::measure(&mut criterion);
    awaited::measure(&mut criterion);
    criterion.final_summary();
    print_ratios();
    awaited::print();
    threads::measure();
}
