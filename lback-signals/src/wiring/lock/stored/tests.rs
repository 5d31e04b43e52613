//! Tests each change and its text.

#[cfg(feature = "serde")]
use super::super::super::view::BackoffView;
use super::super::super::view::{
    DurableReceiverView, DurableSignalView, OrderView, ReceiverView, SignalView,
};
use super::{StoredChange, stored_changes};
use crate::info::Phase;

const LOCK: &str = "\
durable signal order.paid v2 (was order_paid) is shop::OrderPaid, stored as 7f3a19c2
durable send-receipt (was mail-receipt) of order.paid by shop::send_receipt, attempts 20
";

fn signal() -> SignalView<'static> {
    SignalView {
        #[cfg(feature = "svg")]
        counts: None,
        name: "order_paid",
        type_path: "shop::OrderPaid",
        file: "src/shop.rs",
        line: 8,
        docs: "",
        #[cfg(feature = "serde")]
        sender: None,
        sender_model: None,
        fields: Vec::new(),
        reply: None,
        is_async: false,
        owned: true,
        required: false,
        durable: Some(DurableSignalView {
            name: "order.paid",
            version: 2,
            oldest_version: 2,
            was: vec!["order_paid"],
            stored_form: Some("7f3a19c2".to_owned()),
            key: None,
            #[cfg(feature = "serde")]
            keep_ms: None,
        }),
        receivers: vec![ReceiverView {
            #[cfg(feature = "svg")]
            counts: None,
            id: "shop::send_receipt",
            crate_name: "shop",
            module: "shop",
            name: "send_receipt",
            file: "src/shop.rs",
            line: 12,
            phase: Phase::Durable,
            background: false,
            is_async: true,
            order: OrderView {
                first: false,
                last: false,
                before: Vec::new(),
                after: Vec::new(),
            },
            fulfills: false,
            of_program: false,
            disabled: false,
            durable: Some(DurableReceiverView {
                name: "send-receipt",
                was: vec!["mail-receipt"],
                ordered: false,
                attempts: 20,
                #[cfg(feature = "serde")]
                backoff: Some(BackoffView {
                    first_ms: 2_000,
                    max_ms: 3_600_000,
                }),
                #[cfg(feature = "serde")]
                timeout_ms: None,
                #[cfg(feature = "serde")]
                concurrency: Some(4),
                on_dead: "skip".to_owned(),
            }),
            resources: Vec::new(),
        }],
    }
}

/// Returns the texts of the changes from the lock to the signal after `change`.
fn changes(change: impl FnOnce(&mut SignalView<'static>)) -> Vec<String> {
    let mut signal = signal();
    change(&mut signal);
    let signals = [signal];
    let changes = stored_changes(LOCK, &signals, &[]);
    changes.iter().map(ToString::to_string).collect()
}

fn durable<'s>(signal: &'s mut SignalView<'static>) -> &'s mut DurableSignalView<'static> {
    signal.durable.as_mut().unwrap()
}

fn durable_receiver<'s>(
    signal: &'s mut SignalView<'static>,
) -> &'s mut DurableReceiverView<'static> {
    signal.receivers[0].durable.as_mut().unwrap()
}

const NO_CHANGES: [&str; 0] = [];

#[test]
fn the_wiring_of_the_lock_has_no_changes() {
    assert_eq!(changes(|_| {}), NO_CHANGES);
}

#[test]
fn a_form_that_changes_without_its_version_is_told_with_the_line_to_paste() {
    let changes = changes(|signal| durable(signal).stored_form = Some("00c0ffee".to_owned()));
    assert_eq!(
        changes,
        [
            "the stored form of `shop::OrderPaid` (src/shop.rs:8) has changed, and payloads of `order.paid` \
             v2 in the form of the file may be stored: write `version = 3` in its `durable(…)`, or restore \
             its fields. If all that changed are new fields with `#[field(default)]`, or no database has \
             such payloads, delete the line `durable signal order.paid v2 (was order_paid) is \
             shop::OrderPaid, stored as 7f3a19c2` from the file"
        ]
    );
}

