//! The renderings, which also contain the signals of the other tests.

use lback_signals::{Signal, wiring};

use super::Paid;

fn stored_form() -> String {
    Paid::info().durable().unwrap().stored_form()
}

/// Returns the words of the lines from one that contains `first` to the next that is blank.
fn paragraph(text: &str, first: &str) -> String {
    let lines = text.lines().skip_while(|line| !line.contains(first));
    let lines = lines.take_while(|line| !line.is_empty());
    let words: Vec<_> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ")
}

#[test]
fn the_table_has_stored_names_versions_and_forms() {
    let table = paragraph(&wiring().to_string(), "durable::wiring::Paid");
    let signal = format!(
        "owned; durable wiring.paid v2 (was wiring_paid), stored as {}",
        stored_form()
    );
    assert!(table.contains(&signal), "{table}");
    let receipt =
        "durable, async; stored as wiring-receipt (was wiring-mail and wiring-letter), attempts 7";
    assert!(table.contains(receipt), "{table}");
    assert!(
        table.contains("durable; stored as wiring-book, attempts 20"),
        "{table}"
    );
}

#[test]
fn the_json_has_the_options() {
    use serde_json::{Value, json};

    let document: Value = serde_json::from_str(&wiring().to_json()).unwrap();
    let signals = document["signals"].as_array().unwrap();
    let mut signals = signals.iter();
    let signal = signals
        .find(|signal| signal["type_path"] == "durable::wiring::Paid")
        .unwrap();
    assert_eq!(
        signal["durable"],
        json!({
            "name": "wiring.paid",
            "version": 2,
            "oldest_version": 2,
            "was": ["wiring_paid"],
            "stored_form": stored_form(),
        })
    );
    let receivers = signal["receivers"].as_array().unwrap();
    assert_eq!(receivers[0].get("durable"), None);
    assert_eq!(receivers[2]["phase"], "durable");
    assert_eq!(
        receivers[2]["durable"],
        json!({
            "name": "wiring-receipt",
            "was": ["wiring-mail", "wiring-letter"],
            "ordered": false,
            "attempts": 7,
            "backoff": { "first_ms": 1_000, "max_ms": 60_000 },
            "timeout_ms": 30_000,
            "concurrency": 2,
            "on_dead": "skip",
        })
    );
    assert_eq!(receivers[3]["durable"]["timeout_ms"], Value::Null, "a `fn`");
}

#[test]
fn the_graphs_have_the_stored_name_as_the_third_line_of_a_label() {
    let form = stored_form();
    let mermaid = wiring().to_mermaid();
    let dot = wiring().to_dot();
    let signal = format!("wiring.paid v2 (was wiring_paid), stored as {form}");
    let receipt = "wiring-receipt (was wiring-mail and wiring-letter)";
    for (text, break_) in [(&mermaid, "<br>"), (&dot, "\\n")] {
        for label in [
            format!("\"paid{break_}durable::wiring::Paid{break_}{signal}\""),
            format!("\"a_send_receipt{break_}durable::wiring{break_}{receipt}\""),
            format!("\"c_count{break_}durable::wiring\""),
        ] {
            assert!(text.contains(&label), "no {label} in {text}");
        }
    }
    assert!(mermaid.contains("-->|3 durable, async|"), "{mermaid}");
    assert!(dot.contains("[label=\"4 durable\"]"), "{dot}");
}

#[test]
fn the_picture_has_the_stored_names() {
    let svg = wiring().to_svg();
    let document = roxmltree::Document::parse(&svg).expect("XML");
    let texts = document
        .descendants()
        .filter(|node| node.has_tag_name("text"));
    let texts: Vec<String> = texts
        .map(|text| {
            let parts = text.descendants().filter(roxmltree::Node::is_text);
            parts.filter_map(|part| part.text()).collect()
        })
        .collect();
    let contains = |label: &str| texts.iter().any(|text| text.trim() == label);
    let form = stored_form();
    assert!(contains(&format!(
        "wiring.paid v2 (was wiring_paid), stored as {form}"
    )));
    assert!(
        contains("4 durable durable::wiring::b_book as wiring-book"),
        "{texts:#?}"
    );
    assert!(contains("1 durable::wiring::c_count"));
}
