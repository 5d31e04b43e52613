//! Receivers that are disabled for the whole process. Each test has its own signals.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use lback_signals::{
    AsyncSignal, DisableError, Report, Scope, Signal, Transaction, WiringProblem, disable,
    disable_by_id, enable, enable_by_id, receiver, signal, wiring,
};
use test_support::{child_process, output_of};

/// Returns how many receivers were called, skipped and deferred.
fn counts<R>(report: &Report<R>) -> (usize, usize, usize) {
    assert!(report.is_ok(), "{report:?}");
    (report.delivered(), report.skipped(), report.deferred())
}

fn id(signal: &lback_signals::SignalInfo, name: &str) -> &'static str {
    let receivers = signal.receivers();
    let receiver = receivers.iter().find(|receiver| receiver.name() == name);
    receiver.unwrap().id()
}

#[test]
fn a_disabled_receiver_is_skipped_until_it_is_enabled() {
    #[signal]
    struct OrderPaid;

    #[receiver(signal = OrderPaid)]
    fn audit(_: &OrderPaid) {}

    #[receiver(signal = OrderPaid)]
    fn send_receipt(_: &OrderPaid) -> Result<(), &'static str> {
        Err("the mail server is down")
    }

    assert!(OrderPaid.try_send().is_err());
    // Enabling an enabled receiver has no effect.
    enable(send_receipt).unwrap();
    disable(send_receipt).unwrap();
    assert_eq!(counts(&OrderPaid.send()), (1, 1, 0));
    assert_eq!(counts(&OrderPaid.try_send().unwrap()), (1, 1, 0));
    assert_eq!(counts(&Scope::new().run(|| OrderPaid.send())), (1, 1, 0));
    let on_other_thread = thread::spawn(|| OrderPaid.send()).join().unwrap();
    assert_eq!(counts(&on_other_thread), (1, 1, 0));
    assert!(OrderPaid::has_receivers());

    // One call of `enable` reverts any number of calls of `disable`.
    disable(send_receipt).unwrap();
    enable(send_receipt).unwrap();
    assert!(OrderPaid.try_send().is_err());
    enable(send_receipt).unwrap();
    disable(audit).unwrap();
    disable(send_receipt).unwrap();
    assert_eq!(counts(&OrderPaid.send()), (0, 2, 0));
    enable(audit).unwrap();
    assert_eq!(counts(&OrderPaid.send()), (1, 1, 0));
}

#[test]
fn disabling_a_receiver_leaves_closures_connected() {
    #[signal(reply = u32)]
    struct Asked;

    #[receiver(signal = Asked)]
    fn answer(_: &Asked) -> u32 {
        1
    }

    let replies = || -> Vec<u32> { Asked.send().replies().map(|(_, reply)| *reply).collect() };
    let connection = Asked::connect(|_| 2);
    disable(answer).unwrap();
    assert_eq!(replies(), [2]);
    let second = Asked::connect(|_| 3);
    assert_eq!(replies(), [2, 3]);
    drop(connection);
    drop(second);
    assert!(replies().is_empty());
    enable(answer).unwrap();
    assert_eq!(replies(), [1]);
}

#[test]
fn a_disabled_async_receiver_is_skipped() {
    #[signal(async)]
    struct Published;

    #[receiver(signal = Published)]
    fn note_slug(_: &Published) {}

    #[receiver(signal = Published)]
    async fn call_webhook(_: &Published) {}

    let send = || counts(&pollster::block_on(Published.send_async()));
    assert_eq!(send(), (2, 0, 0));
    disable(call_webhook).unwrap();
    assert_eq!(send(), (1, 1, 0));
    disable(note_slug).unwrap();
    assert_eq!(send(), (0, 2, 0));
    enable(call_webhook).unwrap();
    assert_eq!(send(), (1, 1, 0));
}