#[test]
fn a_form_that_changes_with_the_name_is_told() {
    let changes = changes(|signal| {
        let durable = durable(signal);
        durable.stored_form = Some("00c0ffee".to_owned());
        durable.name = "order.settled";
        durable.was = vec!["order.paid", "order_paid"];
    });
    let [change] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert!(change.contains("payloads of `order.paid` v2"), "{change}");
}

#[test]
fn only_a_changed_form_keeps_the_file_from_being_written() {
    let form = |signal: &mut SignalView<'static>| {
        durable(signal).stored_form = Some("00c0ffee".to_owned());
    };
    let others: [fn(&mut SignalView<'static>); 4] = [
        |signal| of_version(signal, 3),
        |signal| durable(signal).name = "other",
        |signal| durable_receiver(signal).name = "other",
        |signal| signal.receivers.clear(),
    ];
    let mut of_form = signal();
    form(&mut of_form);
    assert!(
        stored_changes(LOCK, &[of_form], &[])
            .iter()
            .all(StoredChange::is_of_form)
    );
    for change in others {
        let mut signal = signal();
        change(&mut signal);
        let signals = [signal];
        let changes = stored_changes(LOCK, &signals, &[]);
        assert!(!changes.is_empty());
        assert!(!changes.iter().any(StoredChange::is_of_form));
    }
}

#[test]
fn an_earlier_version_is_converted_or_left_to_the_earlier_program() {
    let convert =
        "write `upcast(2 = …)` in its `durable(…)` with a type that has their fields, or ";
    for (version, mend) in [(1, ""), (3, convert)] {
        let changes = changes(|signal| {
            of_version(signal, version);
            durable(signal).stored_form = Some("00c0ffee".to_owned());
        });
        assert_eq!(
            changes,
            [format!(
                "payloads of `order.paid` v2 may be stored, and `shop::OrderPaid` (src/shop.rs:8) does not read \
                 them: {mend}run a worker of the earlier program until they are delivered"
            )]
        );
    }
}

#[test]
fn a_version_that_is_converted_is_no_change_until_it_is_not() {
    let changes = changes(|signal| {
        let durable = durable(signal);
        durable.version = 3;
        durable.stored_form = Some("00c0ffee".to_owned());
    });
    assert_eq!(changes, [] as [String; 0]);

    let lock = LOCK.replace(" v2 (was", " v2 (accepts 1 to 2, was");
    assert_ne!(lock, LOCK);
    let signals = [signal()];
    let [change] = &stored_changes(&lock, &signals, &[])[..] else {
        panic!("version 1 is not read any more");
    };
    let change = change.to_string();
    assert!(change.contains("payloads of `order.paid` v1"), "{change}");
}

fn of_version(signal: &mut SignalView<'static>, version: u32) {
    let durable = durable(signal);
    durable.version = version;
    durable.oldest_version = version;
}

#[test]
fn a_signal_that_is_gone_may_have_payloads() {
    let changes = changes(|signal| {
        signal.durable = None;
        signal.receivers.clear();
    });
    let signal = |name: &str| {
        format!(
            "payloads of the durable signal `{name}` may be stored, and no signal of this binary has the name: \
             after a rename, write `was(\"{name}\")` in its `durable(…)`; after a removal, write \
             `lback_signals::retire!(\"…\");` for each of its durable receivers"
        )
    };
    let receiver = |name: &str| {
        format!(
            "deliveries for the durable receiver `{name}` may be stored, and no receiver of this binary has the \
             name: after a rename, write `was(\"{name}\")` in its `durable(…)`; after a removal, write \
             `lback_signals::retire!(\"{name}\");`, so that workers discard them"
        )
    };
    assert_eq!(
        changes,
        [
            signal("order.paid"),
            signal("order_paid"),
            receiver("send-receipt"),
            receiver("mail-receipt"),
        ]
    );
}

#[test]
fn a_rename_that_names_the_earlier_names_is_no_change() {
    let changes = changes(|signal| {
        let signal_options = durable(signal);
        signal_options.name = "order.settled";
        signal_options.was = vec!["order_paid", "order.paid"];
        let receiver = durable_receiver(signal);
        receiver.name = "send-bill";
        receiver.was = vec!["send-receipt", "mail-receipt"];
    });
    assert_eq!(changes, NO_CHANGES);
}

