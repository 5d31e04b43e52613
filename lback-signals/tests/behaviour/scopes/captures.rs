//! Captures of signals.

use super::*;

#[test]
fn a_capture_records_signals_whether_muted_or_not() {
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
    // The capture does not affect the receivers.
    assert_eq!(log.take().len(), 4);
}

#[test]
fn a_capture_runs_before_the_receivers() {
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
fn a_signal_without_receivers_can_be_captured() {
    #[signal]
    struct Unheard {
        number: u32,
    }

    let scope = Scope::new();
    Unheard::send_with(|| unreachable!("there is no receiver"));
    scope.run(|| Unheard::send_with(|| unreachable!("there is no receiver and no capture")));
    let numbers = scope.capture::<Unheard, _>(|event| event.number);
    scope.run(|| Unheard::send_with(|| Unheard { number: 7 }));
    Unheard::send_with(|| unreachable!("there is no receiver"));
    assert_eq!(numbers.take(), [7]);
}

#[test]
fn a_signal_with_a_reply_type_can_be_captured() {
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
fn a_scope_nested_in_itself_captures_once() {
    let scope = Scope::new().mute_signal::<OrderPaid<'_>>();
    let numbers = scope.capture::<OrderPaid<'_>, _>(|event| event.number);
    scope.run(|| {
        Scope::new().run(|| scope.run(|| pay(1)));
        pay(2);
    });
    assert_eq!(numbers.take(), [1, 2]);
}

#[test]
fn a_capture_ends_when_it_is_dropped() {
    let scope = Scope::new().mute_signal::<OrderPaid<'_>>();
    let alive = Arc::new(());
    let owner = Arc::clone(&alive);
    let captured = scope.capture::<OrderPaid<'_>, _>(move |_| Arc::clone(&owner));
    scope.run(|| pay(1));
    assert_eq!(Arc::strong_count(&alive), 3);
    drop(captured);
    // The scope has dropped the closure.
    assert_eq!(Arc::strong_count(&alive), 1);
    scope.run(|| pay(2));
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn dropped_captures_add_no_cost_to_a_send() {
    let scope = Scope::new().mute_signal::<OrderPaid<'_>>();
    let allocated = || {
        let send = || scope.run(|| pay(1));
        allocation_counter::measure(|| drop(send())).bytes_total
    };
    // The first dispatch of the process collects the receivers.
    allocated();
    let before = allocated();
    // Captures that begin before others end are removed, too.
    let mut captured = std::collections::VecDeque::new();
    for _ in 0..1_000 {
        captured.push_back(scope.capture::<OrderPaid<'_>, _>(|event| event.number));
        if captured.len() > 10 {
            captured.pop_front();
        }
    }
    captured.pop_back();
    scope.run(|| pay(2));
    assert!(captured.iter().all(|captured| captured.take() == [2]));
    drop(captured);
    assert_eq!(allocated(), before);
}
