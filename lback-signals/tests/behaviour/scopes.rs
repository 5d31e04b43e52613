//! Scopes: resources, mutes, captures, and the code to which they apply.

mod captures;
mod hostile;
mod named;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;

use lback_signals::{FailureKind, Res, Scope, Signal, provide, receiver, signal};

/// The log of the receivers: a resource of a test's scope.
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

/// Returns a scope with a log and a tariff.
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
fn a_scope_provides_resources_that_the_process_lacks() {
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
fn the_innermost_scope_shadows_outer_scopes_and_the_process() {
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
    // Within one scope, the last resource of a type replaces the earlier ones.
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
    neither.run(ask);
    ask();
    assert_eq!(*seen.lock().unwrap(), [0, 1, 2, 2, 1, 0, 0]);
}

#[test]
fn a_panic_restores_the_outer_context() {
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
fn only_runs_the_named_receivers_and_skips_the_others() {
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
fn a_muted_signal_reaches_no_receiver() {
    let (scope, log) = logged();
    scope.mute_signal::<OrderPaid<'_>>().run(|| {
        assert_eq!(pay(1).skipped(), 3);
        OrderRefunded.send();
    });
    assert_eq!(log.take(), ["count order_refunded"]);
}

#[test]
fn a_scope_mutes_receivers_in_scopes_that_mute_none() {
    let (scope, log) = logged();
    scope.mute_signal::<OrderPaid<'_>>().run(|| {
        Scope::new().run(|| {
            assert_eq!(pay(1).skipped(), 3);
            OrderRefunded.send();
        });
    });
    assert_eq!(log.take(), ["count order_refunded"]);
}

#[test]
fn the_innermost_scope_that_names_a_receiver_decides_about_it() {
    let (scope, log) = logged();
    scope.mute(audit).mute(bill).run(|| {
        // `only` names one receiver, and so decides about all of them.
        Scope::new().only(audit).run(|| pay(1));
        // This scope names no receiver of `OrderPaid`, so the outer one decides.
        Scope::new().mute(count::<OrderRefunded>).run(|| pay(2));
    });
    assert_eq!(log.take(), ["audit 1", "count order_paid"]);
}

#[test]
fn a_muted_receiver_cannot_veto() {
    let scope = Scope::new().mute(bill);
    let event = OrderPaid {
        number: 1,
        email: "",
    };
    assert!(event.try_send().is_err()); // no tariff
    assert!(scope.run(|| event.try_send()).is_ok());
}

#[test]
fn another_thread_is_in_the_scope_only_if_it_enters_the_current_one() {
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
fn entering_a_current_scope_replaces_the_whole_context() {
    let (scope, log) = logged();
    let outside = Scope::current();
    scope.run(|| {
        let inside = Scope::current();
        // The scope is entered twice, and the receivers run once.
        inside.enter(|| pay(1));
        outside.enter(|| pay(2));
    });
    assert_eq!(log.take().len(), 3);
}

#[test]
fn a_receiver_sends_in_the_scope_of_its_dispatch() {
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
fn a_receiver_may_create_a_scope() {
    #[signal]
    struct Outer;

    #[receiver(signal = Outer)]
    fn in_a_scope(_: &Outer) {
        let (scope, log) = logged();
        assert!(scope.run(|| pay(1)).is_ok());
        assert_eq!(log.take().len(), 3);
    }

    #[receiver(signal = Outer, last)]
    fn after_it(_: &Outer) {
        assert!(!pay(1).is_ok());
    }

    assert!(Outer.send().is_ok());
    assert!(Scope::new().run(|| Outer.send()).is_ok());
}
