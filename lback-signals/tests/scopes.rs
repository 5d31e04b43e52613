//! Scopes: what they provide, mute and record, and where they hold.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;

use lback_signals::{FailureKind, Res, Scope, Signal, provide, receiver, signal};

/// What receivers report to, in the scope that a test makes for itself.
#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

struct Tariff(u32);

#[signal]
struct OrderPaid<'a> {
    number: u32,
    email: &'a str,
}

#[receiver(signal = OrderPaid)]
fn audit(event: &OrderPaid<'_>, log: Option<Res<'_, Log>>) {
    if let Some(log) = log {
        log.write(format!("audit {}", event.number));
    }
}

#[receiver(signal = OrderPaid)]
fn bill(event: &OrderPaid<'_>, log: Option<Res<'_, Log>>, tariff: Res<'_, Tariff>) {
    if let Some(log) = log {
        log.write(format!("bill {} at {}", event.number, tariff.0));
    }
}

#[signal]
struct OrderRefunded;

#[receiver(signal = [OrderRefunded, OrderPaid], last)]
fn count<S: Signal>(_: &S, log: Option<Res<'_, Log>>) {
    if let Some(log) = log {
        log.write(format!("count {}", S::info().name()));
    }
}

/// A scope with a log of its own and a tariff.
fn logged() -> (Scope, Arc<Log>) {
    let log = Arc::new(Log::default());
    let scope = Scope::new()
        .provide_dyn(Arc::clone(&log))
        .provide(Tariff(2));
    (scope, log)
}

fn pay(number: u32) -> lback_signals::Report {
    let email = format!("{number}@example.org");
    OrderPaid {
        number,
        email: &email,
    }
    .send()
}

#[test]
fn a_scope_provides_what_the_process_has_not() {
    let outside = pay(1);
    assert!(matches!(
        outside.failures()[0].kind(),
        FailureKind::MissingResource(_)
    ));
    let (scope, log) = logged();
    assert!(scope.run(|| pay(2)).is_ok());
    assert_eq!(log.take(), ["audit 2", "bill 2 at 2", "count order_paid"]);
    assert!(!pay(3).is_ok());
    assert!(log.take().is_empty());
}

#[test]
fn the_innermost_scope_hides_the_process_and_the_outer_ones() {
    struct Discount(u32);

    #[signal]
    struct Asked<'a> {
        seen: &'a Mutex<Vec<u32>>,
    }

    #[receiver(signal = Asked)]
    fn tell(event: &Asked<'_>, discount: Res<'_, Discount>) {
        event.seen.lock().unwrap().push(discount.0);
    }

    let seen = &Mutex::new(Vec::new());
    let ask = || Asked { seen }.send();
    provide(Discount(0)).unwrap();
    ask();
    // Within one scope the last one stays.
    let outer = Scope::new().provide(Discount(9)).provide(Discount(1));
    let inner = Scope::new().provide(Discount(2));
    let neither = Scope::new();
    outer.run(|| {
        ask();
        inner.run(|| {
            ask();
            neither.run(ask);
        });
        ask();
    });
    ask();
    assert_eq!(*seen.lock().unwrap(), [0, 1, 2, 2, 1, 0]);
}

#[test]
fn a_panic_restores_what_held_before() {
    let (scope, log) = logged();
    scope.run(|| {
        let inner = Scope::new().mute_signal::<OrderPaid<'_>>();
        let panicked = catch_unwind(AssertUnwindSafe(|| inner.run(|| panic!("on purpose"))));
        assert!(panicked.is_err());
        pay(1);
    });
    assert_eq!(log.take().len(), 3);
    let panicked = catch_unwind(AssertUnwindSafe(|| scope.run(|| panic!("on purpose"))));
    assert!(panicked.is_err());
    pay(2);
    assert!(log.take().is_empty());
}

#[test]
fn a_muted_receiver_is_skipped() {
    let (scope, log) = logged();
    let report = scope.mute(audit).run(|| pay(1));
    assert_eq!(log.take(), ["bill 1 at 2", "count order_paid"]);
    assert_eq!((report.delivered(), report.skipped()), (2, 1));
}

