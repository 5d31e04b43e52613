//! Helpers of the tests of the workspace: random cases, numbers of rounds, child processes, the records of a binary, and
//! external services.

pub mod cases;
mod child_process;
pub mod records;

use std::env;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

pub use child_process::{
    child_process, child_process_of, in_child_process, in_child_processes, output_of,
};

/// Returns the number of rounds of a loop: a share of `all`, and at least one.
///
/// `LBACK_ROUNDS` is the share in percent, by default 5.
///
/// # Panics
///
/// If `LBACK_ROUNDS` is not a whole number from 1 to 100.
#[must_use]
pub fn rounds(all: u32) -> u32 {
    let percent = env::var("LBACK_ROUNDS").map_or(5, |percent| {
        percent
            .parse()
            .ok()
            .filter(|percent| (1..=100).contains(percent))
            .unwrap_or_else(|| {
                panic!("LBACK_ROUNDS is {percent:?}, and no percentage from 1 to 100")
            })
    });
    let rounds = u64::from(all) * percent / 100;
    u32::try_from(rounds).map_or(all, |rounds| rounds.max(1))
}

/// Starts the next round of a test whose outcomes depend on chance. Returns `true` for the first `rounds(all)` rounds,
/// and then until the test has seen each outcome.
///
/// # Panics
///
/// If `10 * all` rounds have not shown each outcome, or if `LBACK_ROUNDS` is not a whole number from 1 to 100.
pub fn another_round(round: &mut u32, all: u32, has_seen_each: bool) -> bool {
    assert!(
        *round < 10 * all,
        "{round} rounds have not shown each outcome that the test needs"
    );
    *round += 1;
    *round <= rounds(all) || !has_seen_each
}

/// Returns the value of an environment variable that names a service.
///
/// # Panics
///
/// If the variable is not set: a test that needs a service is ignored by default, and
/// fails without the service.
#[must_use]
pub fn service(variable: &str) -> String {
    env::var(variable)
        .unwrap_or_else(|_| panic!("set {variable}: this test needs the service that it names"))
}

/// Polls a future at most `polls` times, and drops it.
pub async fn polled<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| match future.as_mut().poll(context) {
        _ if left == 0 => Poll::Ready(None),
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => {
            left -= 1;
            if left > 0 {
                Poll::Pending
            } else {
                Poll::Ready(None)
            }
        }
    })
    .await
}

/// Returns whether a future panics.
pub async fn unwinds(future: impl Future) -> bool {
    let mut future = pin!(future);
    poll_fn(|context| {
        let poll = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match poll {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(_)) => Poll::Ready(false),
            Err(_) => Poll::Ready(true),
        }
    })
    .await
}
