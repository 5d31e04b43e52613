//! Scopes and transactions across `.await` points.

use std::sync::Arc;
use std::task::Poll;

use lback_signals::{AsyncSignal, Res, Scope, Signal, Transaction, receiver, signal};

use super::{Log, poll_once, yield_now};

struct Tenant(u32);

#[signal(async, owned)]
struct Stored<'a> {
    name: &'a str,
}

#[signal(owned)]
struct Billed {
    tenant: u32,
}

#[receiver(signal = Stored)]
async fn bill(_: &Stored<'_>, tenant: Res<'_, Tenant>) {
    for _ in 0..3 {
        yield_now().await;
        Billed { tenant: tenant.0 }.send();
    }
}

#[receiver(signal = Billed)]
fn is_in_the_scope_of_its_sender(event: &Billed, tenant: Res<'_, Tenant>) -> Result<(), String> {
    if event.tenant == tenant.0 {
        Ok(())
    } else {
        Err("crossed".to_owned())
    }
}

#[receiver(signal = Billed, after_commit)]
fn commits(event: &Billed, log: Res<'_, Log>) {
    log.write(format!("billed {}", event.tenant));
}

#[receiver(signal = Stored, after_commit)]
fn tells(event: &Stored<'_>, log: Res<'_, Log>) {
    log.write(format!("stored {}", event.name));
}

#[receiver(signal = Stored, after_rollback)]
fn regrets(event: &Stored<'_>, log: Res<'_, Log>) {
    log.write(format!("not stored {}", event.name));
}

async fn store(tenant: u32, log: Arc<Log>) {
    let scope = Scope::new().provide(Tenant(tenant)).provide_dyn(log);
    let billed = scope.capture::<Billed, _>(|event| event.tenant);
    let sending = scope.run_async(async {
        let name = "a.txt".to_owned();
        Stored { name: &name }.send_async().await
    });
    assert!(sending.await.is_ok());
    assert_eq!(billed.take(), [tenant; 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_on_several_threads_do_not_see_each_others_scopes() {
    for _ in 0..50 {
        let tasks: Vec<_> = (0..20)
            .map(|tenant| tokio::spawn(store(tenant, Arc::default())))
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
}

#[test]
fn without_a_transaction_after_commit_receivers_run_at_the_end_of_the_dispatch() {
    let log = Arc::new(Log::default());
    pollster::block_on(store(7, Arc::clone(&log)));
    assert_eq!(
        log.take(),
        ["billed 7", "billed 7", "billed 7", "stored a.txt"]
    );
}

async fn store_in(transaction: &Transaction, log: &Arc<Log>) {
    transaction.run_async(store(7, Arc::clone(log))).await;
    assert!(log.take().is_empty());
}

#[test]
fn in_a_transaction_receivers_wait_for_its_end() {
    let log = Arc::new(Log::default());
    let transaction = Transaction::new();
    pollster::block_on(store_in(&transaction, &log));
    assert_eq!(transaction.commit().delivered(), 4);
    assert_eq!(
        log.take(),
        ["stored a.txt", "billed 7", "billed 7", "billed 7"]
    );

    let transaction = Transaction::new();
    pollster::block_on(store_in(&transaction, &log));
    transaction.rollback();
    assert_eq!(log.take(), ["not stored a.txt"]);
}

struct Observed;

#[signal]
struct Copied;

impl Clone for Observed {
    fn clone(&self) -> Self {
        Copied.send();
        Self
    }
}

#[signal(async, owned)]
struct Shown<'a> {
    observed: &'a Observed,
}

#[receiver(signal = Shown)]
async fn waits(event: &Shown<'_>) {
    let _ = event.observed;
    yield_now().await;
}

#[receiver(signal = Shown, after_commit)]
fn commits_later(_: &Shown<'_>) {}

#[test]
fn the_owned_copy_is_made_in_the_context_of_the_first_poll() {
    let (scope, transaction) = (Scope::new(), Transaction::new());
    let copied = scope.capture::<Copied, _>(|_| ());
    let event = Shown {
        observed: &Observed,
    };
    let mut sending = Box::pin(event.send_async());
    let first = transaction.run(|| scope.run(|| poll_once(sending.as_mut())));
    assert!(first.is_pending());
    assert!(poll_once(sending.as_mut()).is_ready());
    assert_eq!(copied.take().len(), 1);
    assert_eq!(transaction.commit().delivered(), 1);
}

#[signal(async)]
struct Renamed;

#[signal(owned)]
struct Noted;

#[receiver(signal = Noted, after_commit)]
fn notes(_: &Noted) {}

#[receiver(signal = Renamed)]
async fn notes_later(_: &Renamed) -> Result<(), String> {
    yield_now().await;
    match Noted.send().deferred() {
        1 => Ok(()),
        deferred => Err(format!("{deferred} deferred")),
    }
}

#[test]
fn a_dispatch_stays_in_the_transaction_of_its_first_poll() {
    let transaction = Transaction::new();
    let mut send = Box::pin(Renamed.send_async());
    transaction.run(|| assert!(poll_once(send.as_mut()).is_pending()));
    let Poll::Ready(report) = poll_once(send.as_mut()) else {
        panic!("the receiver waits no longer");
    };
    assert!(report.is_ok(), "{report:?}");
    drop(transaction.rollback());
}
