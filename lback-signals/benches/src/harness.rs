//! Measures the candidates of a group in turns and prints their medians.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// The time that one batch of a case should take: so short that the scheduler interrupts few of them.
const BATCH: Duration = Duration::from_micros(100);

/// The calls that callgrind counts.
pub(crate) const COUNTED_CALLS: u32 = 1_000;

/// How much is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Run {
    Full,
    Brief,
    Instructions,
}

impl Run {
    fn rounds(self) -> usize {
        match self {
            Self::Full => 501,
            Self::Brief => 11,
            Self::Instructions => 1,
        }
    }
}

/// Candidates that do the same. The first one is the base of the ratios.
pub(crate) struct Group {
    name: &'static str,
    cases: Vec<Case>,
}

struct Case {
    candidate: &'static str,
    /// Takes the number of calls and returns their time.
    batch: Box<dyn FnMut(u32) -> Duration>,
}

impl Group {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            cases: Vec::new(),
        }
    }

    /// Adds a candidate, and calls it once, so that no first call is measured.
    pub(crate) fn add<T>(
        self,
        candidate: &'static str,
        mut call: impl FnMut() -> T + 'static,
    ) -> Self {
        drop(black_box(call()));
        self.add_batches(candidate, move |calls| time(calls, &mut call))
    }

    /// Adds a candidate that is awaited, and ready at its first poll.
    pub(crate) fn add_async<T>(
        self,
        candidate: &'static str,
        mut call: impl AsyncFnMut() -> T + 'static,
    ) -> Self {
        drop(black_box(ready(call())));
        self.add_batches(candidate, move |calls| time_async(calls, &mut call))
    }

    /// Adds a candidate that measures its batches itself, with [`time`].
    pub(crate) fn add_batches(
        mut self,
        candidate: &'static str,
        batch: impl FnMut(u32) -> Duration + 'static,
    ) -> Self {
        let batch = Box::new(batch);
        self.cases.push(Case { candidate, batch });
        self
    }

    /// Measures the cases that match the filter.
    pub(crate) fn measure(mut self, run: Run, filter: &str) {
        let name = self.name;
        self.cases
            .retain(|case| format!("{name}: {}", case.candidate).starts_with(filter));
        if self.cases.is_empty() {
            return;
        }
        if run == Run::Instructions {
            for case in &mut self.cases {
                println!("{name}: {}", case.candidate);
                (case.batch)(COUNTED_CALLS);
            }
            return;
        }
        let calls: Vec<u32> = self.cases.iter_mut().map(Case::calls_per_batch).collect();
        let mut times = vec![Vec::new(); calls.len()];
        for _ in 0..run.rounds() {
            for ((case, calls), times) in self.cases.iter_mut().zip(&calls).zip(&mut times) {
                times.push((case.batch)(*calls).as_secs_f64() * 1e9 / f64::from(*calls));
            }
        }
        let medians: Vec<f64> = times.into_iter().map(median).collect();
        for (case, &time) in self.cases.iter().zip(&medians) {
            let candidate = case.candidate;
            let (more, ratio) = (time - medians[0], time / medians[0]);
            println!("{name:<24} {candidate:<24} {time:>9.2} {more:>+9.2} {ratio:>7.2}");
        }
        println!();
    }
}

impl Case {
    fn calls_per_batch(&mut self) -> u32 {
        let mut calls = 1;
        // The shortest of a few, since an interruption only makes a batch longer.
        while (0..5).any(|_| (self.batch)(calls) < BATCH) && calls < 1 << 20 {
            calls *= 2;
        }
        calls
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

pub(crate) fn print_header() {
    println!(
        "{:<24} {:<24} {:>9} {:>9} {:>7}",
        "group", "candidate", "ns", "more ns", "ratio"
    );
}

/// Returns the time of so many calls.
///
/// By reference: the compiler might not inline a call through `impl FnMut for &mut F`.
pub(crate) fn time<T>(calls: u32, call: &mut impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    call_measured(calls, call);
    start.elapsed()
}

/// The function whose instructions callgrind counts.
#[inline(never)]
fn call_measured<T>(calls: u32, call: &mut impl FnMut() -> T) {
    for _ in 0..calls {
        black_box(call());
    }
}

/// Returns the time of so many calls, each of which is awaited by the same task.
fn time_async<T>(calls: u32, call: &mut impl AsyncFnMut() -> T) -> Duration {
    time(1, &mut || {
        ready(async {
            for _ in 0..calls {
                black_box(call().await);
            }
        });
    })
}

/// Polls a future that is ready.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut task = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut task) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("the receivers are ready"),
    }
}
