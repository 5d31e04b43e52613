use lback_signals::__private::tool::View;

use super::{Change, Diff, Markdown, Text, compare};
use crate::semver::breaking;

const OLD: &str = "\
shop::Gone is sent as `gone`
shop::Gone is received by shop::last_words
shop::Paid is sent as `paid` with order: &'a Order (the sender), by: u32, left: bool; owned
shop::Paid is received by shop::a
shop::Paid is received by shop::b, after_commit
shop::Paid is received by shop::c; it takes dyn shop::mail::Mailer
shop::Paid is received by shop::d, durable
durable signal paid v1 is shop::Paid, stored as 00000001
durable keep of paid by shop::d, attempts 20
retired push
";

const NEW: &str = "\
shop::New is sent as `new`
shop::Paid is sent as `paid` with order: &'a Order (the sender), by: u64, more: u8; async; owned
shop::Paid is received by shop::c; it takes dyn Mailer
shop::Paid is received by shop::a
shop::Paid is received by shop::e, first, after(a)
shop::Paid is received by shop::b, after_rollback
durable signal paid v2 is shop::Paid, stored as ?
retired pull
";

const TEXT: &str = "\
Receives now:
  shop::e receives shop::Paid as number 3: first, after(a)
Receives no longer:
  shop::last_words receives shop::Gone as number 1
  shop::d receives shop::Paid as number 4: durable, stored as keep, attempts 20
Moved in the order:
  shop::c of shop::Paid from number 3 to 1
Received in another way:
  shop::b of shop::Paid: after_commit → after_rollback
Payloads:
  field by of shop::Paid: u32 → u64
  shop::Paid no longer has the field left: bool
  shop::Paid has the new field more: u8
Signals and removed durable receivers:
  removed: shop::Gone
  new: shop::New
  shop::Paid: paid, sender order, owned, durable paid v1 → paid, sender order, async, owned, durable paid v2
  retired: pull
  no longer retired: push
";

fn diff<'d>(old: &'d View<'d>, new: &'d View<'d>) -> Diff<'d> {
    Diff {
        version: 1,
        old: "old|*.lock".to_owned(),
        new: "new.lock".to_owned(),
        changes: compare(old, new),
    }
}

fn views() -> [View<'static>; 2] {
    [OLD, NEW].map(|lock| View::from_lock(lock).unwrap())
}

#[test]
fn each_change_is_a_line_of_its_group() {
    let [old, new] = views();
    assert_eq!(Text(&diff(&old, &new)).to_string(), TEXT);
    assert_eq!(
        Text(&diff(&old, &old)).to_string(),
        "The wiring is the same.\n"
    );
}

#[test]
fn the_comment_has_the_same_lines_as_code() {
    let [old, new] = views();
    let diff = diff(&old, &new);
    let comment = Markdown(&diff).to_string();
    let (heading, list) = comment.split_once("\n\n").unwrap();
    assert_eq!(
        heading,
        "### Wiring: <code>old&#124;&#42;.lock</code> → <code>new.lock</code>"
    );
    assert!(list.starts_with(
        "**Receives now**\n\n- <code>shop::e</code> receives <code>shop::Paid</code> as number 3: \
         <code>first, after&#40;a&#41;</code>\n\n**Receives no longer**\n"
    ));
    let lines = TEXT.lines().filter(|line| line.starts_with("  ")).count();
    assert_eq!(
        list.lines().filter(|line| line.starts_with("- ")).count(),
        lines
    );
    // Words of the tool have even indices, and texts of the files odd ones.
    for change in &diff.changes {
        for word in change.parts().iter().step_by(2) {
            assert!(!word.contains("shop") && !word.contains("u64"), "{word}");
        }
    }
}

#[test]
fn a_long_comment_is_cut() {
    let empty = View::default();
    let lines: Vec<_> = (0..250)
        .map(|it| format!("shop::S{it} is sent as `s`\n"))
        .collect();
    let lines = lines.concat();
    let new = View::from_lock(&lines).unwrap();
    let comment = Markdown(&diff(&empty, &new)).to_string();
    assert_eq!(comment.matches("- new: ").count(), 200);
    assert!(comment.contains("\n- and 50 more\n"));
}

#[test]
fn the_json_names_the_kind_of_a_change() {
    let [old, new] = views();
    let json = serde_json::to_value(diff(&old, &new)).unwrap();
    assert_eq!(json["version"], 1);
    let changes = json["changes"].as_array().unwrap();
    let moved = changes
        .iter()
        .find(|it| it["change"] == "receiver_moved")
        .unwrap();
    let expected = serde_json::json!({
        "change": "receiver_moved", "signal": "shop::Paid", "receiver": "shop::c", "from": 3, "to": 1,
    });
    assert_eq!(*moved, expected);
    let added = changes
        .iter()
        .find(|it| it["change"] == "field_added")
        .unwrap();
    assert_eq!(added["type"], "u8");
}

#[test]
fn the_fewest_receivers_are_moved() {
    let lock = |order: &str| {
        let received = order
            .chars()
            .map(|name| format!("a::S is received by a::{name}\n"));
        format!("a::S is sent as `s`\n{}", received.collect::<String>())
    };
    for (old, new, expected) in [
        ("abcd", "abcd", vec![]),
        ("abcd", "dabc", vec![("a::d", 4, 1)]),
        ("abcd", "bcda", vec![("a::a", 1, 4)]),
        ("abcd", "xbcy", vec![]),
        ("aab", "aba", vec![("a::a", 2, 3)]),
    ] {
        let (old, new) = (lock(old), lock(new));
        let [old, new] = [&old, &new].map(|lock| View::from_lock(lock).unwrap());
        let moved = compare(&old, &new)
            .into_iter()
            .filter_map(|change| match change {
                Change::ReceiverMoved {
                    receiver, from, to, ..
                } => Some((receiver, from, to)),
                _ => None,
            });
        assert_eq!(moved.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn breaking_changes_are_told_once() {
    let [old, new] = views();
    let breaking_changes = breaking(&old, &new);
    let [gone, by, left, version, keep, push] = &breaking_changes[..] else {
        panic!("{breaking_changes:#?}");
    };
    assert_eq!(gone, "removed: shop::Gone");
    assert_eq!(by, "field by of shop::Paid: u32 → u64");
    assert_eq!(left, "shop::Paid no longer has the field left: bool");
    assert!(
        version.starts_with("payloads of `paid` v1 may be stored"),
        "{version}"
    );
    assert!(keep.contains("durable receiver `keep`"), "{keep}");
    assert!(push.contains("`push`"), "{push}");
    assert!(breaking(&new, &new).is_empty());
    // An added field breaks no receiver.
    let more = NEW.replace("more: u8", "more: u8, and: u8");
    assert!(breaking(&new, &View::from_lock(&more).unwrap()).is_empty());
}

#[test]
fn stored_forms_are_compared_only_if_both_are_known() {
    let lock = |form: &str| {
        format!("a::S is sent as `s`\ndurable signal s v1 is a::S, stored as {form}\n")
    };
    let locks = ["00000001", "00000002", "?"].map(lock);
    let views = locks.each_ref().map(|lock| View::from_lock(lock).unwrap());
    let [one, two, unknown] = &views;
    assert_eq!(compare(one, two).len(), 1);
    assert_eq!(breaking(one, two).len(), 1);
    assert!(compare(one, unknown).is_empty() && breaking(one, unknown).is_empty());
    assert!(compare(unknown, two).is_empty() && breaking(unknown, two).is_empty());
}
