//! A stopped recursion is reported once, by the outermost dispatch, on every path.

use std::sync::Mutex;

use lback_signals::{
    AsyncSignal, DispatchError, Failure, FailureKind, Model, Report, Scope, Signal, Transaction,
    on_failure, receiver, signal,
};
use test_support::in_child_process;

/// The number of reported recursions.
static REPORTED: Mutex<u32> = Mutex::new(0);

fn reported(send: impl FnOnce()) -> u32 {
    *REPORTED.lock().unwrap() = 0;
    send();
    *REPORTED.lock().unwrap()
}

#[signal]
struct Called;

#[receiver(signal = Called)]
fn calls(_: &Called) -> Result<(), DispatchError> {
    Called.send().into_result().map(drop)
}

#[signal]
struct Vetoed;

#[receiver(signal = Vetoed)]
fn vetoes(_: &Vetoed) -> Result<(), Failure> {
    Vetoed.try_send().map(drop)
}

#[signal(async)]
struct Awaited;

#[receiver(signal = Awaited)]
async fn awaits(_: &Awaited) -> Result<(), DispatchError> {
    let report: Report = Box::pin(Awaited.send_async()).await;
    report.into_result().map(drop)
}

#[receiver(signal = Awaited)]
async fn awaits_too(event: &Awaited) -> Result<(), DispatchError> {
    awaits(event).await
}

/// A strict dispatch returns its first failure and reports the others.
#[signal(async)]
struct Checked;

#[receiver(signal = Checked)]
async fn a_fails(_: &Checked) -> Result<(), &'static str> {
    Err("on purpose")
}

#[receiver(signal = Checked)]
async fn b_checks(_: &Checked) -> Result<(), Failure> {
    let checked: Result<Report, _> = Box::pin(Checked.try_send_async()).await;
    checked.map(drop)
}

#[signal(owned)]
struct Committed;

#[receiver(signal = Committed, after_commit)]
fn commits(_: &Committed) {
    let transaction = Transaction::new();
    transaction.run(|| Committed.send());
    transaction.commit();
}

#[signal(owned)]
struct RolledBack;

#[receiver(signal = RolledBack, after_rollback)]
fn rolls_back(_: &RolledBack) {
    Transaction::new().run(|| RolledBack.send());
}

/// A value whose clones send endlessly when they are dropped.
struct SendsWhenDropped {
    is_copy: bool,
}

impl Clone for SendsWhenDropped {
    fn clone(&self) -> Self {
        Self { is_copy: true }
    }
}

impl Drop for SendsWhenDropped {
    fn drop(&mut self) {
        if self.is_copy {
            Called.send();
        }
    }
}

#[signal(owned)]
struct Rung {
    bell: SendsWhenDropped,
}

#[receiver(signal = Rung, after_commit)]
fn hears(_: &Rung) {}

/// An id whose `Display` sends endlessly.
#[derive(Clone)]
struct SendsWhenDisplayed;

impl std::fmt::Display for SendsWhenDisplayed {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Called.send();
        Ok(())
    }
}

#[derive(Clone, Model)]
struct Speaker {
    #[model(id)]
    id: SendsWhenDisplayed,
}

#[signal(owned)]
struct Spoken<'a> {
    #[sender]
    speaker: &'a Speaker,
}

#[receiver(signal = Spoken, after_commit)]
fn listens(_: &Spoken<'_>) {}

#[signal]
struct Recorded;

#[test]
fn a_stopped_recursion_is_reported_once() {
    in_child_process(|| {
        on_failure(|failure| {
            if matches!(failure.kind(), FailureKind::Recursion(_)) {
                *REPORTED.lock().unwrap() += 1;
            }
        });
        assert_eq!(reported(|| drop(Called.send())), 1);
        assert_eq!(
            reported(|| drop(Called.try_send())),
            0,
            "the caller gets it instead"
        );
        assert_eq!(reported(|| drop(Vetoed.send())), 1);
        let awaits = || drop(pollster::block_on(Awaited.send_async()));
        assert_eq!(reported(awaits), 1);
        let checks = || drop(pollster::block_on(Checked.send_async()));
        assert_eq!(reported(checks), 1);
        let checks = || drop(pollster::block_on(Checked.try_send_async()));
        assert_eq!(reported(checks), 1);
        assert_eq!(reported(|| drop(Committed.send())), 1);
        assert_eq!(
            reported(|| Transaction::new().run(|| drop(RolledBack.send()))),
            1
        );

        // Recursion can also start in user code that runs outside a receiver.
        let ring = || {
            let bell = SendsWhenDropped { is_copy: false };
            Transaction::new().run(|| drop(Rung { bell }.send()));
        };
        assert_eq!(reported(ring), 1);
        let speak = || {
            let transaction = Transaction::new();
            let speaker = &Speaker {
                id: SendsWhenDisplayed,
            };
            transaction.run(|| drop(Spoken { speaker }.send()));
            transaction.abandon();
        };
        assert_eq!(reported(speak), 1);

        let scope = Scope::new();
        let _captured = scope.capture::<Recorded, _>(|_| drop(Recorded.send()));
        assert_eq!(reported(|| drop(scope.run(|| Recorded.send()))), 1);
        let _connection = Recorded::connect(|_| drop(Recorded.send()));
        assert_eq!(reported(|| drop(Recorded.send())), 1);
    });
}

/// `Display` is user code, which might send. At the limit that send would be refused.
#[test]
fn the_id_of_the_sender_is_not_displayed_at_the_recursion_limit() {
    #[signal]
    struct Deeper<'a> {
        depth: u32,
        transaction: &'a Mutex<Option<Transaction>>,
    }

    #[receiver(signal = Deeper)]
    fn abandon_at_the_limit(event: &Deeper<'_>) {
        if event.depth == 64 {
            let transaction = event.transaction.lock().unwrap().take().unwrap();
            assert_eq!(transaction.abandon()[0].sender(), None);
            return;
        }
        let deeper = Deeper {
            depth: event.depth + 1,
            transaction: event.transaction,
        };
        assert!(deeper.send().is_ok());
    }

    #[derive(Clone, Model)]
    struct Whisperer {
        #[model(id)]
        id: u32,
    }

    #[signal(owned)]
    struct Whispered<'a> {
        #[sender]
        speaker: &'a Whisperer,
    }

    #[receiver(signal = Whispered, after_commit)]
    fn listens_closely(_: &Whispered<'_>) {}

    let transaction = Transaction::new();
    let speaker = &Whisperer { id: 1 };
    transaction.run(|| drop(Whispered { speaker }.send()));
    let transaction = &Mutex::new(Some(transaction));
    let report = Deeper {
        depth: 1,
        transaction,
    }
    .send();
    assert!(report.is_ok());
}
