use super::*;

/// U+1D160: 4 bytes become 12 in NFC, and one code point becomes three.
const TRIPLES: &str = "\u{1D160}";

#[test]
fn the_default_minimum_is_15_code_points() {
    let policy = PasswordPolicy::new();
    assert_eq!(codes(&policy, "zqxjkvbwpyfgmh", ADA), ["too_short"]);
    assert!(codes(&policy, "zqxjkvbwpyfgmhc", ADA).is_empty());
}

#[test]
fn the_minimum_can_be_any_length_from_8() {
    for (asked, needed) in [(0, 8), (7, 8), (8, 8), (9, 9), (64, 64)] {
        let policy = PasswordPolicy::new().with_min_length(asked);
        let text = "zqxjkvbw".repeat(8);
        assert_eq!(codes(&policy, &text[..needed - 1], ADA), ["too_short"]);
        assert!(codes(&policy, &text[..needed], ADA).is_empty());

        let rejected = policy.check("q", ADA).expect_err("too short");
        let min_length = needed;
        assert_eq!(
            rejected.reasons(),
            [RejectionReason::TooShort { min_length }]
        );
    }
}

#[test]
fn length_counts_code_points_of_the_prepared_form() {
    let policy = PasswordPolicy::new();
    for (unit, shortest) in [
        ("é", 15),
        ("🦀", 15),
        // NFD: two code points, which preparation composes to one.
        ("e\u{301}", 15),
        // One code point, which preparation decomposes to three.
        (TRIPLES, 5),
        // Three code points, displayed as one.
        ("👩\u{200D}💻", 5),
        ("\u{3000}", 15),
    ] {
        assert_eq!(
            codes(&policy, &unit.repeat(shortest - 1), ADA),
            ["too_short"],
            "{unit:?}"
        );
        assert!(
            codes(&policy, &unit.repeat(shortest), ADA).is_empty(),
            "{unit:?}"
        );
    }
}

#[test]
fn the_maximum_length_is_that_of_set_password() {
    let policy = PasswordPolicy::new();
    let hasher = crate::hasher::Hasher::insecure_for_tests();
    for (password, accepted) in [
        ("a".repeat(4096), true),
        ("a".repeat(4097), false),
        (TRIPLES.repeat(341) + "abcd", true),
        (TRIPLES.repeat(341) + "abcde", false),
        ("e\u{301}".repeat(1365), true),
        ("e\u{301}".repeat(1366), false),
    ] {
        let expected: &[_] = if accepted { &[] } else { &["too_long"] };
        assert_eq!(codes(&policy, &password, ADA), expected);
        assert_eq!(hasher.hash(&password).is_ok(), accepted);
    }
}

#[test]
fn checks_do_not_run_on_an_empty_or_too_long_password() {
    let check = Refuse::with(RejectionReason::custom("never", "never"));
    let policy = PasswordPolicy::new().with_check(check.clone());
    let long = "a".repeat(1_000_000);
    let owner = PasswordOwner::new(&long, "");

    assert_eq!(codes(&policy, &long, owner), ["too_long"]);
    assert_eq!(codes(&policy, "", PasswordOwner::default()), ["too_short"]);
    assert_eq!(check.asked(), 0);

    assert_eq!(codes(&policy, "a", owner), ["too_short", "never"]);
    assert_eq!(check.asked(), 1);
}
