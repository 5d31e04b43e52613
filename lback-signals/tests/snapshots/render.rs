//! The complete renderings of the wiring.

use crate::shop::provided_wiring;

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
        "1 snapshots::shop::book",
        "2 after_commit snapshots::shop::weigh",
        "5 after_rollback snapshots::shop::call_back",
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
                "crate": "snapshots",
                "module": "snapshots::shop",
                "name": receiver.name(),
                "file": "lback-signals/tests/snapshots/shop.rs",
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
            "file": "lback-signals/tests/snapshots/shop.rs",
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
    assert_eq!(receipt["id"], "snapshots::shop::send_receipt");
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
        [phase(0), phase(1), phase(3), phase(4)],
        ["now", "after_commit", "after_commit", "after_rollback"]
    );
}
