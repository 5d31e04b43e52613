//! The records in the file of this program agree with its wiring.

use std::cell::Cell;
use std::collections::BTreeMap;

use lback_signals::{
    FromSignal, Phase, ReceiverInfo, Res, SentBy, Signal, SignalInfo, receiver, signal, wiring,
};
use test_support::records::{self, Content, Record, records_of_this_program};

/// A signal and receivers in each place and form that the macros accept.
#[expect(
    clippy::extra_unused_type_parameters,
    clippy::non_minimal_cfg,
    clippy::type_complexity,
    clippy::unused_self,
    reason = "unusual forms"
)]
mod forms {
    use super::*;

    pub(super) struct Mailer;

    /// Some fields are not compiled.
    #[signal]
    pub(super) struct Changed<'a> {
        #[sender]
        pub(super) count: &'a Cell<u64>,
        #[cfg(any())]
        pub(super) never: u8,
        #[cfg(all())]
        pub(super) r#type: u8,
    }

    #[signal(name = "forms/opened")]
    pub(super) struct r#Opened;

    #[signal(name = "forms/asked", reply = Option<u8>)]
    pub(super) struct Asked;

    #[receiver(signal = [self::Changed, super::forms::Opened])]
    fn generic<S: Signal>(_: &S) {}

    #[receiver(signal = Changed)]
    #[cfg(any())]
    fn never(_: &Changed<'_>) {}

    #[receiver(signal = Changed)]
    fn r#match(
        event: &Changed<'_>,
        #[cfg(any())] never: Res<'_, u8>,
        #[cfg(all())] _: Res<'_, Mailer>,
        _: Option<Res<'_, dyn Fn(&str) -> u8 + Send + Sync>>,
        sender: SentBy<'_, Cell<u64>>,
        _: Anything,
    ) {
        let _ = (event.r#type, sender);
    }

    pub(super) struct Anything;

    impl<'s, S: Signal> FromSignal<'s, S> for Anything {
        fn from_signal(
            _: &'s S,
            _: &'s lback_signals::Context,
        ) -> Result<Self, lback_signals::Rejection> {
            Ok(Self)
        }
    }

    macro_rules! receivers {
        ($signal:path: $($name:ident)*) => {
            $(
                #[receiver(signal = $signal)]
                fn $name(_: &$signal) {}
            )*
        };
    }

    receivers!(Opened: made otherwise);

    pub(super) fn function<T>() {
        #[receiver(signal = Opened)]
        fn inside(_: &Opened) {}
    }

    impl Mailer {
        pub(super) fn method(&self) {
            #[receiver(signal = Opened)]
            fn inside(_: &Opened) {}
        }
    }
}

/// Returns the records by path, and for receivers also by signal, in the order of their lines.
fn by_path(records: Vec<Record>) -> BTreeMap<(String, Option<String>), Vec<Record>> {
    let mut by_path = BTreeMap::<_, Vec<_>>::new();
    for record in records {
        let signal = match &record.content {
            Content::Receiver(receiver) => Some(receiver.signal.clone()),
            Content::Signal(_) => None,
            Content::Retired => continue,
        };
        let key = (record.path(), signal);
        by_path.entry(key).or_default().push(record);
    }
    for records in by_path.values_mut() {
        records.sort_by_key(|record| record.line);
    }
    by_path
}

#[test]
fn each_signal_and_receiver_has_a_record() {
    let mut records = by_path(records_of_this_program());
    let wiring = wiring();
    let mut take = |path: &str, signal: Option<&str>, line: u32| {
        let key = (path.to_owned(), signal.map(str::to_owned));
        let records = records
            .get_mut(&key)
            .unwrap_or_else(|| panic!("no record of {key:?}"));
        let index = records.iter().position(|it| it.line == u64::from(line));
        records.remove(index.unwrap_or_else(|| panic!("no record of {key:?} at line {line}")))
    };
    let mut count = 0;
    for signal in wiring.signals() {
        check_signal(signal, &take(signal.type_path(), None, signal.line()));
        for receiver in signal.receivers() {
            check_receiver(
                receiver,
                &take(receiver.id(), Some(signal.type_path()), receiver.line()),
            );
            count += 1;
        }
    }
    assert!(count > 50, "{count}");
    let mut left: Vec<_> = records.into_values().flatten().collect();
    // `wiring()` leaves out the signals of the core without receivers.
    left.retain(|record| record.module.split("::").next() != Some("lback_signals"));
    assert_eq!(left, []);
}

