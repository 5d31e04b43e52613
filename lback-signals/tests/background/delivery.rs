//! Delivery: each job runs once, with its receiver, and no sender waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use lback_signals::{
    AsyncSignal, Phase, Res, Scope, Signal, Transaction, background, receiver, signal,
};
use test_support::rounds;

use crate::{LONG, Notes};

#[signal(owned)]
struct Ordered<'a> {
    number: u32,
    #[sender]
    customer: &'a str,
}

/// The gate at which receivers wait.
struct Gate(Mutex<mpsc::Receiver<()>>);

#[receiver(signal = Ordered, background)]
fn a_called(event: &Ordered<'_>, gate: Option<Res<'_, Gate>>, notes: Res<'_, Notes>) {
    if let Some(gate) = gate {
        gate.0.lock().unwrap().recv().unwrap();
    }
    notes.write(format!("called {} {}", event.number, event.customer));
}

#[receiver(signal = Ordered, background)]
async fn b_awaited(event: &Ordered<'_>, notes: Res<'_, Notes>) {
    let number = event.number;
    tokio::task::yield_now().await;
    notes.write(format!("awaited {number} {}", event.customer));
}

#[receiver(signal = Ordered)]
fn c_now(event: &Ordered<'_>, notes: Res<'_, Notes>) {
    notes.write(format!("now {}", event.number));
}

fn scope(notes: &Arc<Notes>) -> Scope {
    Scope::new().provide_dyn(Arc::clone(notes))
}

#[test]
fn the_sender_does_not_wait_and_the_owned_copy_outlives_the_borrowed_data() {
    let notes = Arc::new(Notes::default());
    let (open, gate) = mpsc::channel();
    let scope = scope(&notes).provide(Gate(Mutex::new(gate)));
    let customer = String::from("ada");
    let event = Ordered {
        number: 7,
        customer: &customer,
    };
    let report = scope.run(|| event.send());
    assert_eq!(
        (report.delivered(), report.deferred(), report.skipped()),
        (1, 2, 0)
    );
    drop(customer);

    assert_eq!(notes.wait_for(2), ["now 7", "awaited 7 ada"]);
    open.send(()).unwrap();
    assert_eq!(notes.wait_for(3)[2], "called 7 ada");
}

#[test]
fn background_receivers_are_listed_with_their_phase_and_kind() {
    let receivers = Ordered::info().receivers();
    let timings: Vec<_> = receivers
        .iter()
        .map(|it| (it.name(), it.phase(), it.is_background(), it.is_async()))
        .collect();
    assert_eq!(
        timings,
        [
            ("c_now", Phase::Now, false, false),
            ("a_called", Phase::Background, true, false),
            ("b_awaited", Phase::Background, true, true),
        ]
    );
}

#[signal(owned)]
struct Numbered {
    number: u32,
}

#[derive(Default)]
struct Tally(Mutex<HashMap<(&'static str, u32), u32>>);

impl Tally {
    fn count(&self, name: &'static str, number: u32) {
        *self.0.lock().unwrap().entry((name, number)).or_default() += 1;
    }
}

#[receiver(signal = Numbered, background)]
fn tallies(event: &Numbered, tally: Res<'_, Tally>) {
    tally.count("called", event.number);
}

#[receiver(signal = Numbered, background)]
async fn tallies_awaited(event: &Numbered, tally: Res<'_, Tally>) {
    tokio::task::yield_now().await;
    tally.count("awaited", event.number);
}

#[test]
fn each_signal_from_eight_threads_is_delivered_once() {
    let each = rounds(1_250);
    let tally = Arc::new(Tally::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&tally));
    thread::scope(|threads| {
        for thread in 0..8 {
            let scope = &scope;
            threads.spawn(move || {
                scope.run(|| {
                    for number in thread * each..(thread + 1) * each {
                        assert_eq!(Numbered { number }.send().deferred(), 2);
                    }
                });
            });
        }
    });
    assert!(background::flush(LONG));
    let tally = tally.0.lock().unwrap();
    // Eight threads, and two receivers per signal.
    let all = 16 * each;
    assert_eq!(tally.len(), all as usize);
    assert!(tally.values().all(|&times| times == 1));
    let stats = background::stats();
    assert!(stats.done() >= u64::from(all), "{stats:?}");
    assert!(stats.total() >= stats.done());
}

#[signal(owned)]
struct Paid {
    number: u32,
}

#[receiver(signal = Paid, after_commit, background)]
async fn commits(event: &Paid, notes: Res<'_, Notes>) {
    notes.write(format!("committed {}", event.number));
    // The receiver runs outside the transaction whose commit it waited for.
    let report = Shipped.send();
    notes.write(format!("{} deferred", report.deferred()));
}

#[receiver(signal = Paid, after_rollback, background)]
fn rolls_back(event: &Paid, notes: Res<'_, Notes>) {
    notes.write(format!("rolled back {}", event.number));
}

#[signal(owned)]
struct Shipped;

#[receiver(signal = Shipped, after_commit)]
fn runs_at_once(_: &Shipped) {}

#[test]
fn receivers_that_wait_for_a_transaction_are_queued_when_it_ends() {
    let notes = Arc::new(Notes::default());
    let transaction = Transaction::new();
    let report = transaction.run(|| scope(&notes).run(|| Paid { number: 1 }.send()));
    assert_eq!(report.deferred(), 1);
    let report = transaction.commit();
    assert_eq!((report.delivered(), report.deferred()), (0, 1));
    assert_eq!(notes.wait_for(2), ["committed 1", "0 deferred"]);

    let transaction = Transaction::new();
    transaction.run(|| scope(&notes).run(|| Paid { number: 2 }.send()));
    assert_eq!(transaction.rollback().deferred(), 1);
    assert_eq!(notes.wait_for(3)[2], "rolled back 2");

    let transaction = Transaction::new();
    transaction.run(|| scope(&notes).run(|| Paid { number: 3 }.send()));
    let abandoned = transaction.abandon();
    assert_eq!(abandoned[0].receivers().len(), 2);

    // Without a transaction, the end of `send` is the commit.
    let report = scope(&notes).run(|| Paid { number: 4 }.send());
    assert_eq!(report.deferred(), 1);
    assert_eq!(notes.wait_for(5)[3..], ["committed 4", "0 deferred"]);
}

#[signal(async, owned)]
struct Uploaded<'a> {
    name: &'a str,
}

#[receiver(signal = Uploaded, background)]
async fn scans(event: &Uploaded<'_>, notes: Res<'_, Notes>) {
    notes.write(format!("scans {}", event.name));
}

#[receiver(signal = Uploaded)]
async fn indexes(event: &Uploaded<'_>) -> Result<(), &'static str> {
    if event.name.is_empty() {
        Err("no name")
    } else {
        Ok(())
    }
}

#[test]
fn an_async_signal_queues_its_background_receivers_unless_it_is_vetoed() {
    let notes = Arc::new(Notes::default());
    let scope = scope(&notes);
    let veto = scope.run(|| pollster::block_on(Uploaded { name: "" }.try_send_async()));
    assert_eq!(veto.unwrap_err().receiver().name(), "indexes");
    let report = scope.run(|| pollster::block_on(Uploaded { name: "a" }.send_async()));
    assert_eq!((report.delivered(), report.deferred()), (1, 1));
    assert_eq!(notes.wait_for(1), ["scans a"]);
}