#[test]
fn a_receiver_counts_once_if_it_is_switched_while_its_signal_is_dispatched() {
    #[signal(async)]
    struct Switched {
        is_on: bool,
    }

    #[receiver(signal = Switched)]
    async fn a_switches(event: &Switched) -> Result<(), DisableError> {
        if event.is_on {
            enable(b_is_switched)
        } else {
            disable(b_is_switched)
        }
    }

    #[receiver(signal = Switched)]
    async fn b_is_switched(_: &Switched) {}

    // In a scope, each receiver is started only after the one before has been polled.
    let send = |is_on| {
        let event = Switched { is_on };
        counts(&pollster::block_on(
            Scope::new().run_async(event.send_async()),
        ))
    };
    assert_eq!(send(false), (1, 1, 0));
    assert_eq!(send(true), (2, 0, 0));
}

#[test]
fn a_disabled_receiver_of_a_transaction_is_skipped() {
    static CALLS: AtomicU32 = AtomicU32::new(0);

    #[signal(owned)]
    struct Shipped;

    #[receiver(signal = Shipped, after_commit)]
    fn tell_buyer(_: &Shipped) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }

    #[receiver(signal = Shipped, after_rollback)]
    fn call_back(_: &Shipped) {
        CALLS.fetch_add(100, Ordering::Relaxed);
    }

    let send = |commit: bool| {
        let transaction = Transaction::new();
        let counts = transaction.run(|| counts(&Shipped.send()));
        if commit {
            transaction.commit();
        } else {
            transaction.rollback();
        }
        (counts, CALLS.swap(0, Ordering::Relaxed))
    };
    assert_eq!(send(true), ((0, 0, 1), 1));
    assert_eq!(send(false).1, 100);

    disable(tell_buyer).unwrap();
    assert_eq!(counts(&Shipped.send()), (0, 1, 0));
    assert_eq!(send(true), ((0, 1, 0), 0));
    assert_eq!(send(false).1, 100);
    disable(call_back).unwrap();
    assert_eq!(send(false).1, 0);

    // A receiver can also be disabled while it is pending.
    enable(tell_buyer).unwrap();
    let transaction = Transaction::new();
    assert_eq!(transaction.run(|| counts(&Shipped.send())), (0, 0, 1));
    disable(tell_buyer).unwrap();
    transaction.commit();
    assert_eq!(CALLS.load(Ordering::Relaxed), 0);
    enable(tell_buyer).unwrap();
    assert_eq!(counts(&Shipped.send()), (1, 0, 0));
}

#[test]
fn a_generic_receiver_is_disabled_for_one_signal_by_its_function_and_for_all_by_its_id() {
    #[signal]
    struct Saved;

    #[signal]
    struct Deleted;

    #[receiver(signal = [Saved, Deleted])]
    fn count<S: Signal>(_: &S) {}

    let send = || (Saved.send().delivered(), Deleted.send().delivered());
    disable(count::<Saved>).unwrap();
    assert_eq!(send(), (0, 1));
    let id = id(Deleted::info(), "count");
    disable_by_id(id).unwrap();
    assert_eq!(send(), (0, 0));
    enable(count::<Saved>).unwrap();
    assert_eq!(send(), (1, 0));
    enable_by_id(id).unwrap();
    assert_eq!(send(), (1, 1));
}

#[test]
fn a_receiver_that_fulfills_a_required_signal_cannot_be_disabled() {
    #[signal(required)]
    struct InvoiceDue;

    #[signal]
    struct InvoiceLate;

    #[receiver(signal = InvoiceDue, fulfills)]
    #[receiver(signal = InvoiceLate)]
    fn write_invoice<S: Signal>(_: &S) {}

    let id = id(InvoiceDue::info(), "write_invoice");
    let error = disable_by_id(id).unwrap_err();
    assert!(matches!(error, DisableError::Fulfills { receiver } if receiver.id() == id));
    assert_eq!(
        error.to_string(),
        format!(
            "receiver `{id}` cannot be disabled, since it fulfills `invoice_due`, which is required"
        ),
    );
    assert!(disable(write_invoice::<InvoiceDue>).is_err());
    // An id disables all of its receivers or none.
    assert_eq!(InvoiceDue.send().delivered(), 1);
    assert_eq!(InvoiceLate.send().delivered(), 1);
    enable_by_id(id).unwrap();
}

