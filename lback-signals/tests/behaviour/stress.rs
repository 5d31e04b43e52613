//! Many threads for a bounded number of rounds: each delivery is counted, and no memory is leaked.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::thread;

use lback_signals::{Scope, Signal, Transaction, receiver, signal};

const THREADS: usize = 100;
const ROUNDS: usize = 30;

#[signal]
struct Poked<'a> {
    by: usize,
    calls: &'a AtomicUsize,
}

#[receiver(signal = Poked)]
fn linked(event: &Poked<'_>) {
    event.calls.fetch_add(1, Relaxed);
}

#[test]
fn a_hundred_threads_connect_send_and_disconnect() {
    let together = &Barrier::new(THREADS);
    let alive = &Arc::new(());
    let total = &Arc::new(AtomicUsize::new(0));
    let work = |id: usize| {
        let calls_by_own_sends = Arc::new(AtomicUsize::new(0));
        let connect = || {
            let (alive, total) = (Arc::clone(alive), Arc::clone(total));
            let calls_by_own_sends = Arc::clone(&calls_by_own_sends);
            Poked::connect(move |event| {
                let _ = &alive;
                total.fetch_add(1, Relaxed);
                event.calls.fetch_add(1, Relaxed);
                calls_by_own_sends.fetch_add(usize::from(event.by == id), Relaxed);
            })
        };
        let send = || {
            let calls = &AtomicUsize::new(0);
            let delivered = Poked { by: id, calls }.send().delivered();
            // The report counts each call of a receiver.
            assert_eq!(calls.load(Relaxed), delivered);
            delivered
        };
        together.wait();
        let mut delivered = 0;
        for _ in 0..ROUNDS {
            let first = connect();
            delivered += send();
            assert_eq!(calls_by_own_sends.swap(0, Relaxed), 1);
            let second = connect();
            drop(first);
            delivered += send();
            assert_eq!(calls_by_own_sends.swap(0, Relaxed), 1);
            drop(second);
            delivered += send();
            assert_eq!(calls_by_own_sends.load(Relaxed), 0);
        }
        delivered
    };
    let delivered: usize = thread::scope(|threads| {
        let workers: Vec<_> = (0..THREADS)
            .map(|id| threads.spawn(move || work(id)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .sum()
    });
    let sends = THREADS * ROUNDS * 3;
    assert_eq!(delivered, sends + total.load(Relaxed));
    assert_eq!(Arc::strong_count(alive), 1);
}

#[signal(owned)]
struct Paid<'a> {
    count: &'a Arc<AtomicUsize>,
}

#[receiver(signal = Paid, after_commit)]
fn commits(event: &Paid<'_>) {
    event.count.fetch_add(1, Relaxed);
}

#[receiver(signal = Paid, after_rollback)]
fn rolls_back(event: &Paid<'_>) {
    event.count.fetch_add(1_000_000, Relaxed);
}

#[test]
fn a_hundred_threads_send_in_a_transaction_that_ends_concurrently() {
    for (end, each) in [
        (Transaction::commit as fn(Transaction) -> _, 1),
        (Transaction::rollback, 1_000_000),
    ] {
        let count = Arc::new(AtomicUsize::new(0));
        let transaction = Transaction::new();
        let inside = transaction.run(Scope::current);
        let together = Barrier::new(THREADS + 1);
        thread::scope(|threads| {
            for _ in 0..THREADS {
                threads.spawn(|| {
                    inside.enter(|| {
                        together.wait();
                        (0..ROUNDS).for_each(|_| drop(Paid { count: &count }.send()));
                    });
                });
            }
            together.wait();
            end(transaction);
        });
        // Signals that were sent after the end had the same outcome.
        assert_eq!(count.load(Relaxed), THREADS * ROUNDS * each);
        assert_eq!(Arc::strong_count(&count), 1);
    }
}

/// A separate signal, since the closures of other tests would be called, too.
#[signal]
struct Prodded {
    by: usize,
}

#[receiver(signal = Prodded)]
fn prodded(_: &Prodded) {}

#[test]
fn connections_scopes_and_transactions_release_all_memory() {
    let count = Arc::new(AtomicUsize::new(0));
    let round = || {
        let connection = Prodded::connect(|_| {});
        let scope = Scope::new().provide(7_u64).mute(prodded);
        let seen = scope.capture::<Prodded, _>(|event| event.by);
        scope.run(|| Prodded { by: 1 }.send());
        assert_eq!(seen.take(), [1]);
        drop(connection);

        let outer = Transaction::new();
        scope.run(|| {
            outer.run(|| {
                let inner = Transaction::new();
                inner.run(|| Paid { count: &count }.send());
                inner.commit();
                Paid { count: &count }.send();
            });
        });
        outer.commit();
    };
    // The first round creates the call sites of the closures and the tables, which stay.
    round();
    let measured = allocation_counter::measure(|| (0..100).for_each(|_| round()));
    assert_ne!(measured.count_total, 0);
    assert_eq!((measured.count_current, measured.bytes_current), (0, 0));
    assert_eq!(count.load(Relaxed), 202);
}
