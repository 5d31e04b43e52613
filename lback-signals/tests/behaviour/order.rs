//! The order in which receivers run, from their attributes to the dispatch.

use std::cell::RefCell;

use lback_signals::{Signal, SyncSignal, receiver, signal};

type Called = RefCell<Vec<&'static str>>;

/// Sends the signal and returns the names of the called receivers, which must equal those in the metadata.
fn order_of<S: SyncSignal>(signal: &S, called: &Called) -> Vec<&'static str> {
    assert!(signal.send().is_ok());
    let receivers = S::info().receivers();
    let listed: Vec<_> = receivers.iter().map(|receiver| receiver.name()).collect();
    let called = called.take();
    assert_eq!(called, listed);
    called
}

/// Declares a signal that records the called receivers, and its receivers with their options.
macro_rules! receivers {
    ($(#[$signal:meta])* $Signal:ident: $($name:ident [$($options:tt)*])*) => {
        $(#[$signal])*
        #[signal]
        pub(super) struct $Signal<'a> {
            called: &'a Called,
        }

        $(
            #[receiver(signal = $Signal, $($options)*)]
            fn $name(event: &$Signal<'_>) {
                event.called.borrow_mut().push(stringify!($name));
            }
        )*

        fn called() -> Vec<&'static str> {
            let called = Called::default();
            order_of(&$Signal { called: &called }, &called)
        }
    };
}

mod positions {
    use super::*;

    receivers! {
        Started:
        e []
        a [last]
        d [first]
        b [last]
        f []
        c [first]
    }

    #[test]
    fn first_receivers_run_first_and_last_receivers_last_ordered_by_id() {
        assert_eq!(called(), ["c", "d", "e", "f", "a", "b"]);
    }
}

mod constraints {
    use super::*;

    receivers! {
        Saved:
        a [after(d)]
        b []
        c [after(a), before(b)]
        d []
        e [before(d, b)]
    }

    #[test]
    fn constraints_hold_and_ties_are_broken_by_id() {
        assert_eq!(called(), ["e", "d", "a", "c", "b"]);
    }
}

mod inside_a_position {
    use super::*;

    receivers! {
        Closed:
        a [last, after(z)]
        b [first, after(y)]
        y [first]
        z [last]
        // A `before` that repeats what the positions require is allowed.
        m [after(b), before(a)]
    }

    #[test]
    fn receivers_of_one_position_may_be_ordered_relative_to_each_other() {
        assert_eq!(called(), ["y", "b", "m", "z", "a"]);
    }
}

mod cycles {
    use super::*;

    receivers! {
        Turned:
        a []
        b [after(c)]
        c [after(b)]
        d [before(a)]
        e [before(b)]
        f [first, after(g)]
        g []
    }

    #[test]
    fn a_cycle_is_ordered_by_id_and_all_other_constraints_hold() {
        assert_eq!(called(), ["f", "c", "d", "a", "e", "b", "g"]);
    }
}

/// References by path, across modules, to a receiver of several signals and to a generic one.
mod paths {
    use super::*;

    #[signal]
    pub(super) struct Opened<'a> {
        called: &'a Called,
    }

    #[signal]
    pub(super) struct Shut<'a> {
        called: &'a Called,
    }

    /// Lets one generic receiver record both signals.
    trait Record: Signal {
        fn record(&self, name: &'static str);
    }

    impl Record for Opened<'_> {
        fn record(&self, name: &'static str) {
            self.called.borrow_mut().push(name);
        }
    }

    impl Record for Shut<'_> {
        fn record(&self, name: &'static str) {
            self.called.borrow_mut().push(name);
        }
    }

    mod inner {
        use super::{Opened, Record};
        use lback_signals::receiver;

        #[receiver(
            signal = [super::Opened, super::Shut],
            after(super::z_runs_first::<Opened<'_>>, super::z_runs_first::<super::Shut<'_>>)
        )]
        pub(super) fn a_hears_both<S: Record>(event: &S) {
            event.record("a_hears_both");
        }

        #[receiver(signal = Opened, before(a_hears_both::<Opened<'_>>))]
        fn y_hears_one(event: &Opened<'_>) {
            event.record("y_hears_one");
        }
    }

    #[receiver(signal = [Opened, Shut])]
    fn z_runs_first<S: Record>(event: &S) {
        event.record("z_runs_first");
    }

    #[test]
    fn receivers_are_named_by_path_for_each_of_their_signals() {
        let called = Called::default();
        assert_eq!(
            order_of(&Opened { called: &called }, &called),
            ["y_hears_one", "z_runs_first", "a_hears_both"]
        );
        assert_eq!(
            order_of(&Shut { called: &called }, &called),
            ["z_runs_first", "a_hears_both"]
        );
    }
}

mod twice {
    use super::*;

    receivers! {
        Rung:
        c []
        d [before(a_runs_twice)]
    }

    #[receiver(signal = Rung)]
    #[receiver(signal = Rung)]
    fn a_runs_twice(event: &Rung<'_>) {
        event.called.borrow_mut().push("a_runs_twice");
    }

    #[test]
    fn a_constraint_on_a_receiver_that_runs_twice_applies_to_both_runs() {
        assert_eq!(called(), ["c", "d", "a_runs_twice", "a_runs_twice"]);
    }
}

mod info {
    use super::*;

    receivers! {
        Described:
        a []
        b [first]
        c [last, before(d), after(self::a, b)]
        d [last]
    }

    #[test]
    fn the_order_of_a_receiver_is_displayed_as_it_is_written() {
        assert_eq!(called(), ["b", "a", "c", "d"]);
        let receivers = Described::info().receivers();
        let orders: Vec<_> = receivers
            .iter()
            .map(|receiver| receiver.order().to_string())
            .collect();
        assert_eq!(
            orders,
            ["first", "", "last, before(d), after(self::a, b)", "last"]
        );
        let order = receivers[2].order();
        assert!(order.is_last() && !order.is_first());
        assert!(order.before_paths().eq(["d"]));
        assert!(order.after_paths().eq(["self::a", "b"]));
        assert!(receivers[0].order().is_first() && !receivers[0].order().is_last());
    }
}

mod many {
    use super::*;

    receivers! {
        Crowded:
        r31 [] r07 [after(r23)] r19 [] r02 [] r28 [before(r02)] r11 [last] r05 [first] r23 []
        r14 [after(r07, r31)] r26 [] r09 [] r17 [before(r09)] r30 [] r01 [last] r12 [] r20 []
        r04 [after(r12)] r15 [] r22 [first] r08 [] r29 [] r10 [] r03 [after(r04)] r25 [] r16 []
        r06 [] r21 [before(r03)] r27 [] r13 [] r24 [] r18 [] r00 [after(r18)]
    }

    /// The order is independent of the linker and of the source.
    #[test]
    fn many_receivers_run_in_the_smallest_order_that_satisfies_all_constraints() {
        let mut expected = vec!["r05", "r22"];
        expected.extend([
            "r06", "r08", "r10", "r12", "r04", "r13", "r15", "r16", "r17",
        ]);
        expected.extend([
            "r09", "r18", "r00", "r19", "r20", "r21", "r03", "r23", "r07",
        ]);
        expected.extend([
            "r24", "r25", "r26", "r27", "r28", "r02", "r29", "r30", "r31",
        ]);
        expected.extend(["r14", "r01", "r11"]);
        assert_eq!(called(), expected);
    }
}
