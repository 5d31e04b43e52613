//! Two releases are compared.

use std::fs;

use lback_signals::wiring;

use super::{lback, this_program};

#[test]
fn the_formats_have_the_same_changes() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old.lock");
    let own = wiring().to_lock();
    let earlier = own
        .replace(
            "order: &'a Order (the sender",
            "order: &'a Basket (the sender",
        )
        .replace(", after_rollback, background", ", after_rollback");
    fs::write(&old, earlier).unwrap();
    let diff = |format| {
        let program = this_program();
        lback([
            "diff".as_ref(),
            old.as_os_str(),
            program.as_os_str(),
            format,
        ])
    };
    let [text, markdown, json] =
        ["--format=text", "--format=markdown", "--format=json"].map(|it| diff(it.as_ref()));
    for (status, stdout, stderr) in [&text, &markdown, &json] {
        assert_eq!((*status, stderr.as_str()), (1, ""), "{stdout}");
    }
    assert_eq!(
        text.1,
        "Received in another way:\n  \
         commands::wires::undone of commands::wires::AllKinds: after_rollback → after_rollback, background\n\
         Payloads:\n  \
         field order of commands::wires::AllKinds: &'a Basket → &'a Order\n"
    );
    assert!(
        markdown.1.contains("\n- field <code>order</code> of "),
        "{}",
        markdown.1
    );
    let json: serde_json::Value = serde_json::from_str(&json.1).unwrap();
    let changes = json["changes"].as_array().unwrap();
    let kinds: Vec<_> = changes
        .iter()
        .map(|it| it["change"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["field_changed", "receiver_changed"]);
}

#[test]
fn a_breaking_change_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (
        folder.path().join("old.lock"),
        folder.path().join("new.lock"),
    );
    let own = wiring().to_lock();
    fs::write(&old, &own).unwrap();
    let program = this_program();
    let same = lback(["semver".as_ref(), old.as_os_str(), program.as_os_str()]);
    assert_eq!(same, (0, String::new(), String::new()));
    let later = own
        .replace("durable wires.keep (was keep)", "durable wires.hold")
        .replace(", call: fn", ", called: fn");
    fs::write(&new, later).unwrap();
    let (status, stdout, stderr) = lback(["semver".as_ref(), program.as_os_str(), new.as_os_str()]);
    assert_eq!((status, stderr.as_str()), (1, ""));
    let [field, keep, was] = stdout.lines().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(
        field,
        "commands::wires::AllKinds no longer has the field call: fn(u8, u16) -> u32"
    );
    assert!(
        keep.contains("durable receiver `wires.keep`") && was.contains("durable receiver `keep`")
    );
}