#[test]
fn a_generic_receiver_is_muted_for_one_signal() {
    let (scope, log) = logged();
    scope.mute(count::<OrderPaid<'_>>).run(|| {
        pay(1);
        OrderRefunded.send();
    });
    assert_eq!(
        log.take(),
        ["audit 1", "bill 1 at 2", "count order_refunded"]
    );
}

#[test]
fn only_those_that_are_named_run() {
    let (scope, log) = logged();
    let scope = scope.only(audit).only(count::<OrderRefunded>);
    scope.run(|| {
        let report = pay(1);
        assert_eq!((report.delivered(), report.skipped()), (1, 2));
        OrderRefunded.send();
    });
    assert_eq!(log.take(), ["audit 1", "count order_refunded"]);
}

#[test]
fn a_muted_signal_reaches_nobody() {
    let (scope, log) = logged();
    scope.mute_signal::<OrderPaid<'_>>().run(|| {
        assert_eq!(pay(1).skipped(), 3);
        OrderRefunded.send();
    });
    assert_eq!(log.take(), ["count order_refunded"]);
}

#[test]
fn what_the_inner_scope_says_of_a_receiver_holds() {
    let (scope, log) = logged();
    scope.mute(audit).mute(bill).run(|| {
        // It names one, and thereby all.
        Scope::new().only(audit).run(|| pay(1));
        // It says nothing of them.
        Scope::new().mute(count::<OrderRefunded>).run(|| pay(2));
    });
    assert_eq!(log.take(), ["audit 1", "count order_paid"]);
}

#[test]
fn a_strict_sender_is_not_vetoed_by_what_is_muted() {
    let scope = Scope::new().mute(bill);
    let event = OrderPaid {
        number: 1,
        email: "",
    };
    assert!(event.try_send().is_err()); // no tariff
    assert!(scope.run(|| event.try_send()).is_ok());
}

#[test]
fn a_capture_records_what_is_sent_muted_or_not() {
    let (scope, log) = logged();
    let emails = scope.capture::<OrderPaid<'_>, _>(|event| event.email.to_owned());
    assert!(emails.is_empty());
    scope.run(|| {
        pay(1);
        Scope::new()
            .mute_signal::<OrderPaid<'_>>()
            .run(|| assert_eq!(pay(2).delivered(), 0));
        OrderRefunded.send();
    });
    pay(3);
    assert_eq!(emails.len(), 2);
    assert_eq!(emails.take(), ["1@example.org", "2@example.org"]);
    assert!(emails.take().is_empty());
    // Receivers ran all the same.
    assert_eq!(log.take().len(), 4);
}

#[test]
fn a_capture_sees_the_signal_before_its_receivers_do() {
    let (scope, log) = logged();
    let order = Arc::clone(&log);
    let _captured = scope.capture::<OrderPaid<'_>, _>(move |_| order.write("captured"));
    scope.run(|| pay(1));
    assert_eq!(log.take()[0], "captured");
}

#[test]
fn a_capture_may_begin_while_the_scope_is_in_use() {
    let scope = Scope::new().mute_signal::<OrderPaid<'_>>();
    let numbers = scope.run(|| {
        pay(1);
        let numbers = scope.capture::<OrderPaid<'_>, _>(|event| event.number);
        pay(2);
        numbers
    });
    assert_eq!(numbers.take(), [2]);
}

#[test]
fn a_capture_that_panics_is_a_failure_of_the_dispatch() {
    let (scope, log) = logged();
    let captured = scope.capture::<OrderPaid<'_>, _>(|event| {
        assert_ne!(event.number, 13);
    });
    let line = line!() - 3;
    let report = scope.run(|| pay(13));
    let failure = &report.failures()[0];
    assert!(matches!(failure.kind(), FailureKind::Panic(_)));
    assert_eq!(
        (failure.receiver().file(), failure.receiver().line()),
        (file!(), line)
    );
    assert_eq!((report.delivered(), report.failures().len()), (3, 1));
    assert_eq!((captured.len(), log.take().len()), (0, 3));

    let event = OrderPaid {
        number: 13,
        email: "",
    };
    assert!(scope.run(|| event.try_send()).is_err());
    assert!(log.take().is_empty());
}

