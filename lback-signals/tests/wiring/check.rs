//! The problems that `check()` finds in the wiring of this binary, and the sends that succeed despite them.

use lback_signals::{Res, Scope, Signal, WiringProblem, receiver, signal};

mod resources;
mod unheard;
mod unknown_receivers;

/// Returns the problems of the signals of a module of this file, and of their receivers.
fn problems_of(module: &str) -> Vec<WiringProblem> {
    crate::problems_of(&format!("{}::{module}", module_path!()))
}

/// Returns the texts of the problems, without the lines, which change with every edit.
fn texts_of(module: &str) -> Vec<String> {
    let problems = problems_of(module);
    problems
        .iter()
        .map(|problem| without_lines(&problem.to_string()))
        .collect()
}

/// Replaces `src/lib.rs:17)` by `src/lib.rs)`.
fn without_lines(text: &str) -> String {
    let mut parts = text.split(".rs:");
    let mut shown = parts.next().unwrap().to_owned();
    for part in parts {
        shown.push_str(".rs");
        shown.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    shown
}

mod scopes {
    use super::*;

    #[signal]
    struct Packed;

    struct Scales;

    #[receiver(signal = Packed)]
    fn weigh(_: &Packed, _: Res<'_, Scales>) {}

    #[test]
    fn a_resource_of_a_scope_is_missing_only_outside_the_scope() {
        let scope = Scope::new().provide(Scales);
        assert!(scope.run(|| problems_of("scopes")).is_empty());
        let problems = problems_of("scopes");
        let [WiringProblem::MissingResource { receiver, .. }] = problems.as_slice() else {
            panic!("{problems:?}");
        };
        assert_eq!(receiver.name(), "weigh");
        assert!(scope.run(|| Packed.send().is_ok()));
        assert!(!Packed.send().is_ok());
    }
}

mod cycles {
    use super::*;

    #[signal]
    pub(super) struct Turned;

    #[receiver(signal = Turned, after(c))]
    fn a(_: &Turned) {}

    #[receiver(signal = Turned, after(a))]
    fn b(_: &Turned) {}

    #[receiver(signal = Turned, after(b))]
    fn c(_: &Turned) {}

    #[receiver(signal = Turned, after(self::d))]
    fn d(_: &Turned) {}

    #[receiver(signal = Turned, last, before(f))]
    fn e(_: &Turned) {}

    #[receiver(signal = Turned, after(e))]
    fn f(_: &Turned) {}

    #[test]
    fn each_cycle_is_listed_receiver_by_receiver() {
        let text = |hops: &[&str], end: &str| {
            let hops = hops.iter().map(|name| {
                format!(
                    "`wiring::check::cycles::{name}` (lback-signals/tests/wiring/check.rs) before "
                )
            });
            format!(
                "the receivers of `turned` are ordered in a cycle: {}{end}; remove one of these constraints",
                hops.collect::<String>()
            )
        };
        assert_eq!(
            texts_of("cycles"),
            [
                text(&["e", "f"], "`wiring::check::cycles::e` again"),
                text(&["a", "b", "c"], "`wiring::check::cycles::a` again"),
                text(&["d"], "itself, `wiring::check::cycles::d`"),
            ]
        );
        assert_eq!(Turned.send().delivered(), 6);
        let names = Turned::info().receivers();
        let names: Vec<_> = names.iter().map(|receiver| receiver.name()).collect();
        assert_eq!(names, ["a", "b", "c", "d", "f", "e"]);
    }
}

mod same_id {
    use super::*;

    #[signal]
    pub(super) struct Left;

    #[signal]
    pub(super) struct Right;

    #[receiver(signal = Left)]
    fn hears_left(_: &Left) {}

    #[receiver(signal = Right, after(hears_left))]
    fn hears_right(_: &Right) {}

    #[test]
    fn two_receivers_of_one_id_are_distinguished_by_their_source_location() {
        {
            #[receiver(signal = Left, last)]
            fn same_name(_: &Left) {}
        }
        {
            // This receiver runs before the other one, although it is declared after it.
            #[receiver(signal = [Left, Right], after(hears_left))]
            fn same_name<S: Signal>(_: &S) {}
        }
        let [problem] = problems_of("same_id").try_into().unwrap();
        let WiringProblem::UnknownReceiver { receiver, path } = problem else {
            panic!("{problem}");
        };
        assert_eq!((receiver.name(), path), ("hears_right", "hears_left"));
        let lines: Vec<_> = Left::info().receivers().iter().map(|r| r.line()).collect();
        assert!(lines[1] > lines[2], "{lines:?}");
    }
}

mod required {
    use super::*;

    /// Never sent, so that this binary links.
    #[signal(required)]
    #[allow(dead_code)]
    pub(super) struct Unheard {
        amount: u32,
    }

    #[receiver(signal = Unheard)]
    fn listens_but_does_not_fulfill(_: &Unheard) {}

    #[signal(required)]
    pub(super) struct Heard;

    #[receiver(signal = Heard, fulfills)]
    fn fulfills(_: &Heard) {}

    #[receiver(signal = Heard)]
    fn listens_as_well(_: &Heard) {}

    #[test]
    fn a_required_signal_that_nothing_fulfills_is_found() {
        assert_eq!(
            texts_of("required"),
            [
                "`wiring::check::required::Unheard` (lback-signals/tests/wiring/check.rs) is \
                 required, but no receiver fulfills it: name the crate that has it with \
                 `lback_signals::link!`, or add `fulfills` to one"
            ]
        );
        assert_eq!(Heard.send().delivered(), 2);
    }
}

mod names {
    use super::*;

    #[signal(name = "paid")]
    pub(super) struct InvoicePaid;

    #[signal(name = "paid")]
    pub(super) struct BillPaid;

    /// Default names may be equal.
    #[signal]
    pub(super) struct Paid;

    #[signal(name = "unpaid")]
    pub(super) struct Unpaid;

    #[test]
    fn a_duplicate_signal_name_is_found_with_both_locations() {
        assert_eq!(
            texts_of("names"),
            ["the name `paid` was given to more than one signal: \
                 `wiring::check::names::BillPaid` (lback-signals/tests/wiring/check.rs), \
                 `wiring::check::names::InvoicePaid` (lback-signals/tests/wiring/check.rs); \
                 give each its own `name = \"…\"`"]
        );
        assert_eq!(Paid::info().name(), "paid");
        assert!(BillPaid.send().is_ok() && InvoicePaid.send().is_ok());
        assert!(Paid.send().is_ok() && Unpaid.send().is_ok());
    }
}

#[test]
fn a_problem_is_shown_with_the_line_of_its_attribute() {
    let problems = problems_of("cycles");
    let WiringProblem::OrderCycle { receivers } = &problems[2] else {
        panic!("{problems:?}");
    };
    let location = format!("{}:{}", receivers[0].file(), receivers[0].line());
    assert!(
        problems[2].to_string().contains(&format!(" ({location}) ")),
        "{}",
        problems[2]
    );
}

mod received_twice {
    use super::*;

    #[signal]
    struct Rung;

    #[receiver(signal = Rung)]
    #[receiver(signal = Rung)]
    fn open_the_door(_: &Rung) {}

    #[signal(owned)]
    struct Closed;

    /// Once in each phase.
    #[receiver(signal = Closed)]
    #[receiver(signal = Closed, after_commit)]
    fn lock_the_door(_: &Closed) {}

    #[test]
    fn a_function_with_two_attributes_for_one_signal_is_found() {
        assert_eq!(
            texts_of("received_twice"),
            [
                "`wiring::check::received_twice::open_the_door` (lback-signals/tests/wiring/check.rs) \
                 receives `rung` more than once: name the signal once",
            ],
        );
    }
}
