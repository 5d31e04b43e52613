//! `has_receivers`, and payloads that are built only if it returns true.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};

use lback_signals::{AsyncSignal, Scope, Signal, Transaction, receiver, signal};

use crate::async_signals::poll_once;

#[test]
fn a_signal_without_receivers_has_none() {
    #[signal]
    struct Sync;

    #[signal(async, owned)]
    struct Async;

    assert!(!Sync::has_receivers());
    assert!(!Async::has_receivers());
    assert!(!Scope::new().run(Sync::has_receivers));
    assert!(!Transaction::new().run(Async::has_receivers));
    assert_eq!(
        (Sync.send().delivered(), Sync::info().receivers().len()),
        (0, 0)
    );
}

#[test]
fn a_receiver_of_each_phase_counts() {
    #[signal]
    struct Now;

    #[receiver(signal = Now)]
    fn at_once(_: &Now) {}

    #[signal(async)]
    struct Awaited;

    #[receiver(signal = Awaited)]
    async fn awaited(_: &Awaited) {}

    #[signal(owned)]
    struct Committed;

    #[receiver(signal = Committed, after_commit)]
    fn committed(_: &Committed) {}

    #[signal(owned)]
    struct RolledBack;

    #[receiver(signal = RolledBack, after_rollback)]
    fn rolled_back(_: &RolledBack) {}

    assert!(Now::has_receivers());
    assert!(Awaited::has_receivers());
    assert!(Committed::has_receivers());
    assert!(RolledBack::has_receivers());
    // A muted receiver counts, although it does not run.
    assert!(Scope::new().mute(at_once).run(Now::has_receivers));
}

#[test]
fn a_closure_counts_while_it_is_connected() {
    #[signal]
    struct Sync;

    #[signal(async)]
    struct Async;

    let connections = [Sync::connect(|_| ()), Async::connect(|_| ())];
    assert!(Sync::has_receivers() && Async::has_receivers());
    drop(connections);
    assert!(!Sync::has_receivers() && !Async::has_receivers());
}

#[test]
fn a_capture_counts_in_its_scope() {
    #[signal]
    struct Sync;

    #[signal(async)]
    struct Async;

    let scope = Scope::new();
    let captured = scope.capture::<Async, _>(|_| ());
    assert!(scope.run(Async::has_receivers));
    assert!(!scope.run(Sync::has_receivers), "another signal");
    assert!(!Async::has_receivers(), "outside");
    drop(captured);
}

#[signal(async, reply = u32)]
struct Asked<'a> {
    answers: &'a AtomicU32,
}

#[receiver(signal = Asked)]
async fn answer(event: &Asked<'_>) -> u32 {
    event.answers.fetch_add(1, Ordering::Relaxed)
}

#[signal(async)]
struct Unheard<'a> {
    title: &'a str,
}

#[test]
fn send_async_with_builds_the_payload_for_a_receiver() {
    let answers = &AtomicU32::new(7);
    let future = Asked::send_async_with(|| {
        answers.fetch_add(1, Ordering::Relaxed);
        Asked { answers }
    });
    assert_eq!(
        answers.load(Ordering::Relaxed),
        7,
        "no payload is built before the first poll"
    );
    let report = pollster::block_on(future);
    assert_eq!(report.delivered(), 1);
    assert_eq!(report.replies().map(|(_, it)| *it).collect::<Vec<_>>(), [8]);
    assert_eq!(answers.load(Ordering::Relaxed), 9);
}

#[test]
fn send_async_with_builds_the_payload_only_if_a_closure_or_capture_gets_it() {
    let report = pollster::block_on(Unheard::send_async_with(|| unreachable!("no receiver")));
    assert_eq!(report.delivered(), 0);

    let connection = Unheard::connect(|event| assert_eq!(event.title, "built"));
    let title = String::from("built");
    let build = || Unheard { title: &title };
    let report = pollster::block_on(Unheard::send_async_with(build));
    assert_eq!((report.delivered(), report.is_ok()), (1, true));
    drop(connection);

    let scope = Scope::new();
    let captured = scope.capture::<Unheard<'_>, _>(|event| event.title.to_owned());
    pollster::block_on(scope.run_async(Unheard::send_async_with(build)));
    assert_eq!(captured.take(), ["built"]);
}

#[test]
fn the_context_of_the_first_poll_decides_whether_the_payload_is_built() {
    let mut future = pin!(Unheard::send_async_with(|| Unheard { title: "late" }));
    let scope = Scope::new();
    let captured = scope.capture::<Unheard<'_>, _>(|event| event.title.to_owned());
    let polled = scope.run(|| poll_once(future.as_mut()));
    assert!(polled.is_ready());
    assert_eq!(captured.take(), ["late"]);
}

#[test]
fn the_future_of_send_async_with_is_send() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }

    let answers = AtomicU32::new(0);
    drop(is_send(Asked::send_async_with(|| Asked {
        answers: &answers,
    })));
    assert_eq!(answers.into_inner(), 0);
}
