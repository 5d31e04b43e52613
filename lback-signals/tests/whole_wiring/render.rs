//! The complete renderings of a small wiring.

// The expected texts contain the line numbers of these items.
mod shop {
    use std::sync::Once;

    use lback_signals::{Res, Signal, Wiring, provide, receiver, signal, wiring};

    pub(super) struct Order;
    pub(super) struct Tariff(pub(super) u32);
    pub(super) trait Mailer<T: ?Sized>: Send + Sync {}

    /// An order has been paid.
    ///
    /// "In full" & <at once>.
    #[signal]
    pub(super) struct OrderPaid<'a> {
        #[sender]
        pub(super) order: &'a Order,
        pub(super) codes: [&'a str; "\"<&>\\".len()],
    }

    #[signal(name = "tax", reply = Option<u32>, required)]
    pub(super) struct TaxAsked;

    #[signal]
    pub(super) struct Übergangen;

    #[signal(owned)]
    pub(super) struct Shipped {
        pub(super) parcels: u8,
    }

    #[receiver(signal = [OrderPaid, TaxAsked], last)]
    fn count<S: Signal>(_: &S, _: Option<Res<'_, Tariff>>) -> Result<S::Reply, String> {
        Err("counted".to_owned())
    }

    #[receiver(signal = OrderPaid, before(send_receipt))]
    fn write_audit_line(event: &OrderPaid<'_>) {
        let _ = (event.order, event.codes);
    }

