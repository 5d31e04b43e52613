//! Equality, hashes and copies of metadata and errors.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

use lback_signals::{
    AlreadyProvided, CommitOutcome, Context, DisableError, Failure, FailureKind, FieldInfo,
    FromSignal, MissingResource, Needs, Order, Phase, ReceiverInfo, Recursion, Rejection, Res,
    ResourceInfo, Signal, SignalInfo, WiringProblem, disable, disable_by_id, receiver, signal,
};

#[signal]
struct Opened {
    door: u32,
}

#[signal]
struct Closed {
    door: u32,
}

#[signal]
struct Locked<'a> {
    #[sender]
    door: &'a u32,
}

struct Log;
struct Lamp;

#[receiver(signal = [Opened, Closed])]
fn note(_: Res<'_, Log>) {}

#[receiver(signal = Opened, first, before(note))]
fn light(event: &Opened, _: Res<'_, Log>, _: Option<Res<'_, Lamp>>) {
    assert_eq!(event.door, 1);
}

#[receiver(signal = Closed, first, before(note))]
fn darken(event: &Closed, _: Res<'_, Lamp>) {
    assert_eq!(event.door, 1);
}

#[receiver(signal = Closed, after(note))]
fn lock(_: &Closed) {}

fn infos<S: Signal>() -> Vec<&'static ReceiverInfo> {
    S::info().receivers()
}

/// Whether two values that are equal have the same hash, as they must.
fn are_alike<T: Eq + Hash>(one: &T, other: &T) -> bool {
    let hasher = RandomState::new();
    let are_equal = one == other;
    assert!(!are_equal || hasher.hash_one(one) == hasher.hash_one(other));
    are_equal
}

#[test]
fn a_signal_is_equal_to_itself_only() {
    /// A signal of a path that another one has, too.
    fn same_path() -> [&'static SignalInfo; 2] {
        let one = {
            #[signal]
            struct Same;
            Same::info()
        };
        let other = {
            #[signal]
            struct Same;
            Same::info()
        };
        [one, other]
    }

    assert!(are_alike(Opened::info(), Opened::info()));
    assert!(are_alike(Opened::info(), infos::<Opened>()[0].signal()));
    assert!(!are_alike(Opened::info(), Closed::info()));
    let [one, other] = same_path();
    assert_eq!(one.type_path(), other.type_path());
    assert!(!are_alike(one, other));
}

#[test]
fn a_receiver_is_equal_to_itself_for_the_same_signal_only() {
    let [of_opened, of_closed] = [infos::<Opened>()[1], infos::<Closed>()[1]];
    assert_eq!(of_opened.id(), of_closed.id());
    assert!(are_alike(of_opened, infos::<Opened>()[1]));
    assert!(!are_alike(of_opened, of_closed));
    assert!(!are_alike(infos::<Opened>()[0], of_opened));

    let report = Opened { door: 1 }.send();
    let failed: HashSet<_> = report.failures().iter().map(Failure::receiver).collect();
    assert_eq!(failed, infos::<Opened>().into_iter().collect());
}

#[test]
fn receivers_and_signals_are_keys_of_maps() {
    let mut failures: HashMap<&'static ReceiverInfo, usize> = HashMap::new();
    let mut signals: HashMap<&'static SignalInfo, usize> = HashMap::new();
    for _ in 0..3 {
        let report = Opened { door: 1 }.send();
        for failure in report.failures() {
            *failures.entry(failure.receiver()).or_default() += 1;
            *signals.entry(failure.receiver().signal()).or_default() += 1;
        }
    }
    assert_eq!(failures.len(), 2);
    assert!(failures.values().all(|count| *count == 3));
    assert_eq!(signals, HashMap::from([(Opened::info(), 6)]));
}

#[test]
fn a_closure_is_known_by_its_place_and_its_signal() {
    #[signal]
    struct Ticked;

    let connect = || Ticked::connect(|_| Err("always"));
    let connections = (connect(), connect(), Ticked::connect(|_| Err("always")));
    let report = Ticked.send();
    let failures = report.failures().iter().rev();
    let receivers: Vec<_> = failures.take(3).map(Failure::receiver).collect();
    assert!(!are_alike(receivers[0], receivers[1]));
    assert!(are_alike(receivers[1], receivers[2]));
    drop(connections);
}

#[test]
fn fields_are_equal_if_they_are_declared_alike() {
    let [opened, closed, locked]: [FieldInfo; 3] =
        [Opened::info(), Closed::info(), Locked::info()].map(|signal| signal.fields()[0]);
    assert!(are_alike(&opened, &closed));
    assert!(!are_alike(&opened, &locked));
    assert_eq!((opened.is_sender(), locked.is_sender()), (false, true));
}

#[test]
fn orders_are_equal_if_they_ask_for_the_same() {
    let [light, opened_note] = [infos::<Opened>()[0], infos::<Opened>()[1]].map(|it| *it.order());
    let [darken, note, lock]: [Order; 3] =
        [0, 1, 2].map(|number| *infos::<Closed>()[number].order());
    assert!(are_alike(&light, &darken));
    assert!(are_alike(&note, &opened_note));
    assert!(!are_alike(&light, &note));
    assert!(!are_alike(&lock, &note));
    assert!(!are_alike(&lock, &light));
}

