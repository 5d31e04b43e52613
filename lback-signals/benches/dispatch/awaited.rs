//! What it costs to await receivers, beside a boxed future for each that is written by hand.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};

use criterion::{BenchmarkId, Criterion};
use lback_signals::{AsyncSignal, receiver, signal};

use crate::median;

type Boxed<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

macro_rules! contestants {
    ($module:ident: $($name:ident)*) => {
        mod $module {
            use super::*;

            #[signal(async)]
            #[allow(dead_code, reason = "nobody reads the one without receivers")]
            pub(super) struct Counted<'a> {
                pub(super) total: &'a AtomicU64,
            }

            $(
                #[receiver(signal = Counted)]
                async fn $name(event: &Counted<'_>) {
                    event.total.store(event.total.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                }
            )*

            impl Counted<'_> {
                /// Starts them one after the other and polls each, which is ready.
                pub(super) fn send_by_hand(&self) {
                    type Start = for<'s> fn(&'s Counted<'_>) -> Boxed<'s>;
                    static TABLE: OnceLock<Box<[Start]>> = OnceLock::new();
                    let starts = TABLE.get_or_init(|| {
                        Box::new([$((|event| Box::pin($name(event))) as Start),*])
                    });
                    let mut task = Context::from_waker(Waker::noop());
                    for start in starts {
                        let is_ready = start(self).as_mut().poll(&mut task).is_ready();
                        assert!(is_ready);
                    }
                }
            }
        }
    };
}

contestants!(none:);
contestants!(one: a);
contestants!(ten: a b c d e f g h i j);

fn poll(sending: impl Future) {
    let mut task = Context::from_waker(Waker::noop());
    assert!(pin!(sending).poll(&mut task).is_ready());
}

pub(super) fn measure(criterion: &mut Criterion) {
    macro_rules! measure {
        ($module:ident, $receivers:literal) => {{
            let mut group = criterion.benchmark_group("dispatch");
            let total = AtomicU64::new(0);
            let event = || $module::Counted {
                total: black_box(&total),
            };
            group.bench_function(BenchmarkId::new("awaited_by_hand", $receivers), |bencher| {
                bencher.iter(|| event().send_by_hand());
            });
            group.bench_function(BenchmarkId::new("awaited", $receivers), |bencher| {
                bencher.iter(|| poll(event().send_async()));
            });
            group.finish();
        }};
    }
    measure!(none, 0);
    measure!(one, 1);
    measure!(ten, 10);
}

pub(super) fn print() {
    println!("awaited   boxed by hand ns   send_async ns   difference");
    for receivers in [0, 1, 10] {
        let medians = ["awaited_by_hand", "awaited"].map(|way| median(way, receivers));
        if let [Some(by_hand), Some(awaited)] = medians {
            let difference = awaited - by_hand;
            println!("{receivers:>7} {by_hand:>18.2} {awaited:>15.2} {difference:>12.2}");
        }
    }
}
