//! Tests each problem of durable signals and receivers, and its text.

use std::any::TypeId;
use std::sync::LazyLock;

use crate::info::{
    Declaration, DurableNeed, DurableReceiver, DurableRuntime, DurableSignal, Introspection, Needs,
    ReceiverInfo, ReceiverOptions, RetiredReceiver, SignalDeclaration, SignalInfo,
};
use crate::wiring::{Wiring, WiringProblem};

macro_rules! signals {
    ($($name:ident $line:literal $durable_name:literal was $was:expr;)+) => {
        $(static $name: SignalInfo = SignalInfo::__new(SignalDeclaration {
            type_path: concat!("shop::", stringify!($name)),
            file: "shop.rs",
            line: $line,
            durable: Some({
                static DURABLE: DurableSignal =
                    DurableSignal::__new($durable_name, (1, 1), &$was, String::new);
                &DURABLE
            }),
            ..SignalDeclaration::EMPTY
        });)+
    };
}

signals! {
    PAID 3 "order.paid" was ["order_paid", "order.paid"];
    SETTLED 5 "order.settled" was ["order_paid"];
    SHIPPED 7 "order.shipped" was ["order.sent"];
    PAID_AGAIN 3 "order.paid" was [];
}

fn texts(problems: &[WiringProblem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn wiring_of(signals: Vec<&'static SignalInfo>) -> Wiring {
    Wiring {
        signals,
        retired: Vec::new(),
    }
}

#[test]
fn a_name_of_two_signals_is_found_with_both_places() {
    let wiring = wiring_of(vec![&PAID, &SETTLED, &SHIPPED]);
    let problems = wiring.check().unwrap_err();
    assert_eq!(
        texts(&problems),
        [
            "the durable name `order_paid` has more than one signal: `shop::PAID` (shop.rs:3), \
             `shop::SETTLED` (shop.rs:5); in `durable(…)`, give each its own `name`, and list an earlier name \
             in one `was` only"
        ]
    );
    assert_eq!(
        problems,
        [WiringProblem::SharedSignalName {
            name: "order_paid",
            signals: vec![&PAID, &SETTLED],
        }]
    );
}

#[test]
fn a_signal_that_is_linked_twice_is_told_as_that() {
    let wiring = wiring_of(vec![&PAID, &PAID_AGAIN]);
    let problems = wiring.check().unwrap_err();
    assert_eq!(
        texts(&problems),
        [
            "the durable name `order.paid` has more than one signal: `shop::PAID` (shop.rs:3), \
             `shop::PAID_AGAIN` (shop.rs:3); its crate is linked twice: for unit tests, move the code that links it \
             again into an integration test"
        ]
    );
}

static PLAIN: SignalInfo = SignalInfo::__new(SignalDeclaration {
    type_path: "shop::Plain",
    receivers: || RECEIVERS.iter().collect(),
    ..SignalDeclaration::EMPTY
});

static RECEIVERS: LazyLock<Vec<ReceiverInfo>> = LazyLock::new(|| {
    let infos = DECLARATIONS.iter();
    infos
        .map(|it| ReceiverInfo::new(&PLAIN, it, true))
        .collect()
});

/// Needs one transaction of each list of databases.
fn needs(needs: Option<&mut Needs>, transactions: &[&'static [&'static str]]) {
    if let Some(needs) = needs {
        for databases in transactions {
            needs.add_durable(DurableNeed::Transaction { databases });
        }
    }
}

static DECLARATIONS: [Declaration; 7] = {
    macro_rules! options {
        ($name:literal $(was $was:literal)?) => {{
            static DURABLE: DurableReceiver = DurableReceiver::__new($name)$(.__was(&[$was]))?;
            static OPTIONS: ReceiverOptions =
                ReceiverOptions::new().durable::<DurableRuntime>(&DURABLE);
            &OPTIONS
        }};
    }
    [
        Declaration::new(
            "shop::a_receipt@shop.rs:11:1",
            Introspection::Probed(|it| {
                if let Some(it) = it {
                    it.add_durable(DurableNeed::Delivery);
                }
                TypeId::of::<[u8; 1]>()
            }),
            options!("receipt"),
        ),
        Declaration::new(
            "shop::b_receipt@shop.rs:12:1",
            Introspection::Plain(TypeId::of::<[u8; 2]>()),
            options!("mail" was "receipt"),
        ),
        Declaration::new(
            "shop::c_delivery@shop.rs:13:1",
            Introspection::Probed(|it| {
                if let Some(it) = it {
                    it.add_durable(DurableNeed::Delivery);
                }
                TypeId::of::<[u8; 3]>()
            }),
            ReceiverOptions::NONE,
        ),
        Declaration::new(
            "shop::d_transaction@shop.rs:14:1",
            Introspection::Probed(|it| {
                needs(it, &[&["SQLite"]]);
                TypeId::of::<[u8; 4]>()
            }),
            ReceiverOptions::NONE,
        ),
        Declaration::new(
            "shop::e_twice@shop.rs:15:1",
            Introspection::Probed(|it| {
                needs(it, &[&["SQLite"], &["SQLite"]]);
                TypeId::of::<[u8; 5]>()
            }),
            options!("twice"),
        ),
        Declaration::new(
            "shop::f_sqlite@shop.rs:16:1",
            Introspection::Probed(|it| {
                needs(it, &[&["SQLite"]]);
                TypeId::of::<[u8; 6]>()
            }),
            options!("sqlite"),
        ),
        Declaration::new(
            "shop::g_either@shop.rs:17:1",
            Introspection::Probed(|it| {
                needs(it, &[&["SQLite", "PostgreSQL"]]);
                TypeId::of::<[u8; 7]>()
            }),
            options!("either"),
        ),
    ]
};

#[test]
fn problems_of_receivers_are_found_with_their_places() {
    let problems = wiring_of(vec![&PLAIN]).check().unwrap_err();
    assert_eq!(
        texts(&problems),
        [
            "the durable name `receipt` has more than one receiver: `shop::a_receipt` (shop.rs:11), \
             `shop::b_receipt` (shop.rs:12); in `durable(…)`, give each its own `name`, and list an earlier \
             name in one `was` only",
            "`shop::c_delivery` (shop.rs:13) takes `Delivery` and is not durable: add `durable(name = \"…\")` \
             to its `#[receiver]`, or remove the parameter",
            "`shop::d_transaction` (shop.rs:14) takes `DurableTx` and is not durable: add `durable(name = \
             \"…\")` to its `#[receiver]`, or remove the parameter",
            "`shop::e_twice` (shop.rs:15) takes `DurableTx` more than once: take it once, since a delivery has \
             one transaction",
        ]
    );
}

#[test]
fn a_retired_name_that_is_in_use_is_found_with_both_places() {
    static RETIRED: [RetiredReceiver; 3] = [
        RetiredReceiver::__new("gone", "retired.rs", 1),
        RetiredReceiver::__new("mail", "retired.rs", 2),
        RetiredReceiver::__new("twice", "retired.rs", 3),
    ];
    let wiring = Wiring {
        signals: vec![&PLAIN],
        retired: RETIRED.iter().collect(),
    };
    let problems = wiring.check().unwrap_err();
    let of_retired = |it: &&WiringProblem| matches!(it, WiringProblem::RetiredName { .. });
    let of_retired: Vec<_> = problems.iter().filter(of_retired).cloned().collect();
    assert_eq!(
        texts(&of_retired),
        [
            "the durable name `mail` is retired (retired.rs:2) and is a name of `shop::b_receipt` (shop.rs:12): \
             remove the `retire!`, or give the receiver another name",
            "the durable name `twice` is retired (retired.rs:3) and is a name of `shop::e_twice` (shop.rs:15): \
             remove the `retire!`, or give the receiver another name",
        ]
    );
}

#[test]
fn a_transaction_of_another_database_is_found_for_the_receivers_of_a_worker() {
    let receivers: Vec<_> = RECEIVERS[4..].iter().collect();
    let of = |database| texts(&Wiring::database_problems(&receivers, database));
    let sqlite_only = "takes a `DurableTx` of another database than the outbox's, which is PostgreSQL: take \
                       one of PostgreSQL, or leave the receiver to a worker of its database with \
                       `Worker::only`";
    assert_eq!(of(Some("SQLite")), [""; 0]);
    assert_eq!(
        of(Some("PostgreSQL")),
        [
            format!("`shop::e_twice` (shop.rs:15) {sqlite_only}"),
            format!("`shop::f_sqlite` (shop.rs:16) {sqlite_only}"),
        ]
    );
    let none = of(None);
    assert_eq!(none.len(), 3);
    assert_eq!(
        none[2],
        "`shop::g_either` (shop.rs:17) takes `DurableTx`, and this outbox has no transactions: use the \
         outbox of its database, or leave the receiver out with `Worker::only`"
    );
    let plain: Vec<_> = RECEIVERS[..3].iter().collect();
    assert_eq!(Wiring::database_problems(&plain, None), []);
}
