//! The fast path of awaited receivers, which has to behave as the path that a scope takes.

use std::panic::panic_any;
use std::pin::Pin;
use std::task::Poll;

use lback_signals::{AsyncSignal, Connection, Failure, Report, Scope, receiver, signal};
use test_support::cases::{self, Result, Unstructured};

use super::{Log, poll_once, yield_now};

#[derive(Clone, Copy, Debug)]
enum End {
    Success,
    Error,
    Panic,
    Recursion,
}

/// The behaviour of one receiver.
#[derive(Clone, Copy, Debug)]
struct Script {
    yields: u8,
    end: End,
}

#[signal(async)]
struct Scripted<'a> {
    scripts: &'a [Script; 4],
    /// Whether a receiver fails before the awaited ones.
    fails_first: bool,
    log: &'a Log,
}

/// Writes when a receiver is dropped.
struct Running<'a> {
    number: usize,
    log: &'a Log,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.log.write(format!("{} dropped", self.number));
    }
}

async fn run(event: &Scripted<'_>, number: usize) -> std::result::Result<(), String> {
    let &Scripted { scripts, log, .. } = event;
    let _running = Running { number, log };
    log.write(format!("{number} started"));
    for _ in 0..scripts[number].yields {
        yield_now().await;
        log.write(format!("{number} polled"));
    }
    match scripts[number].end {
        End::Success => Ok(()),
        End::Error => Err(format!("error of {number}")),
        End::Panic => panic_any(format!("panic of {number}")),
        End::Recursion => {
            let again: Pin<Box<dyn Future<Output = Report> + Send>> = Box::pin(event.send_async());
            drop(again.await);
            Ok(())
        }
    }
}

#[receiver(signal = Scripted)]
fn called(event: &Scripted<'_>) -> std::result::Result<(), &'static str> {
    if event.fails_first {
        Err("error of the function")
    } else {
        Ok(())
    }
}

#[receiver(signal = Scripted)]
async fn first(event: &Scripted<'_>) -> std::result::Result<(), String> {
    run(event, 0).await
}

#[receiver(signal = Scripted)]
async fn second(event: &Scripted<'_>) -> std::result::Result<(), String> {
    run(event, 1).await
}

#[receiver(signal = Scripted)]
async fn third(event: &Scripted<'_>) -> std::result::Result<(), String> {
    run(event, 2).await
}

fn connect_fourth() -> Connection {
    Scripted::connect_async(async |event: &Scripted<'_>| run(event, 3).await)
}

fn script(u: &mut Unstructured<'_>) -> Result<Script> {
    let ends = [
        End::Success,
        End::Success,
        End::Success,
        End::Error,
        End::Panic,
        End::Recursion,
    ];
    Ok(Script {
        yields: u.int_in_range(0..=2)?,
        end: *u.choose(&ends)?,
    })
}

fn describe(failure: &Failure) -> String {
    format!("{}: {}", failure.receiver().name(), failure.kind())
}

fn outcome(report: &Report) -> String {
    let failures: Vec<_> = report.failures().iter().map(describe).collect();
    format!("{} {} {failures:?}", report.delivered(), report.skipped())
}

/// Polls until the dispatch is complete, or so often, and returns its outcome and what its receivers did.
fn observe(
    send: impl Future<Output = std::result::Result<Report, Failure>>,
    polls: usize,
    log: &Log,
) -> (Option<String>, Vec<String>) {
    let mut send = Box::pin(send);
    let ended = (0..polls).find_map(|_| match poll_once(send.as_mut()) {
        Poll::Ready(Ok(report)) => Some(outcome(&report)),
        Poll::Ready(Err(failure)) => Some(describe(&failure)),
        Poll::Pending => None,
    });
    drop(send);
    (ended, log.take())
}

#[test]
fn a_dispatch_is_the_same_in_a_scope_and_outside() {
    let _fourth = connect_fourth();
    cases::check(200, 64, |u| {
        let log = &Log::default();
        let scripts = &[script(u)?, script(u)?, script(u)?, script(u)?];
        let (is_strict, polls) = (u.arbitrary()?, u.int_in_range(1..=4)?);
        let fails_first = u.ratio(1, 4)?;
        let send = || async move {
            let event = Scripted {
                scripts,
                fails_first,
                log,
            };
            if is_strict {
                event.try_send_async().await
            } else {
                Ok(event.send_async().await)
            }
        };
        let outside = observe(send(), polls, log);
        let inside = observe(Scope::new().run_async(send()), polls, log);
        assert_eq!(outside, inside);
        Ok(())
    });
}