#[test]
fn each_name_that_is_lost_is_told() {
    let lost = changes(|signal| {
        durable(signal).was.clear();
        durable_receiver(signal).name = "send-bill";
    });
    let [signal, receiver] = lost.as_slice() else {
        panic!("{lost:?}");
    };
    assert!(signal.contains("durable signal `order_paid`"), "{signal}");
    assert!(
        receiver.contains("durable receiver `send-receipt`"),
        "{receiver}"
    );
}

#[test]
fn a_receiver_that_changes_its_signal_needs_another_name() {
    let mut paid = signal();
    let mut refunded = signal();
    refunded.type_path = "shop::OrderRefunded";
    durable(&mut refunded).name = "order.refunded";
    durable(&mut refunded).was.clear();
    paid.receivers.clear();
    let signals = [paid, refunded];
    let changes = stored_changes(LOCK, &signals, &[]);
    let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(
        changes,
        [
            "deliveries of `order.paid` for the durable receiver `send-receipt` may be stored, and \
             `shop::send_receipt` (src/shop.rs:12) now receives `shop::OrderRefunded`: give it another \
             durable name"
        ]
    );
}

/// Returns the texts of the changes from the lock to no receiver, with these names retired.
fn changes_of_removal(lock: &str, keeps_signal: bool, retired: &[&str]) -> Vec<String> {
    let mut signal = signal();
    signal.receivers.clear();
    let signals = if keeps_signal { vec![signal] } else { vec![] };
    let changes = stored_changes(lock, &signals, retired);
    changes.iter().map(ToString::to_string).collect()
}

#[test]
fn a_receiver_whose_names_are_retired_is_no_change() {
    let retired = ["mail-receipt", "send-receipt"];
    assert_eq!(changes_of_removal(LOCK, true, &retired), NO_CHANGES);
    let [lost] = &changes_of_removal(LOCK, true, &retired[..1])[..] else {
        panic!("one name is lost");
    };
    assert!(lost.contains("`send-receipt`"), "{lost}");
}

#[test]
fn a_signal_whose_receivers_are_retired_is_no_change() {
    let retired = ["mail-receipt", "send-receipt"];
    assert_eq!(changes_of_removal(LOCK, false, &retired), NO_CHANGES);
    assert_eq!(changes_of_removal(LOCK, false, &retired[1..]).len(), 3);
    // Another program may have its receivers.
    let signal_only = LOCK.lines().next().unwrap();
    assert_eq!(changes_of_removal(signal_only, false, &retired).len(), 2);
}

#[test]
fn a_name_stays_retired_or_comes_back() {
    let lock = format!("{LOCK}retired mail-receipt\nretired push-legacy\n");
    let signals = [signal()];
    let text = |retired: &[&str]| {
        let changes = stored_changes(&lock, &signals, retired);
        changes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(text(&["push-legacy"]), NO_CHANGES);
    assert_eq!(
        text(&[]),
        [
            "deliveries for the removed receiver `push-legacy` would wait for ever: restore \
             `lback_signals::retire!(\"push-legacy\");`, unless no database has any"
        ]
    );
}

#[test]
fn an_ordered_receiver_keeps_its_oldest_name() {
    let lock = LOCK.replace("attempts 20", "order key, attempts 20");
    assert_ne!(lock, LOCK);
    let changes = |ordered: bool, name: &'static str, was: &[&'static str]| {
        let mut signal = signal();
        let receiver = durable_receiver(&mut signal);
        (receiver.ordered, receiver.name) = (ordered, name);
        receiver.was = was.to_vec();
        let signals = [signal];
        let changes = stored_changes(&lock, &signals, &[]);
        changes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        changes(true, "bill", &["send-receipt", "mail-receipt"]),
        NO_CHANGES
    );
    assert_eq!(
        changes(false, "bill", &["mail-receipt", "send-receipt"]),
        NO_CHANGES
    );
    assert_eq!(
        changes(true, "bill", &["mail-receipt", "send-receipt"]),
        [
            "deliveries for the durable receiver `send-receipt` may be stored, and `shop::send_receipt` \
             (src/shop.rs:12) would not wait for the earlier ones of a key: let the last name in its `was(…)` be \
             \"mail-receipt\""
        ]
    );
}
