//! The order of receivers in several phases, and the problems that `check()` finds.

use lback_signals::{Res, Signal, WiringProblem, receiver, signal, wiring};

fn names_of<S: Signal>() -> Vec<&'static str> {
    let receivers = S::info().receivers();
    receivers.iter().map(|receiver| receiver.name()).collect()
}

/// Returns the texts of the order problems of a signal, without the lines.
fn texts_of<S: Signal>() -> Vec<String> {
    let problems = wiring().check().unwrap_err();
    let texts = problems.iter().filter_map(|problem| {
        let receiver = match problem {
            WiringProblem::OrderCycle { receivers } => receivers[0],
            WiringProblem::UnknownReceiver { receiver, .. }
            | WiringProblem::OrderAcrossPhases { receiver, .. } => receiver,
            _ => return None,
        };
        let is_of_signal = receiver.signal().type_path() == S::info().type_path();
        let line = format!(":{})", receiver.line());
        is_of_signal.then(|| problem.to_string().replace(&line, ")"))
    });
    texts.collect()
}

/// Returns the text of `OrderAcrossPhases`.
fn across(receiver: &str, signal: &str, phase: &str, path: &str) -> String {
    format!(
        "`wiring::phases::{receiver}` (lback-signals/tests/wiring/phases.rs) receives `{signal}` in \
         phase `{phase}` and is ordered by `{path}`, which receives it in another phase: remove \
         the constraint, or give both the same phase"
    )
}

mod one_phase {
    use super::*;

    #[signal(owned)]
    struct Paid;

    #[receiver(signal = Paid, after_rollback)]
    fn a(_: &Paid) {}

    #[receiver(signal = Paid, after_commit, last)]
    fn b(_: &Paid) {}

    #[receiver(signal = Paid, last)]
    fn c(_: &Paid) {}

    #[receiver(signal = Paid, after_commit, after(g))]
    fn d(_: &Paid) {}

    #[receiver(signal = Paid)]
    fn e(_: &Paid) {}

    #[receiver(signal = Paid, after_commit, first)]
    fn f(_: &Paid) {}

    #[receiver(signal = Paid, after_commit)]
    fn g(_: &Paid) {}

    #[receiver(signal = Paid, after_rollback, first)]
    fn h(_: &Paid) {}

    #[test]
    fn positions_and_constraints_hold_within_a_phase() {
        assert_eq!(names_of::<Paid>(), ["e", "c", "f", "g", "d", "b", "h", "a"]);
        assert_eq!(texts_of::<Paid>(), [""; 0]);
    }
}

mod across_phases {
    use super::*;

    #[signal(owned)]
    struct Shipped;

    #[receiver(signal = Shipped, after_commit, before(load))]
    fn bill(_: &Shipped) {}

    /// Would be in a cycle with `notify` if both ran in one phase.
    #[receiver(signal = Shipped, after(self::notify))]
    fn load(_: &Shipped) {}

    #[receiver(signal = Shipped, after_commit, after(load))]
    fn notify(_: &Shipped) {}

    #[receiver(signal = Shipped)]
    fn seal(_: &Shipped) {}

    #[receiver(signal = Shipped, after_rollback, after(seal), before(unpack))]
    fn unload(_: &Shipped) {}

    #[receiver(signal = Shipped, after_rollback)]
    fn unpack(_: &Shipped) {}

    #[test]
    fn a_constraint_across_phases_is_found_and_has_no_effect() {
        assert_eq!(
            texts_of::<Shipped>(),
            [
                across("across_phases::bill", "shipped", "after_commit", "load"),
                across("across_phases::load", "shipped", "now", "self::notify"),
                across("across_phases::notify", "shipped", "after_commit", "load"),
                across("across_phases::unload", "shipped", "after_rollback", "seal"),
            ]
        );
        assert_eq!(
            names_of::<Shipped>(),
            ["load", "seal", "bill", "notify", "unload", "unpack"]
        );
    }
}

mod several_signals {
    use super::*;

    #[signal(owned)]
    struct Opened;

    #[signal(owned)]
    struct Shut;

    /// Lets one function receive both signals.
    struct Metrics;

    /// Its `after` has an effect for `Opened`, and cannot be satisfied for `Shut`.
    #[receiver(signal = [Opened, Shut], after_commit, after(log))]
    fn count(_: Option<Res<'_, Metrics>>) {}

    #[receiver(signal = Opened, after_commit)]
    #[receiver(signal = Shut, after_rollback)]
    fn log(_: Option<Res<'_, Metrics>>) {}

    #[receiver(signal = Opened)]
    fn ring(_: &Opened) {}

    /// `ring` does not receive `Shut`, but the attribute lists two signals.
    #[receiver(signal = [Opened, Shut], after_commit, after(ring, count))]
    fn welcome(_: Option<Res<'_, Metrics>>) {}

    #[test]
    fn a_constraint_is_found_only_for_signals_whose_phases_differ() {
        assert_eq!(
            texts_of::<Opened>(),
            [across(
                "several_signals::welcome",
                "opened",
                "after_commit",
                "ring"
            )]
        );
        assert_eq!(
            texts_of::<Shut>(),
            [across(
                "several_signals::count",
                "shut",
                "after_commit",
                "log"
            )]
        );
        assert_eq!(names_of::<Opened>(), ["ring", "log", "count", "welcome"]);
        assert_eq!(names_of::<Shut>(), ["count", "welcome", "log"]);
    }
}

mod two_phases {
    use super::*;

    #[signal(owned)]
    struct Closed;

    #[receiver(signal = Closed, after_commit)]
    #[receiver(signal = Closed, after_rollback)]
    fn clean(_: &Closed) {}

    #[receiver(signal = Closed, before(clean))]
    fn lock(_: &Closed) {}

    #[receiver(signal = Closed, after_rollback, after(clean))]
    fn alarm(_: &Closed) {}

    #[test]
    fn a_receiver_of_two_phases_can_be_named_in_both_and_is_found_once_in_a_third() {
        assert_eq!(
            texts_of::<Closed>(),
            [across("two_phases::lock", "closed", "now", "clean")]
        );
        assert_eq!(names_of::<Closed>(), ["lock", "clean", "clean", "alarm"]);
    }
}
