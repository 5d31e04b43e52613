//! Missing resources.

use std::cell::Cell;

use lback_signals::{
    Context, FromSignal, Needs, Rejection, Res, Signal, WiringProblem, provide, receiver, signal,
};

use super::{problems_of, texts_of};

#[signal]
pub(super) struct Invited<'a> {
    called: &'a Cell<u32>,
}

struct Tariff;
struct Late;
struct Metrics;
trait Mailer: Send + Sync {}

#[receiver(signal = Invited)]
fn a_does_without(event: &Invited<'_>, _: Option<Res<'_, Metrics>>) {
    event.called.set(event.called.get() + 1);
}

#[receiver(signal = Invited)]
fn b_needs_two(_: Res<'_, dyn Mailer>, _: &Invited<'_>, _: Res<'_, Tariff>) {}

#[receiver(signal = Invited)]
fn c_needs_a_resource_provided_late(event: &Invited<'_>, _: Res<'_, Late>) {
    event.called.set(event.called.get() + 1);
}

struct Price;

impl<S: Signal> FromSignal<'_, S> for Price {
    fn from_signal(_: &S, context: &Context) -> Result<Self, Rejection> {
        context.resource::<Tariff>().map(|_| Self)
    }

    fn needs(needs: &mut Needs) {
        needs.resource::<Tariff>();
        needs.optional_resource::<Metrics>();
    }
}

#[receiver(signal = Invited)]
fn d_needs_the_resource_of_its_parameter(_: Price) {}

#[test]
fn each_missing_resource_is_found_with_its_receiver_until_it_is_provided() {
    let missing = |receiver, resource, how| {
        format!(
            "`wiring::check::resources::{receiver}` (lback-signals/tests/wiring/check/resources.rs) \
             takes a `{resource}`, which is not provided: call \
             `lback_signals::{how}::<{resource}>(…)` before the first send"
        )
    };
    let mailer = "dyn wiring::check::resources::Mailer";
    let tariff = "wiring::check::resources::Tariff";
    let late = "wiring::check::resources::Late";
    assert_eq!(
        texts_of("resources"),
        [
            missing("b_needs_two", mailer, "provide_dyn"),
            missing("b_needs_two", tariff, "provide"),
            missing("c_needs_a_resource_provided_late", late, "provide"),
            missing("d_needs_the_resource_of_its_parameter", tariff, "provide"),
        ]
    );

    provide(Late).unwrap();
    let names: Vec<_> = problems_of("resources")
        .into_iter()
        .map(|problem| match problem {
            WiringProblem::MissingResource { receiver, resource } => {
                assert!(!resource.is_optional() && !resource.is_provided());
                receiver.name()
            }
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(
        names,
        [
            "b_needs_two",
            "b_needs_two",
            "d_needs_the_resource_of_its_parameter"
        ]
    );

    let called = Cell::new(0);
    let report = Invited { called: &called }.send();
    assert_eq!((report.delivered(), called.get()), (2, 2));
    assert_eq!(report.failures().len(), 2);
}
