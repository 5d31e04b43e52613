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

/// Returns whether two values are equal, and checks that equal values have equal hashes.
fn are_equal<T: Eq + Hash>(one: &T, other: &T) -> bool {
    let hasher = RandomState::new();
    let is_equal = one == other;
    assert!(!is_equal || hasher.hash_one(one) == hasher.hash_one(other));
    is_equal
}

#[test]
fn a_signal_is_equal_only_to_itself() {
    /// Returns two signals that have the same path.
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

    assert!(are_equal(Opened::info(), Opened::info()));
    assert!(are_equal(Opened::info(), infos::<Opened>()[0].signal()));
    assert!(!are_equal(Opened::info(), Closed::info()));
    let [one, other] = same_path();
    assert_eq!(one.type_path(), other.type_path());
    assert!(!are_equal(one, other));
}

#[test]
fn a_receiver_is_equal_only_to_itself_for_the_same_signal() {
    let [of_opened, of_closed] = [infos::<Opened>()[1], infos::<Closed>()[1]];
    assert_eq!(of_opened.id(), of_closed.id());
    assert!(are_equal(of_opened, infos::<Opened>()[1]));
    assert!(!are_equal(of_opened, of_closed));
    assert!(!are_equal(infos::<Opened>()[0], of_opened));

    let report = Opened { door: 1 }.send();
    let failed: HashSet<_> = report.failures().iter().map(Failure::receiver).collect();
    assert_eq!(failed, infos::<Opened>().into_iter().collect());
}

#[test]
fn receivers_and_signals_can_be_keys_of_maps() {
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
fn closures_are_equal_if_call_site_and_signal_are() {
    #[signal]
    struct Ticked;

    let connect = || Ticked::connect(|_| Err("always"));
    let connections = (connect(), connect(), Ticked::connect(|_| Err("always")));
    let report = Ticked.send();
    let failures = report.failures().iter().rev();
    let receivers: Vec<_> = failures.take(3).map(Failure::receiver).collect();
    assert!(!are_equal(receivers[0], receivers[1]));
    assert!(are_equal(receivers[1], receivers[2]));
    drop(connections);
}

#[test]
fn fields_are_equal_if_their_declarations_are() {
    let [opened, closed, locked]: [FieldInfo; 3] =
        [Opened::info(), Closed::info(), Locked::info()].map(|signal| signal.fields()[0]);
    assert!(are_equal(&opened, &closed));
    assert!(!are_equal(&opened, &locked));
    assert_eq!((opened.is_sender(), locked.is_sender()), (false, true));
}

#[test]
fn orders_are_equal_if_their_constraints_are() {
    let [light, opened_note] = [infos::<Opened>()[0], infos::<Opened>()[1]].map(|it| *it.order());
    let [darken, note, lock]: [Order; 3] =
        [0, 1, 2].map(|number| *infos::<Closed>()[number].order());
    assert!(are_equal(&light, &darken));
    assert!(are_equal(&note, &opened_note));
    assert!(!are_equal(&light, &note));
    assert!(!are_equal(&lock, &note));
    assert!(!are_equal(&lock, &light));
}

/// Two functions have the same path, and each is named by another receiver.
#[test]
fn orders_differ_if_one_path_names_different_functions() {
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
    assert!(!are_equal(one, another));
}

#[test]
fn resources_are_equal_if_type_and_optionality_are() {
    let of_light = infos::<Opened>()[0].resources();
    let [log, optional_lamp] = of_light.as_slice() else {
        panic!("{of_light:?}");
    };
    let lamp: ResourceInfo = infos::<Closed>()[0].resources()[0];
    assert!(are_equal(log, &infos::<Opened>()[1].resources()[0]));
    assert_eq!(lamp.type_name(), optional_lamp.type_name());
    assert!(!are_equal(&lamp, optional_lamp));
    assert!(!are_equal(log, &lamp));
}

#[test]
fn the_needs_of_an_extractor_can_be_compared() {
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
    assert!(!are_equal(&needs, &expected));
    expected.resource::<Lamp>();
    assert!(are_equal(&needs, &expected.clone()));
}

#[test]
fn errors_are_equal_if_their_contents_are() {
    struct Provided;

    let unknown = |id| disable_by_id(id).unwrap_err();
    assert!(are_equal(&unknown("one"), &unknown("one")));
    assert!(!are_equal(&unknown("one"), &unknown("another")));
    let id = std::any::type_name_of_val(&are_equal::<()>).to_owned();
    assert_eq!(
        disable(are_equal::<()>),
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
    assert!(are_equal(&log, &missing(Opened { door: 1 }.send())));
    assert!(!are_equal(&log, &lamp));

    lback_signals::provide(Provided).unwrap();
    let again: AlreadyProvided = lback_signals::provide(Provided).unwrap_err();
    assert!(are_equal(&again, &again.clone()));

    let committed: CommitOutcome<u8> = Ok(()).into();
    assert!(are_equal(&committed, &CommitOutcome::Committed));
    assert!(!are_equal(
        &CommitOutcome::RolledBack(1),
        &CommitOutcome::Unknown(1)
    ));
    assert!(!are_equal(&Phase::Now, &Phase::Background));
}

#[test]
fn problems_of_the_wiring_can_be_compared() {
    let receiver = infos::<Opened>()[0];
    let problem = |path| WiringProblem::UnknownReceiver { receiver, path };
    assert!(are_equal(&problem("note"), &problem("note").clone()));
    assert!(!are_equal(&problem("note"), &problem("lock")));
    let signal = Opened::info();
    assert!(!are_equal(
        &problem("note"),
        &WiringProblem::Unfulfilled { signal }
    ));
}

#[test]
fn a_recursion_can_be_cloned_and_compared() {
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
    let original = recursion();
    assert!(are_equal(&original.clone(), &recursion()));
    assert!(
        original
            .chain()
            .iter()
            .all(|it| *it == infos::<Echoed>()[0])
    );
    let error: Box<dyn Error> = Box::new(original);
    assert!(error.to_string().starts_with("signals were sent 64 deep"));
}

#[test]
fn into_kind_moves_the_error_out_of_a_failure_which_is_dropped_once() {
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
    // The error of a failure is dropped with it.
    drop(Weighing { count: &count }.try_send());
    assert_eq!(Arc::strong_count(&count), 1);
}
