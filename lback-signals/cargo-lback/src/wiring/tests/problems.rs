//! The problems that records show.

use super::super::Records;
use crate::check::check;
use crate::testing::{Body, notes, receiver, section, signal};

#[test]
fn contradictions_are_problems() {
    let paid = "shop::Paid";
    let required = Body::new(1, "shop", "Due", 5)
        .byte(4 | 32)
        .text("Due")
        .fields(&[]);
    let named = Body::new(1, "shop::other", "Due", 6)
        .byte(32)
        .text("Due")
        .fields(&[]);
    let fulfills = |name| {
        let body = Body::new(2, "shop", name, 8).byte(0).byte(16);
        body.parameters(&[]).of_signal("shop::Due2")
    };
    let records = [
        signal("shop", "Paid", 4),
        required,
        named,
        Body::new(1, "shop", "Due2", 7)
            .byte(4)
            .text("due2")
            .fields(&[]),
        fulfills("one"),
        fulfills("two"),
        receiver(["shop", "a"], paid, 0, [&["b"], &[]]),
        receiver(["shop", "b"], paid, 0, [&["a"], &["late"]]),
        receiver(["shop", "late"], paid, 3, [&[], &[]]),
        receiver(["shop", "late"], paid, 3, [&[], &[]]),
    ];
    let notes = notes(&records);
    let records = Records::read(&[section(&notes)]).unwrap();
    let problems: Vec<_> = check(&records.wiring())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        problems,
        [
            "the name `Due` was given to more than one signal: `shop::Due` (line 5), `shop::other::Due` (line 6); \
             give each its own `name = \"…\"`",
            "`shop::Due` (line 5) is required, but no receiver fulfills it: name the crate that has it with \
             `lback_signals::link!`, or add `fulfills` to one",
            "`shop::Due2` (line 7) is fulfilled by more than one receiver: `shop::one` (line 8), `shop::two` \
             (line 8); remove `fulfills` from all except one",
            "`shop::late` (line 1) receives `Paid` more than once: name the signal once",
            "the receivers of `Paid` are ordered in a cycle: `shop::a` (line 1) before `shop::b` (line 1) before \
             `shop::a` again; remove one of these constraints",
            "`shop::b` (line 1) receives `Paid` in phase `now` and is ordered by `late`, which receives it in \
             another phase: remove the constraint, or give both the same phase",
        ]
    );
}

#[test]
fn durable_names_are_of_one_item() {
    let durable_signal = |name| {
        let body = Body::new(1, "shop", name, 1)
            .byte(16 | 2)
            .text(name)
            .fields(&[]);
        body.text("paid")
            .integer(1)
            .integer(1)
            .texts(&[])
            .text("")
            .integer(0)
    };
    let durable = |name, stored, was: &[&str]| {
        let body = Body::new(2, "shop", name, 2)
            .byte(5)
            .byte(0)
            .parameters(&[]);
        let body = body
            .text(stored)
            .texts(was)
            .integer(20)
            .integer(1)
            .integer(1)
            .integer(0);
        body.integer(1).byte(0).of_signal("shop::A")
    };
    let records = [
        durable_signal("A"),
        durable_signal("B"),
        durable("one", "keep", &["old"]),
        durable("two", "other", &["keep"]),
        Body::new(3, "shop", "old", 9),
    ];
    let notes = notes(&records);
    let records = Records::read(&[section(&notes)]).unwrap();
    let problems: Vec<_> = check(&records.wiring())
        .iter()
        .map(ToString::to_string)
        .collect();
    let [signals, retired, receivers] = problems.try_into().unwrap();
    assert!(signals.starts_with("the durable name `paid` has more than one signal: `shop::A`"));
    assert!(
        retired
            .starts_with("the durable name `old` is retired (line 9) and is a name of `shop::one`")
    );
    assert!(
        receivers.starts_with("the durable name `keep` has more than one receiver: `shop::one`")
    );
}