    #[receiver(signal = OrderPaid, first)]
    fn send_receipt(_: &OrderPaid<'_>, _: Res<'_, dyn Mailer<[&'static str]>>, _: Res<'_, Tariff>) {
    }

    #[receiver(signal = TaxAsked, fulfills)]
    fn tax(_: &TaxAsked, tariff: Res<'_, Tariff>) -> Option<u32> {
        (tariff.0 > 0).then_some(tariff.0)
    }

    #[receiver(signal = Shipped)]
    fn book(event: &Shipped) {
        let _ = event.parcels;
    }

    #[receiver(signal = Shipped, after_rollback)]
    fn call_back(_: &Shipped) {}

    #[receiver(signal = Shipped, after_commit, after(tell_carrier))]
    fn tell_buyer(_: &Shipped, _: Res<'_, Tariff>) {}

    #[receiver(signal = Shipped, after_commit)]
    fn tell_carrier(_: &Shipped) {}

    /// Returns the wiring with a tariff that is provided, and a mailer that is not.
    pub(super) fn provided_wiring() -> Wiring {
        static TARIFF: Once = Once::new();
        TARIFF.call_once(|| provide(Tariff(19)).expect("the only one"));
        wiring()
    }
}

use shop::provided_wiring;

#[test]
fn the_table_is_as_expected() {
    let table = format!("{}\n", provided_wiring());
    assert_eq!(table, include_str!("data/wiring.txt"));
}

#[test]
fn the_flowchart_is_as_expected() {
    let mermaid = provided_wiring().to_mermaid();
    assert_eq!(mermaid, include_str!("data/wiring.mmd"));
}

#[test]
fn the_digraph_is_as_expected() {
    let dot = provided_wiring().to_dot();
    assert_eq!(dot, include_str!("data/wiring.dot"));
}

#[cfg(feature = "svg")]
#[test]
fn the_svg_names_all_signals_receivers_and_resources() {
    let wiring = provided_wiring();
    let svg = wiring.to_svg();
    let document = roxmltree::Document::parse(&svg).expect("XML");
    let texts: Vec<_> = document
        .descendants()
        .filter(|node| node.has_tag_name("text") || node.has_tag_name("title"))
        .map(|node| {
            node.descendants()
                .filter(roxmltree::Node::is_text)
                .filter_map(|node| node.text())
                .collect::<String>()
        })
        .collect();
    let mut expected = vec!["dyn Mailer<[&str]>", "Tariff", "no receivers"];
    expected.extend([
        "1 wiring_render::shop::book",
        "2 after_commit wiring_render::shop::tell_carrier",
        "4 after_rollback wiring_render::shop::call_back",
    ]);
    for signal in wiring.signals() {
        expected.extend([signal.name(), signal.type_path(), signal.docs()]);
        expected.extend(signal.receivers().iter().map(|receiver| receiver.id()));
        for receiver in signal.receivers() {
            let resources = receiver.resources();
            expected.extend(resources.iter().map(lback_signals::ResourceInfo::type_name));
        }
    }
    for label in expected {
        assert!(
            texts.iter().any(|text| text.contains(label)),
            "no {label} in {texts:#?}"
        );
    }
}

#[cfg(feature = "serde")]
#[test]
fn the_json_contains_the_whole_wiring() {
    use serde_json::{Value, json};

    let wiring = provided_wiring();
    let signals = wiring.signals().iter().map(|signal| {
        let fields = signal.fields().iter().map(|field| {
            json!({
                "name": field.name(),
                "type": field.type_name(),
                "is_sender": field.is_sender(),
            })
        });
        let receivers = signal.receivers().into_iter().map(|receiver| {
            let order = receiver.order();
            let resources = receiver.resources().into_iter().map(|resource| {
                json!({
                    "type": resource.type_name(),
                    "optional": resource.is_optional(),
                    "provided": resource.is_provided(),
                })
            });
            json!({
                "id": receiver.id(),
                "crate": "wiring_render",
                "module": "wiring_render::shop",
                "name": receiver.name(),
                "file": file!(),
                "line": receiver.line(),
                "phase": receiver.phase().to_string(),
                "background": receiver.is_background(),
                "async": receiver.is_async(),
                "order": {
                    "first": order.is_first(),
                    "last": order.is_last(),
                    "before": order.before_paths().collect::<Vec<_>>(),
                    "after": order.after_paths().collect::<Vec<_>>(),
                },
                "fulfills": receiver.fulfills(),
                "disabled": receiver.is_disabled(),
                "resources": resources.collect::<Vec<_>>(),
            })
        });
        json!({
            "name": signal.name(),
            "type_path": signal.type_path(),
            "file": file!(),
            "line": signal.line(),
            "docs": signal.docs(),
            "sender": signal.sender().map(lback_signals::FieldInfo::name),
            "sender_model": signal.sender_model(),
            "fields": fields.collect::<Vec<_>>(),
            "reply": signal.reply(),
            "async": signal.is_async(),
            "owned": signal.is_owned(),
            "required": signal.is_required(),
            "receivers": receivers.collect::<Vec<_>>(),
        })
    });
    let expected = json!({ "version": 1, "signals": signals.collect::<Vec<_>>() });
    let json: Value = serde_json::from_str(&wiring.to_json()).expect("JSON");
    assert_eq!(json, expected);
    assert_eq!(serde_json::to_value(&wiring).expect("JSON"), expected);

    let paid = &json["signals"][0];
    assert_eq!(paid["name"], "order_paid");
    assert_eq!(
        paid["docs"],
        "An order has been paid.\n\n\"In full\" & <at once>."
    );
    assert_eq!(paid["sender"], "order");
    let receipt = &paid["receivers"][0];
    assert_eq!(receipt["id"], "wiring_render::shop::send_receipt");
    assert_eq!(
        receipt["order"],
        json!({ "first": true, "last": false, "before": [], "after": [] })
    );
    let provided = |index: usize| &receipt["resources"][index]["provided"];
    assert_eq!((provided(0), provided(1)), (&json!(false), &json!(true)));

    let shipped = &json["signals"][1];
    assert_eq!(
        (&paid["owned"], &shipped["owned"]),
        (&json!(false), &json!(true))
    );
    let phase = |index: usize| &shipped["receivers"][index]["phase"];
    assert_eq!(
        [phase(0), phase(1), phase(2), phase(3)],
        ["now", "after_commit", "after_commit", "after_rollback"]
    );
}
