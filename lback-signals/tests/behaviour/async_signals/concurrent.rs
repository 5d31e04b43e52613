//! The order of async receivers, and the threads and executors that run them.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

use lback_signals::{AsyncSignal, Phase, Res, Scope, Signal, receiver, signal};
use tokio::sync::Barrier;

use super::{Log, poll_once, yield_now};

/// The receivers are named so that their order by id differs from the order in which they run.
#[signal(async)]
struct Published<'a> {
    slug: &'a str,
}

#[receiver(signal = Published)]
async fn a_awaits(event: &Published<'_>, log: Res<'_, Log>) {
    log.write(format!("a begins {}", event.slug));
    yield_now().await;
    yield_now().await;
    log.write("a ends");
}

#[receiver(signal = Published)]
async fn b_awaits(event: &Published<'_>, log: Res<'_, Log>) {
    log.write(format!("b begins {}", event.slug));
    yield_now().await;
    log.write("b ends");
}

#[receiver(signal = Published)]
fn c_is_called(event: &Published<'_>, log: Res<'_, Log>) {
    log.write(format!("c {}", event.slug));
}

fn logged(call: impl FnOnce()) -> Vec<String> {
    let log = Arc::new(Log::default());
    Scope::new().provide_dyn(Arc::clone(&log)).run(call);
    log.take()
}

const IN_ORDER: [&str; 5] = [
    "c on-signals",
    "a begins on-signals",
    "b begins on-signals",
    "b ends",
    "a ends",
];

async fn publish() {
    let slug = "on-signals".to_owned();
    let report = Published { slug: &slug }.send_async().await;
    assert_eq!(
        (report.delivered(), report.skipped(), report.deferred()),
        (3, 0, 0)
    );
    assert!(report.is_ok());
}

#[test]
fn sync_receivers_run_first_and_async_receivers_run_concurrently() {
    assert_eq!(logged(|| pollster::block_on(publish())), IN_ORDER);
}

/// A minimal executor: parks this thread until the future is woken.
fn run_parked<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn a_dispatch_runs_without_a_runtime_and_on_tokio() {
    assert_eq!(logged(|| run_parked(publish())), IN_ORDER);

    let log = Arc::new(Log::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&log));
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    // A task may move from thread to thread, so the future has to be `Send`.
    runtime
        .block_on(runtime.spawn(scope.run_async(publish())))
        .unwrap();
    assert_eq!(log.take(), IN_ORDER);
}

#[test]
fn no_receiver_runs_before_the_first_poll() {
    let lines = logged(|| {
        drop(Published { slug: "unpolled" }.send_async());
        drop(Published { slug: "unpolled" }.try_send_async());
    });
    assert!(lines.is_empty());
}

#[test]
fn receivers_are_listed_in_the_order_in_which_they_run() {
    let receivers = Published::info().receivers();
    let names: Vec<_> = receivers
        .iter()
        .map(|it| (it.name(), it.phase(), it.is_async()))
        .collect();
    assert_eq!(
        names,
        [
            ("c_is_called", Phase::Now, false),
            ("a_awaits", Phase::Concurrent, true),
            ("b_awaits", Phase::Concurrent, true),
        ]
    );
    assert!(Published::info().is_async());
}

#[signal(async)]
struct Met<'a> {
    all: &'a Barrier,
    met: &'a AtomicU32,
}

#[receiver(signal = Met)]
async fn first(event: &Met<'_>) {
    event.all.wait().await;
    event.met.fetch_add(1, Ordering::Relaxed);
}

#[receiver(signal = Met)]
async fn second(event: &Met<'_>) {
    event.all.wait().await;
    event.met.fetch_add(1, Ordering::Relaxed);
}

/// Each receiver waits for the other one, and both wait for the sender. One after another, they would never end.
#[tokio::test]
async fn async_receivers_can_wait_for_each_other() {
    let (all, met) = (Barrier::new(3), AtomicU32::new(0));
    let event = Met {
        all: &all,
        met: &met,
    };
    let (report, _) = tokio::join!(event.send_async(), all.wait());
    assert_eq!((report.delivered(), met.into_inner()), (2, 2));
}

#[signal(async)]
struct Unheard;

#[test]
fn a_dispatch_without_receivers_is_ready_at_the_first_poll() {
    assert!(poll_once(pin!(Unheard.send_async())).is_ready());
    assert!(poll_once(pin!(Unheard.try_send_async())).is_ready());
    assert_eq!(pollster::block_on(Unheard.send_async()).delivered(), 0);
}

#[signal(async)]
struct Heard<'a> {
    name: &'a str,
}

#[receiver(signal = Heard)]
async fn hears(event: &Heard<'_>, log: Res<'_, Log>) {
    log.write(format!("awaited {}", event.name));
}

#[test]
fn sync_closures_are_called_before_async_receivers_are_awaited() {
    let log = Arc::new(Log::default());
    let closure_log = Arc::clone(&log);
    let scope = Scope::new().provide_dyn(Arc::clone(&log));
    let captured = scope.capture::<Heard<'_>, _>(|event| event.name.len());
    let connection =
        Heard::connect(move |event| closure_log.write(format!("called {}", event.name)));
    let report = scope.run(|| pollster::block_on(Heard { name: "ada" }.send_async()));
    drop(connection);

    assert_eq!(report.delivered(), 2);
    assert_eq!(log.take(), ["called ada", "awaited ada"]);
    assert_eq!(captured.take(), [3]);
}

#[test]
fn each_async_receiver_costs_one_allocation() {
    #[signal(async)]
    struct Counted;

    #[receiver(signal = Counted)]
    async fn is_ready(_: &Counted) {}

    #[receiver(signal = Counted)]
    async fn is_ready_later(_: &Counted) {
        yield_now().await;
    }

    #[receiver(signal = Counted)]
    async fn is_ready_later_still(_: &Counted) {
        yield_now().await;
        yield_now().await;
    }

    #[receiver(signal = Counted)]
    fn is_called(_: &Counted) {}

    let send = || {
        let mut sending = pin!(Counted.send_async());
        while poll_once(sending.as_mut()).is_pending() {}
    };
    send(); // sorts the receivers, once
    assert_eq!(allocation_counter::measure(send).count_total, 3);
}