#[test]
fn a_signal_without_receivers_can_be_recorded() {
    #[signal]
    struct Unheard {
        number: u32,
    }

    let scope = Scope::new();
    Unheard::send_with(|| unreachable!("nobody listens"));
    scope.run(|| Unheard::send_with(|| unreachable!("nobody listens here either")));
    let numbers = scope.capture::<Unheard, _>(|event| event.number);
    scope.run(|| Unheard::send_with(|| Unheard { number: 7 }));
    Unheard::send_with(|| unreachable!("nobody listens"));
    assert_eq!(numbers.take(), [7]);
}

#[test]
fn a_signal_that_is_answered_can_be_recorded() {
    #[signal(reply = &'a str)]
    struct Named<'a> {
        name: &'a str,
    }

    #[receiver(signal = Named)]
    fn name<'a>(event: &Named<'a>) -> &'a str {
        event.name
    }

    let scope = Scope::new();
    let names = scope.capture::<Named<'_>, _>(|event| event.name.len());
    let report = scope.run(|| Named { name: "Ada" }.send());
    assert_eq!(
        report.replies().map(|(_, name)| *name).collect::<Vec<_>>(),
        ["Ada"]
    );
    assert_eq!(names.take(), [3]);
}

#[test]
fn a_scope_does_not_follow_to_another_thread_unless_it_is_taken_along() {
    let (scope, log) = logged();
    scope.run(|| {
        thread::scope(|threads| {
            threads.spawn(|| assert!(!pay(1).is_ok()));
            let here = Scope::current();
            threads.spawn(move || assert!(here.enter(|| pay(2)).is_ok()));
        });
    });
    assert_eq!(log.take(), ["audit 2", "bill 2 at 2", "count order_paid"]);
}

#[test]
fn what_is_entered_takes_the_place_of_all_that_holds() {
    let (scope, log) = logged();
    let outside = Scope::current();
    scope.run(|| {
        let inside = Scope::current();
        // Twice the same, and yet once.
        inside.enter(|| pay(1));
        outside.enter(|| pay(2));
    });
    assert_eq!(log.take().len(), 3);
}

#[test]
fn receivers_send_in_the_same_scope() {
    #[signal]
    struct Outer;

    #[receiver(signal = Outer)]
    fn pass_on(_: &Outer) {
        pay(1);
    }

    let (scope, log) = logged();
    assert!(scope.run(|| Outer.send()).is_ok());
    assert_eq!(log.take().len(), 3);
}

#[test]
fn receivers_may_make_scopes_of_their_own() {
    #[signal]
    struct Outer;

    #[receiver(signal = Outer)]
    fn in_a_scope(_: &Outer) {
        let (scope, log) = logged();
        assert!(scope.run(|| pay(1)).is_ok());
        assert_eq!(log.take().len(), 3);
    }

    #[receiver(signal = Outer, last)]
    fn behind_it(_: &Outer) {
        assert!(!pay(1).is_ok());
    }

    assert!(Outer.send().is_ok());
    assert!(Scope::new().run(|| Outer.send()).is_ok());
}

#[test]
fn runaway_recursion_ends_in_a_scope_too() {
    #[signal]
    struct Echo;

    #[receiver(signal = Echo)]
    fn in_yet_another_scope(_: &Echo) {
        Scope::new().run(|| Echo.send());
    }

    #[receiver(signal = Echo)]
    fn again(_: &Echo) {
        Echo.send();
    }

    for scope in [None, Some(Scope::new())] {
        let report = match &scope {
            None => Echo.send(),
            Some(scope) => scope.run(|| Echo.send()),
        };
        assert_eq!(report.failures().len(), 1);
        assert!(matches!(
            report.failures()[0].kind(),
            FailureKind::Recursion(recursion) if recursion.chain().len() == 65
        ));
        // And the thread is as it was.
        let (scope, log) = logged();
        assert!(scope.run(|| pay(1)).is_ok());
        assert!(!pay(2).is_ok());
        assert_eq!(log.take().len(), 3);
    }
}