/// Two functions of one path, named by others.
#[test]
fn orders_that_name_other_functions_by_one_path_differ() {
    #[signal]
    struct Rang;

    fn one() {
        #[receiver(signal = Rang)]
        fn answer(_: &Rang) {}
        #[receiver(signal = Rang, after(answer))]
        fn hang_up(_: &Rang) {}
    }
    fn another() {
        #[receiver(signal = Rang)]
        fn answer(_: &Rang) {}
        #[receiver(signal = Rang, after(answer))]
        fn hang_up(_: &Rang) {}
    }
    one();
    another();
    let mut ordered = infos::<Rang>();
    ordered.retain(|receiver| receiver.name() == "hang_up");
    let [one, another] = [0, 1].map(|number| ordered[number].order());
    assert_eq!(one.to_string(), another.to_string());
    assert!(!are_alike(one, another));
}

#[test]
fn resources_are_equal_if_they_are_of_one_type_and_equally_optional() {
    let of_light = infos::<Opened>()[0].resources();
    let [log, optional_lamp] = of_light.as_slice() else {
        panic!("{of_light:?}");
    };
    let lamp: ResourceInfo = infos::<Closed>()[0].resources()[0];
    assert!(are_alike(log, &infos::<Opened>()[1].resources()[0]));
    assert_eq!(lamp.type_name(), optional_lamp.type_name());
    assert!(!are_alike(&lamp, optional_lamp));
    assert!(!are_alike(log, &lamp));
}

#[test]
fn an_extractor_s_needs_can_be_tested() {
    struct Lighting;

    impl<S: Signal> FromSignal<'_, S> for Lighting {
        fn from_signal(_: &S, context: &Context) -> Result<Self, Rejection> {
            context.resource::<Lamp>().map(|_| Self)
        }

        fn needs(needs: &mut Needs) {
            needs.resource::<Lamp>();
        }
    }

    let mut needs = Needs::default();
    <Lighting as FromSignal<Opened>>::needs(&mut needs);
    let mut expected = Needs::default();
    assert!(!are_alike(&needs, &expected));
    expected.resource::<Lamp>();
    assert!(are_alike(&needs, &expected.clone()));
}

#[test]
fn errors_are_compared_by_their_contents() {
    struct Provided;

    let unknown = |id| disable_by_id(id).unwrap_err();
    assert!(are_alike(&unknown("one"), &unknown("one")));
    assert!(!are_alike(&unknown("one"), &unknown("another")));
    let id = std::any::type_name_of_val(&are_alike::<()>).to_owned();
    assert_eq!(
        disable(are_alike::<()>),
        Err(DisableError::UnknownReceiver { id })
    );

    let missing = |report: lback_signals::Report| -> MissingResource {
        match report.failures()[0].kind() {
            FailureKind::MissingResource(missing) => *missing,
            other => panic!("{other}"),
        }
    };
    let log = missing(Opened { door: 1 }.send());
    let lamp = missing(Closed { door: 1 }.send());
    assert!(are_alike(&log, &missing(Opened { door: 1 }.send())));
    assert!(!are_alike(&log, &lamp));

    lback_signals::provide(Provided).unwrap();
    let again: AlreadyProvided = lback_signals::provide(Provided).unwrap_err();
    assert!(are_alike(&again, &again.clone()));

    let committed: CommitOutcome<u8> = Ok(()).into();
    assert!(are_alike(&committed, &CommitOutcome::Committed));
    assert!(!are_alike(
        &CommitOutcome::RolledBack(1),
        &CommitOutcome::Unknown(1)
    ));
    assert!(!are_alike(&Phase::Now, &Phase::Background));
}

#[test]
fn problems_of_the_wiring_are_compared_with_those_that_are_expected() {
    let receiver = infos::<Opened>()[0];
    let problem = |path| WiringProblem::UnknownReceiver { receiver, path };
    assert!(are_alike(&problem("note"), &problem("note").clone()));
    assert!(!are_alike(&problem("note"), &problem("lock")));
    let signal = Opened::info();
    assert!(!are_alike(
        &problem("note"),
        &WiringProblem::Unfulfilled { signal }
    ));
}

#[test]
fn a_recursion_is_kept_and_compared() {
    #[signal]
    struct Echoed;

    #[receiver(signal = Echoed)]
    fn again(_: &Echoed) {
        Echoed.send();
    }

    let recursion = || -> Recursion {
        match Echoed.try_send().unwrap_err().into_kind() {
            FailureKind::Recursion(recursion) => recursion,
            other => panic!("{other}"),
        }
    };
    let kept = recursion();
    assert!(are_alike(&kept.clone(), &recursion()));
    assert!(kept.chain().iter().all(|it| *it == infos::<Echoed>()[0]));
    let error: Box<dyn Error> = Box::new(kept);
    assert!(error.to_string().starts_with("signals were sent 64 deep"));
}

#[test]
fn a_failure_gives_its_kind_away_and_drops_it_once() {
    #[derive(Debug)]
    struct Counted(#[allow(dead_code, reason = "counted by its `Drop`")] Arc<()>);

    impl fmt::Display for Counted {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("counted")
        }
    }

    impl Error for Counted {}

    #[signal]
    struct Weighing<'a> {
        count: &'a Arc<()>,
    }

    #[receiver(signal = Weighing)]
    fn fail(event: &Weighing<'_>) -> Result<(), Counted> {
        Err(Counted(Arc::clone(event.count)))
    }

    let count = Arc::new(());
    let kind = Weighing { count: &count }
        .try_send()
        .unwrap_err()
        .into_kind();
    assert_eq!(Arc::strong_count(&count), 2);
    let FailureKind::Error(error) = kind else {
        panic!("{kind}");
    };
    assert!(error.downcast_ref::<Counted>().is_some());
    drop(error);
    assert_eq!(Arc::strong_count(&count), 1);
    // The error of a failure that is not taken apart is dropped with it.
    drop(Weighing { count: &count }.try_send());
    assert_eq!(Arc::strong_count(&count), 1);
}
