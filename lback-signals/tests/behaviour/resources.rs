//! Resources of the process: at most one per type, which is never replaced.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Barrier};
use std::thread;

use lback_signals::{
    AlreadyProvided, Context, FromSignal, Rejection, Res, Scope, Signal, provide, provide_dyn,
    receiver, resource, signal,
};

mod values {
    use super::*;

    struct Tariff(u32);

    #[signal]
    struct Billed<'a> {
        cents: &'a Cell<u32>,
    }

    #[receiver(signal = Billed)]
    fn bill(event: &Billed<'_>, tariff: Res<'_, Tariff>) {
        event.cents.set(tariff.0);
    }

    #[test]
    fn a_second_value_of_a_type_is_refused_and_the_first_one_stays() {
        provide(Tariff(1)).unwrap();
        let refused = provide(Tariff(2)).unwrap_err();
        assert_eq!(refused.type_name(), "behaviour::resources::values::Tariff");
        assert_eq!(
            refused.to_string(),
            "resource `behaviour::resources::values::Tariff` is already provided: the process has one value per \
             type"
        );
        assert_eq!(provide_dyn(Arc::new(Tariff(3))), Err(refused));

        let cents = Cell::new(0);
        assert!(Billed { cents: &cents }.send().is_ok());
        assert_eq!(cents.get(), 1);
    }

    #[test]
    fn code_outside_receivers_finds_the_same_resources() {
        struct Discount(u32);
        let found = || resource::<Discount>().map(|discount| discount.0);

        assert_eq!(found(), None);
        let scope = Scope::new().provide(Discount(2));
        assert_eq!(scope.run(found), Some(2));
        provide(Discount(1)).unwrap();
        assert_eq!(found(), Some(1));
        assert_eq!(
            scope.run(found),
            Some(2),
            "a scope comes before the process"
        );
        assert_eq!(scope.run(|| Scope::new().run(found)), Some(2));
        assert_eq!(Scope::new().run(found), Some(1));
    }
}

mod traits {
    use super::*;

    trait Clock: Send + Sync {
        fn now(&self) -> u32;
    }

    struct FixedClock(u32);

    impl Clock for FixedClock {
        fn now(&self) -> u32 {
            self.0
        }
    }

    #[signal]
    struct Struck<'a> {
        hours: &'a Cell<u32>,
    }

    #[receiver(signal = Struck)]
    fn strike(event: &Struck<'_>, clock: Res<'_, dyn Clock>) {
        event.hours.set(clock.now());
    }

    #[test]
    fn a_trait_object_and_its_implementor_are_separate_resources() {
        let hours = Cell::new(0);
        provide(FixedClock(3)).unwrap();
        assert!(!Struck { hours: &hours }.send().is_ok());

        provide_dyn::<dyn Clock>(Arc::new(FixedClock(4))).unwrap();
        assert!(provide_dyn::<dyn Clock>(Arc::new(FixedClock(5))).is_err());
        assert!(Struck { hours: &hours }.send().is_ok());
        assert_eq!(hours.get(), 4);
    }

    #[signal]
    struct Measured<'a> {
        length: &'a Cell<u32>,
    }

    #[receiver(signal = Measured)]
    fn measure(event: &Measured<'_>, text: Res<'_, str>, numbers: Res<'_, [u32]>) {
        let length = text.len() + numbers.len();
        event.length.set(u32::try_from(length).unwrap());
    }

    #[test]
    fn a_resource_may_be_of_any_unsized_type() {
        provide_dyn::<str>("seven".into()).unwrap();
        provide_dyn::<[u32]>(vec![1, 2].into()).unwrap();
        let length = Cell::new(0);
        assert!(Measured { length: &length }.send().is_ok());
        assert_eq!(length.get(), 7);
    }

    #[signal]
    struct Shared<'a> {
        count: &'a Cell<u32>,
    }

    struct Handle(u32);

    #[receiver(signal = Shared)]
    fn count(event: &Shared<'_>, handle: Res<'_, Handle>, arc: Res<'_, Arc<Handle>>) {
        event.count.set(10 * handle.0 + arc.0);
    }

    #[test]
    fn an_arc_and_its_value_may_be_separate_resources() {
        provide_dyn(Arc::new(Handle(1))).unwrap();
        provide(Arc::new(Handle(2))).unwrap();
        let count = Cell::new(0);
        assert!(Shared { count: &count }.send().is_ok());
        assert_eq!(count.get(), 12);
    }
}

mod threads {
    use super::*;

    struct Winner(usize);

