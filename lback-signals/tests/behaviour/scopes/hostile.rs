//! User code that tries to hang, to end the process or to affect other code.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[test]
fn endless_recursion_through_scopes_is_stopped() {
    #[signal]
    struct Echo;

    #[receiver(signal = Echo)]
    fn in_a_nested_scope(_: &Echo) {
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
        // The context of the thread is restored.
        let (scope, log) = logged();
        assert!(scope.run(|| pay(1)).is_ok());
        assert!(!pay(2).is_ok());
        assert_eq!(log.take().len(), 3);
    }
}

fn ends_in_recursion(report: &lback_signals::Report) -> bool {
    let [failure] = report.failures() else {
        return false;
    };
    matches!(failure.kind(), FailureKind::Recursion(_))
}

#[test]
fn a_capture_that_sends_endlessly_is_stopped() {
    #[signal]
    struct Unheard;

    let scope = Scope::new();
    // Each level sends twice, so a limit of the depth alone would not end it.
    let captures = scope.capture::<Unheard, _>(|_| {
        Unheard.send();
        Unheard.send();
    });
    let report = scope.run(|| Unheard.send());
    assert!(ends_in_recursion(&report), "{report:?}");
    assert!(captures.len() <= 64);
    assert!(Unheard.send().is_ok());
}

#[test]
fn no_receiver_is_called_if_a_capture_is_stopped() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);

    #[signal]
    struct Heard;

    #[receiver(signal = Heard)]
    fn hear(_: &Heard) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }

    let scope = Scope::new();
    let _captures = scope.capture::<Heard, _>(|_| drop(Heard.send()));
    let report = scope.run(|| Heard.send());
    assert!(ends_in_recursion(&report), "{report:?}");
    assert_eq!(CALLS.load(Ordering::Relaxed), 0);
}

#[test]
fn a_long_chain_of_scopes_is_dropped_without_stack_overflow() {
    let mut here = Scope::current();
    for _ in 0..100_000 {
        here = here.enter(|| Scope::new().run(Scope::current));
    }
    drop(here);
}

#[test]
fn resources_that_panic_when_dropped_do_not_unwind_into_the_caller() {
    struct PanicsWhenDropped<const N: usize>;

    impl<const N: usize> Drop for PanicsWhenDropped<N> {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    let scope = Scope::new()
        .provide(PanicsWhenDropped::<1>)
        .provide(PanicsWhenDropped::<2>);
    let future = scope.run_async(async { pay(1).is_ok() });
    drop(scope);
    assert!(!pollster::block_on(future));
}

#[test]
fn a_scope_applies_in_thread_local_destructors() {
    struct SendsWhenDropped(Arc<Log>);

    impl Drop for SendsWhenDropped {
        fn drop(&mut self) {
            let scope = Scope::new()
                .provide_dyn(Arc::clone(&self.0))
                .provide(Tariff(3))
                .mute(audit);
            assert_eq!(scope.run(|| pay(1)).skipped(), 1);
        }
    }

    thread_local! {
        static EARLY: RefCell<Option<SendsWhenDropped>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<SendsWhenDropped>> = const { RefCell::new(None) };
    }

    let log = Arc::new(Log::default());
    let sends = || Some(SendsWhenDropped(Arc::clone(&log)));
    let (early, late) = (sends(), sends());
    // The thread is joined so that its destructors have run, too.
    let ended = thread::spawn(move || {
        // One is set before the first use of this crate's thread-locals, and one after it.
        EARLY.set(early);
        Scope::new().run(|| pay(1));
        LATE.set(late);
    });
    ended.join().unwrap();
    assert_eq!(log.take(), ["bill 1 at 3", "count order_paid"].repeat(2));
}

#[test]
fn scopes_and_connections_are_unwind_safe() {
    let scope = Scope::new();
    let here = Scope::current();
    let connection = OrderRefunded::connect(|_| {});
    let caught = catch_unwind(|| {
        scope.run(|| here.enter(|| pay(1)));
        drop(connection);
    });
    assert!(caught.is_ok());
}