#[test]
fn a_function_that_is_no_receiver_is_an_error() {
    fn no_receiver() {}

    for error in [disable(no_receiver), enable(no_receiver)] {
        assert_eq!(
            error.unwrap_err().to_string(),
            "no receiver has the id `behaviour::disable::a_function_that_is_no_receiver_is_an_error::\
             no_receiver`: add `#[receiver(…)]` to the function, link its crate, or use an id that \
             `wiring()` lists, such as `shop::mail::send_receipt`",
        );
    }
    assert!(disable_by_id("").is_err());
    assert!(matches!(
        enable_by_id("mail::gone"),
        Err(DisableError::UnknownReceiver { id }) if id == "mail::gone"
    ));
}

#[signal]
struct Opened;

#[receiver(signal = Opened)]
fn first_listed(_: &Opened) {
    panic!("the environment disables it");
}

#[receiver(signal = Opened)]
fn not_listed(_: &Opened) {}

#[signal]
struct Closed;

#[receiver(signal = Closed)]
fn second_listed(_: &Closed) {
    panic!("the environment disables it");
}

#[signal(required)]
struct Locked;

/// Two functions that share an id. The first one cannot be disabled.
mod shared_id {
    use super::{Locked, Unlocked, receiver};

    fn _in_one_body() {
        #[receiver(signal = Locked, fulfills)]
        fn lock(_: &Locked) {}
    }

    fn _in_another_body() {
        #[receiver(signal = Unlocked)]
        fn lock(_: &Unlocked) {}
    }
}

#[signal]
struct Unlocked;

/// The value of `LBACK_DISABLE` in the child process.
const DISABLED: &str = " behaviour::disable::first_listed,behaviour::disable::gone,, behaviour::disable::second_listed ,\
                     behaviour::disable::shared_id::lock,behaviour::disable::first_listed,behaviour::disable::gone,";

fn check_in_child_process() {
    // The variable applies from the first dispatch on, on each thread.
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| assert_eq!(counts(&Opened.send()), (1, 1, 0)));
        }
    });
    assert_eq!(counts(&Closed.send()), (0, 1, 0));
    assert_eq!(counts(&Locked.send()), (1, 0, 0));
    assert_eq!(
        counts(&Unlocked.send()),
        (1, 0, 0),
        "an id disables all of its receivers or none"
    );
    let problems = wiring().check().unwrap_err();
    let problems: Vec<_> = problems
        .iter()
        .filter(|problem| matches!(problem, WiringProblem::NotDisabled { .. }))
        .map(ToString::to_string)
        .collect();
    assert_eq!(problems, environment_errors());
    enable(first_listed).unwrap();
    assert!(!Opened.send().is_ok());
}

fn environment_errors() -> [String; 2] {
    [
        "LBACK_DISABLE: no receiver has the id `behaviour::disable::gone`: add `#[receiver(…)]` to the function, \
         link its crate, or use an id that `wiring()` lists, such as `shop::mail::send_receipt`",
        "LBACK_DISABLE: receiver `behaviour::disable::shared_id::lock` cannot be disabled, since it fulfills `locked`, \
         which is required",
    ]
    .map(str::to_owned)
}

#[test]
fn the_environment_disables_receivers_from_the_first_dispatch_on() {
    let Some(mut command) = child_process() else {
        return check_in_child_process();
    };
    command.env("LBACK_DISABLE", DISABLED);
    let stderr = String::from_utf8(output_of(command).stderr).unwrap();
    let logged = |kind: &str| -> Vec<_> {
        let prefix = format!("lback-signals: {kind}: ");
        let lines = stderr.lines().filter_map(|line| line.strip_prefix(&prefix));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(
        logged("error"),
        environment_errors(),
        "each error is written once"
    );
    assert_eq!(
        logged("warning"),
        [
            "receiver `behaviour::disable::first_listed` of `opened` is disabled",
            "receiver `behaviour::disable::second_listed` of `closed` is disabled",
            "receiver `behaviour::disable::first_listed` of `opened` is enabled again",
        ],
    );
}

#[test]
fn without_the_environment_variable_no_receiver_is_disabled() {
    assert_eq!(Opened::info().receivers().len(), 2);
    assert!(
        Opened::info()
            .receivers()
            .iter()
            .all(|it| !it.is_disabled())
    );
}
