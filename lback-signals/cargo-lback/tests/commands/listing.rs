//! The listings and pictures are those of the program.

use std::ffi::OsStr;
use std::fs;

use lback_signals::wiring;
use roxmltree::Document;

use super::{lback, of_this_program, this_program};

/// Returns the lines of a lock without what a record does not have: the modules of resources, the models of
/// senders, and stored forms.
fn comparable(lock: &str) -> Vec<String> {
    lock.lines().map(comparable_line).collect()
}

fn comparable_line(line: &str) -> String {
    let (line, resources) = line.split_once("; it takes ").unwrap_or((line, ""));
    let mut line = line.to_owned();
    if let Some(at) = line.find(", model ") {
        let end = at + line[at..].find(')').unwrap();
        line.replace_range(at..end, "");
    }
    if let Some(at) = line.find("stored as ") {
        line.replace_range(at + 10.., "?");
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let segments = resources.split("::").collect::<Vec<_>>();
    let (last, heads) = segments.split_last().unwrap();
    let heads = heads
        .iter()
        .map(|segment| segment.trim_end_matches(is_word));
    let resources: String = heads.chain([*last]).collect();
    format!("{line}; {resources}")
}

#[test]
fn the_listing_is_the_wiring_of_the_program() {
    let (own, listed) = (
        wiring().to_lock(),
        of_this_program(&["list", "--format=lock"]),
    );
    assert!(own.lines().count() > 40, "{own}");
    assert_eq!(comparable(&listed), comparable(&own));
}

#[test]
fn the_difference_from_the_own_lock_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("signals.lock");
    let own = wiring().to_lock();
    fs::write(&lock, &own).unwrap();
    let diff = |lock| lback(["diff".as_ref(), lock, this_program().as_os_str()]);
    let same = "The wiring is the same.\n".to_owned();
    assert_eq!(diff(lock.as_os_str()), (0, same, String::new()));
    // One line less, of a receiver that takes a resource.
    let lines: Vec<_> = own
        .lines()
        .filter(|line| !line.contains("::at_last"))
        .collect();
    fs::write(&lock, lines.join("\n")).unwrap();
    let (status, stdout, _) = diff(lock.as_os_str());
    assert_eq!(status, 1);
    assert!(
        stdout.contains("commands::wires::at_last receives commands::wires::AllKinds as number")
    );
    assert!(
        stdout.contains("last, takes Log, takes Generic<Vec<Log>> if there is one"),
        "{stdout}"
    );
}

#[test]
fn the_table_the_json_and_the_pictures_have_the_receivers() {
    let [table, json, mermaid, dot, svg] = [
        of_this_program(&["list"]),
        of_this_program(&["list", "--format=json"]),
        of_this_program(&["graph"]),
        of_this_program(&["graph", "--format=dot"]),
        of_this_program(&["graph", "--format=svg"]),
    ];
    for text in [&table, &json, &mermaid, &dot, &svg] {
        for name in [
            "wires.all-kinds",
            "at_first",
            "dyn Mailer",
            "wires.keep",
            "take_money",
        ] {
            assert!(text.contains(name), "{name} is missing: {text}");
        }
    }
    assert!(
        table.ends_with("\nretired durable receivers: wires.removed\n"),
        "{table}"
    );
    assert!(mermaid.starts_with("flowchart LR\n") && dot.starts_with("digraph wiring {"));
    Document::parse(&svg).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let signals = json["signals"].as_array().unwrap();
    let kept = signals.iter().find(|it| it["name"] == "kept").unwrap();
    let durable = &kept["receivers"][0]["durable"];
    assert_eq!(durable["attempts"], 3);
    assert_eq!(
        (&kept["durable"]["key"], &kept["durable"]["keep_ms"]),
        (&"order".into(), &604_800_000.into())
    );
    // Only a running program knows these.
    assert!(kept.get("file").is_none() && kept["durable"].get("stored_form").is_none());
}

#[test]
fn hostile_texts_are_escaped_in_each_output() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("signals.lock");
    let hostile = "a::S is sent as `s\u{202e}` with x: T\u{1b}[2J<script>\n\
                   a::S is received by a::f\u{2066}, first\n";
    fs::write(&lock, hostile).unwrap();
    let program = this_program();
    for arguments in [
        &["list"][..],
        &["list", "--format=json"],
        &["list", "--format=lock"],
        &["graph", "--format=mermaid"],
        &["graph", "--format=dot"],
        &["graph", "--format=svg"],
        &["diff", "--format=text"],
        &["diff", "--format=markdown"],
        &["diff", "--format=json"],
        &["semver"],
    ] {
        let mut all: Vec<_> = arguments.iter().map(OsStr::new).collect();
        all.push(lock.as_os_str());
        if matches!(arguments[0], "diff" | "semver") {
            all.push(program.as_os_str());
        }
        let (status, stdout, stderr) = lback(all);
        assert!(
            status < 2 && stdout.contains("a::S"),
            "{arguments:?}: {stderr}"
        );
        let is_special = |c: char| matches!(c, '\u{1b}' | '\u{202e}' | '\u{2066}');
        assert!(!stdout.contains(is_special), "{arguments:?}: {stdout}");
        if arguments.ends_with(&["--format=json"]) {
            serde_json::from_str::<serde_json::Value>(&stdout).unwrap();
        }
        if arguments.ends_with(&["--format=svg"]) || arguments.ends_with(&["--format=markdown"]) {
            assert!(!stdout.contains("<script>"), "{stdout}");
        }
    }
}
