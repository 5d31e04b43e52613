//! Receivers that send the signal that they receive, and await it.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use lback_signals::{AsyncSignal, FailureKind, Report, Signal, receiver, signal};

use super::yield_now;

#[signal(async)]
struct Echo<'a> {
    sent: &'a AtomicU32,
    yields: bool,
}

async fn send_again(event: &Echo<'_>) {
    event.sent.fetch_add(1, Ordering::Relaxed);
    if event.yields {
        yield_now().await;
    }
    // An `async fn` that awaits itself has to be boxed.
    let again: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async {
        let _ = Echo { ..*event }.send_async().await;
    });
    again.await;
}

#[receiver(signal = Echo)]
async fn echoes(event: &Echo<'_>) {
    send_again(event).await;
}

#[receiver(signal = Echo)]
async fn echoes_too(event: &Echo<'_>) {
    send_again(event).await;
}

#[signal]
struct After;

#[receiver(signal = After)]
fn is_heard(_: &After) {}

#[test]
fn a_recursion_that_branches_at_each_level_is_stopped() {
    // A limit is named by the recursion that exceeds it, and by no later one.
    for yields in [true, false] {
        let sent = AtomicU32::new(0);
        let report = pollster::block_on(
            Echo {
                sent: &sent,
                yields,
            }
            .send_async(),
        );
        let [failure] = report.failures() else {
            panic!("{report:?}");
        };
        let FailureKind::Recursion(recursion) = failure.kind() else {
            panic!("{failure}");
        };
        let (hops, sent) = (recursion.chain().len(), sent.into_inner());
        if yields {
            // Each level has twice as many dispatches as the one before.
            assert!((14..=16).contains(&hops), "{hops}");
            assert!(
                failure
                    .to_string()
                    .contains("more than 16384 signals were being sent at once")
            );
            assert!(sent < 3 * 16_384, "{sent}");
        } else {
            assert_eq!(hops, 65);
            assert!(failure.to_string().contains("64 deep"));
            assert!(sent < 64 * 64);
        }
        // The recursion state of the thread is cleared.
        assert_eq!(After.send().delivered(), 1);
    }
}

/// Sends one signal, whose receiver sends more than may be sent at once, one after the other.
#[signal(async)]
struct Counted<'a> {
    depth: u32,
    heard: &'a AtomicU32,
}

#[receiver(signal = Counted)]
async fn counts(event: &Counted<'_>) {
    let sends = match event.depth {
        0 => 1,
        1 => 16_385,
        _ => {
            event.heard.fetch_add(1, Ordering::Relaxed);
            0
        }
    };
    for _ in 0..sends {
        let deeper = Counted {
            depth: event.depth + 1,
            heard: event.heard,
        };
        let report: Report = Box::pin(deeper.send_async()).await;
        assert!(report.is_ok());
    }
}

#[test]
fn dispatches_that_have_ended_do_not_count() {
    let heard = &AtomicU32::new(0);
    let report = pollster::block_on(Counted { depth: 0, heard }.send_async());
    assert!(report.is_ok(), "{report:?}");
    assert_eq!(heard.load(Ordering::Relaxed), 16_385);
}

/// Sends one signal, whose receiver starts more than may be sent at once, in two polls.
#[signal(async)]
struct Pending {
    depth: u32,
}

#[receiver(signal = Pending)]
async fn starts_many(event: &Pending) {
    let deeper = Pending {
        depth: event.depth + 1,
    };
    match event.depth {
        0 => drop(Box::pin(deeper.send_async()).await),
        1 => {
            let mut started = Vec::new();
            for _ in 0..2 {
                for _ in 0..10_000 {
                    let mut send: Pin<Box<dyn Future<Output = Report> + Send>> =
                        Box::pin(deeper.send_async());
                    poll_fn(|task| Poll::Ready(send.as_mut().poll(task).is_ready())).await;
                    started.push(send);
                }
                yield_now().await;
            }
        }
        _ => pending().await,
    }
}

#[test]
fn dispatches_that_the_first_poll_starts_count_in_later_polls() {
    let report = pollster::block_on(Pending { depth: 0 }.send_async());
    let [failure] = report.failures() else {
        panic!("{report:?}");
    };
    assert!(
        matches!(failure.kind(), FailureKind::Recursion(_)),
        "{failure}"
    );
    assert_eq!(After.send().delivered(), 1);
}

#[signal(async)]
struct Distracted;

#[receiver(signal = Distracted)]
async fn ignores_the_report(_: &Distracted) {
    let sent = &AtomicU32::new(0);
    let echo = Echo {
        sent,
        yields: false,
    };
    let _ = echo.send_async().await;
    yield_now().await;
    unreachable!("a stopped chain awaits no receiver");
}

#[test]
fn a_receiver_that_ignores_it_is_not_polled_again() {
    let report = pollster::block_on(Distracted.send_async());
    let [failure] = report.failures() else {
        panic!("{report:?}");
    };
    assert!(
        matches!(failure.kind(), FailureKind::Recursion(_)),
        "{failure}"
    );
    assert_eq!(After.send().delivered(), 1);
}

/// Sends a signal when it is dropped.
struct SendsWhenDropped<'a> {
    heard: &'a AtomicU32,
}

impl Drop for SendsWhenDropped<'_> {
    fn drop(&mut self) {
        Dropped { heard: self.heard }.send();
    }
}

#[signal]
struct Dropped<'a> {
    heard: &'a AtomicU32,
}

#[receiver(signal = Dropped)]
fn hears_the_drop(event: &Dropped<'_>) {
    event.heard.fetch_add(1, Ordering::Relaxed);
}

#[signal(async)]
struct Stopped<'a> {
    yields: bool,
    heard: &'a AtomicU32,
}

#[receiver(signal = Stopped)]
async fn is_stopped_while_it_waits(event: &Stopped<'_>) {
    let _sends = SendsWhenDropped { heard: event.heard };
    if event.yields {
        yield_now().await;
    }
    let sent = &AtomicU32::new(0);
    let echo = Echo {
        sent,
        yields: false,
    };
    let _ = echo.send_async().await;
    yield_now().await;
}

#[test]
fn a_receiver_that_is_dropped_while_its_chain_is_stopped_cannot_send() {
    // In the first poll of the dispatch, and in a later one.
    for yields in [false, true] {
        let heard = &AtomicU32::new(0);
        let report = pollster::block_on(Stopped { yields, heard }.send_async());
        let [failure] = report.failures() else {
            panic!("{report:?}");
        };
        assert!(
            matches!(failure.kind(), FailureKind::Recursion(_)),
            "{failure}"
        );
        assert_eq!(heard.load(Ordering::Relaxed), 0);
        assert_eq!(Dropped { heard }.send().delivered(), 1);
    }
}