fn check_signal(signal: &SignalInfo, record: &Record) {
    let Content::Signal(recorded) = &record.content else {
        panic!("{record:?}");
    };
    check_package(record);
    assert_eq!(recorded.name, signal.name());
    assert_eq!(recorded.reply.as_deref(), signal.reply());
    let flags = [
        signal.is_async(),
        signal.is_owned(),
        signal.is_required(),
        signal.reply().is_some(),
        signal.durable().is_some(),
        signal.is_named(),
    ];
    assert_eq!(recorded.flags, bits(&flags), "{record:?}");
    let fields: Vec<_> = signal
        .fields()
        .iter()
        .map(|it| {
            (
                1 + u8::from(it.is_sender()),
                it.name().to_owned(),
                it.type_name().to_owned(),
            )
        })
        .collect();
    assert_eq!(recorded.fields, fields);
    let durable = signal.durable().map(|durable| records::DurableSignal {
        name: durable.name().to_owned(),
        version: durable.version().into(),
        oldest_version: durable.oldest_version().into(),
        was: owned(durable.was().iter().copied()),
        key: durable.key().unwrap_or_default().to_owned(),
        keep_ms: durable.keep().map_or(0, millis),
    });
    assert_eq!(recorded.durable, durable);
}

fn check_receiver(receiver: &ReceiverInfo, record: &Record) {
    let Content::Receiver(recorded) = &record.content else {
        panic!("{record:?}");
    };
    check_package(record);
    let phases = [
        Phase::Now,
        Phase::Concurrent,
        Phase::Background,
        Phase::AfterCommit,
        Phase::AfterRollback,
        Phase::Durable,
    ];
    assert_eq!(phases[usize::from(recorded.phase)], receiver.phase());
    let order = receiver.order();
    let (before, after) = (owned(order.before_paths()), owned(order.after_paths()));
    let flags = [
        receiver.is_async(),
        receiver.is_background(),
        order.is_first(),
        order.is_last(),
        receiver.fulfills(),
        // All receivers are of this test, or of the core.
        record.module.starts_with("wiring"),
        !before.is_empty() || !after.is_empty(),
    ];
    assert_eq!(recorded.flags, bits(&flags), "{record:?}");
    assert_eq!((&recorded.before, &recorded.after), (&before, &after));
    let resources = recorded
        .parameters
        .iter()
        .filter(|(kind, _)| [1, 2].contains(kind));
    let is_optional: Vec<_> = resources.map(|(kind, _)| *kind == 2).collect();
    for (recorded, resource) in is_optional.iter().zip(receiver.resources()) {
        assert_eq!(*recorded, resource.is_optional(), "{record:?}");
    }
    let durable = receiver.durable().map(|durable| records::DurableReceiver {
        name: durable.name().to_owned(),
        was: owned(durable.was().iter().copied()),
        attempts: durable.attempts().into(),
        millis: [
            millis(durable.backoff().first()),
            millis(durable.backoff().max()),
            durable.timeout().map_or(0, millis),
        ],
        concurrency: durable.concurrency().into(),
        flags: bits(&[
            durable.is_ordered(),
            durable.on_dead().to_string() == "block",
        ]),
    });
    assert_eq!(recorded.durable, durable);
}

fn check_package(record: &Record) {
    let package = if record.module.starts_with("lback_signals") {
        "-"
    } else {
        "lback-signals"
    };
    assert_eq!(record.package, package);
    assert_eq!(record.version, env!("CARGO_PKG_VERSION"));
}

fn bits(flags: &[bool]) -> u8 {
    let bits = (0..)
        .zip(flags)
        .map(|(index, flag)| u8::from(*flag) << index);
    bits.sum()
}

fn owned<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.map(str::to_owned).collect()
}

fn millis(duration: std::time::Duration) -> u64 {
    duration.as_millis().try_into().unwrap()
}

#[test]
fn a_record_has_what_is_compiled_as_it_is_spelled() {
    forms::function::<u8>();
    forms::Mailer.method();
    let records = by_path(records_of_this_program());
    let of = |name: &str, signal: Option<&str>| {
        let module = "wiring::records::forms::";
        let key = (
            format!("{module}{name}"),
            signal.map(|it| format!("{module}{it}")),
        );
        records.get(&key).map_or(&[][..], |it| it)
    };
    let receiver = |name: &str, signal: &str| match &of(name, Some(signal))[0].content {
        Content::Receiver(receiver) => receiver,
        other => panic!("{other:?}"),
    };

    let Content::Signal(changed) = &of("Changed", None)[0].content else {
        panic!("a signal");
    };
    let fields: Vec<_> = changed
        .fields
        .iter()
        .map(|(_, name, ty)| (&**name, &**ty))
        .collect();
    assert_eq!(fields, [("count", "&'a Cell<u64>"), ("type", "u8")]);
    assert_eq!(of("Opened", None).len(), 1);

    assert_eq!(receiver("generic", "Changed").parameters, []);
    assert_eq!(receiver("generic", "Opened").parameters, []);
    assert_eq!(of("never", Some("Changed")), []);
    let parameters: Vec<_> = receiver("match", "Changed")
        .parameters
        .iter()
        .map(|(kind, ty)| (*kind, &**ty))
        .collect();
    assert_eq!(
        parameters,
        [
            (1, "Mailer"),
            (2, "dyn Fn(&str) -> u8 + Send + Sync"),
            (3, "Cell<u64>"),
            (4, "Anything"),
        ]
    );
    for name in ["made", "otherwise"] {
        assert_eq!(of(name, Some("Opened")).len(), 1, "{name}");
    }
    assert_eq!(of("inside", Some("Opened")).len(), 2);
}