    #[signal]
    struct Finished<'a> {
        winner: &'a Cell<usize>,
    }

    #[receiver(signal = Finished)]
    fn see(event: &Finished<'_>, winner: Option<Res<'_, Winner>>) {
        event.winner.set(winner.map_or(0, |winner| winner.0));
    }

    fn winner() -> usize {
        let winner = Cell::new(0);
        assert!(Finished { winner: &winner }.send().is_ok());
        winner.get()
    }

    #[test]
    fn exactly_one_of_many_threads_provides_a_resource() {
        let start = &Barrier::new(16);
        let winners: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (1..=16)
                .map(|number| {
                    scope.spawn(move || {
                        start.wait();
                        let has_won = provide(Winner(number)).is_ok();
                        // After its attempt, each thread sees the value that was provided.
                        (number, has_won, winner())
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let provided: Vec<_> = winners.iter().filter(|(_, has_won, _)| *has_won).collect();
        let [(number, ..)] = provided.as_slice() else {
            panic!("{provided:?}");
        };
        assert!(winners.iter().all(|(.., seen)| seen == number));
    }
}

mod many_types {
    use super::*;

    /// A separate type for each number.
    struct Numbered<const N: u32>(u32);

    fn provide_one<const N: u32>() -> bool {
        provide(Numbered::<N>(N)).is_ok()
    }

    fn look_up<const N: u32>(context: &Context) -> Option<u32> {
        let found: &Numbered<N> = context.resource().ok()?;
        Some(found.0)
    }

    /// Instantiates a function for each number from 0 to 199, which is more than any table has slots.
    macro_rules! two_hundred {
        ($function:ident) => {
            two_hundred!(@tens $function 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19)
        };
        (@tens $function:ident $($ten:literal)*) => {
            [$(two_hundred!(@ones $function $ten)),*]
        };
        (@ones $function:ident $ten:literal) => {
            [
                $function::<{ 10 * $ten }>,
                $function::<{ 10 * $ten + 1 }>,
                $function::<{ 10 * $ten + 2 }>,
                $function::<{ 10 * $ten + 3 }>,
                $function::<{ 10 * $ten + 4 }>,
                $function::<{ 10 * $ten + 5 }>,
                $function::<{ 10 * $ten + 6 }>,
                $function::<{ 10 * $ten + 7 }>,
                $function::<{ 10 * $ten + 8 }>,
                $function::<{ 10 * $ten + 9 }>,
            ]
        };
    }

    type Provide = fn() -> bool;
    type LookUp = fn(&Context) -> Option<u32>;

    const PROVIDE: [[Provide; 10]; 20] = two_hundred!(provide_one);
    const LOOK_UP: [[LookUp; 10]; 20] = two_hundred!(look_up);

    struct Found(Vec<Option<u32>>);

    impl<S: Signal> FromSignal<'_, S> for Found {
        fn from_signal(_: &S, context: &Context) -> Result<Self, Rejection> {
            let look_up = LOOK_UP.as_flattened().iter();
            Ok(Self(look_up.map(|look_up| look_up(context)).collect()))
        }
    }

    #[signal]
    struct Listed<'a> {
        found: &'a RefCell<Vec<Option<u32>>>,
    }

    #[receiver(signal = Listed)]
    fn list(event: &Listed<'_>, found: Found) {
        event.found.replace(found.0);
    }

    fn found() -> Vec<Option<u32>> {
        let found = RefCell::default();
        assert!(Listed { found: &found }.send().is_ok());
        found.into_inner()
    }

    #[test]
    fn each_of_two_hundred_types_has_its_own_value() {
        assert_eq!(found(), [None; 200]);

        let provide = PROVIDE.as_flattened();
        assert!(provide.iter().step_by(2).all(|provide| provide()));
        let half = (0..200).map(|number| (number % 2 == 0).then_some(number));
        assert!(found().into_iter().eq(half));

        let is_new = provide.iter().map(|provide| provide());
        assert!(is_new.eq((0..200).map(|number| number % 2 == 1)));
        assert!(found().into_iter().eq((0..200).map(Some)));
    }
}

mod during_a_dispatch {
    use super::*;

    struct Late(u32);

    #[signal]
    struct Begun<'a> {
        seen: &'a RefCell<Vec<u32>>,
    }

    #[receiver(signal = Begun, first)]
    fn looks(event: &Begun<'_>, late: Option<Res<'_, Late>>) {
        event.seen.borrow_mut().push(late.map_or(0, |late| late.0));
    }

    #[receiver(signal = Begun)]
    fn provides(_: &Begun<'_>) -> Result<(), AlreadyProvided> {
        provide(Late(7))
    }

    #[receiver(signal = Begun, last)]
    fn takes(event: &Begun<'_>, late: Res<'_, Late>) {
        event.seen.borrow_mut().push(late.0);
    }

    #[test]
    fn a_resource_provided_during_a_dispatch_is_available_to_later_receivers() {
        let needed = || Begun::info().receivers()[2].resources()[0];
        assert!(!needed().is_provided());

        let seen = RefCell::default();
        let report = Begun { seen: &seen }.send();
        assert!(report.is_ok());
        assert!(needed().is_provided());

        let report = Begun { seen: &seen }.send();
        assert_eq!(report.failures()[0].receiver().name(), "provides");
        assert_eq!(*seen.borrow(), [0, 7, 7, 7]);
    }
}

mod named_twice {
    use lback_signals::{Res, Signal, receiver, signal};

    struct Scale;

    #[signal]
    struct Weighed;

    #[receiver(signal = Weighed)]
    fn note(_: &Weighed, _: Option<Res<'_, Scale>>, _: Res<'_, Scale>, _: Res<'_, Scale>) {}

    #[test]
    fn a_resource_of_several_parameters_is_listed_once_and_as_required() {
        let resources = Weighed::info().receivers()[0].resources();
        assert_eq!(resources.len(), 1);
        assert!(!resources[0].is_optional());
    }
}
