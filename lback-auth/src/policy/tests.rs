mod asynchronous;
mod length;
mod words;

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::auth_user::AuthUser;
use crate::user::User;

const ADA: PasswordOwner<'static> = PasswordOwner::new("ada.lovelace1815", "ada@example.org");

/// Password that no rule refuses.
const GOOD: &str = "correct horse battery staple";

/// Returns the codes of the reasons to refuse a password, none if it is accepted.
fn codes(policy: &PasswordPolicy, password: &str, owner: PasswordOwner<'_>) -> Vec<&'static str> {
    codes_of(policy.check(password, owner))
}

fn codes_of(answer: Result<(), PasswordRejected>) -> Vec<&'static str> {
    match answer {
        Ok(()) => Vec::new(),
        Err(rejected) => {
            let codes: Vec<_> = rejected
                .reasons()
                .iter()
                .map(RejectionReason::code)
                .collect();
            assert!(!codes.is_empty());
            codes
        }
    }
}

/// Check that always refuses with a reason, and counts its calls.
#[derive(Clone)]
struct Refuse(RejectionReason, Arc<AtomicUsize>);

impl Refuse {
    fn with(reason: RejectionReason) -> Self {
        Self(reason, Arc::default())
    }

    fn asked(&self) -> usize {
        self.1.load(Ordering::Relaxed)
    }
}

impl PasswordCheck for Refuse {
    fn check(&self, _: &Candidate<'_>) -> Result<(), RejectionReason> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Err(self.0.clone())
    }
}

#[test]
fn no_character_class_is_required_or_refused() {
    let policy = PasswordPolicy::new();
    for password in [
        "only lower case letters",
        "ONLY UPPER CASE LETTERS",
        "314159265358979323846",
        "aaaaaaaaaaaaaaaaaaaa",
        "               ",
        "\t\0\u{7F}tab, nul and delete",
        "пароль из одних букв",
        "🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀",
    ] {
        assert!(codes(&policy, password, ADA).is_empty(), "{password:?}");
    }
}

#[test]
fn all_reasons_are_returned_together() {
    let policy = PasswordPolicy::new()
        .with_service_name("password")
        .with_blocked_words(["password"])
        .with_check(Refuse::with(RejectionReason::custom("first", "do this")))
        .with_check(|_: &Candidate<'_>| Ok(()))
        .with_check(Refuse::with(RejectionReason::Common))
        .with_check(Refuse::with(RejectionReason::custom("last", "do that")));
    #[cfg(feature = "zxcvbn")]
    let policy = policy.with_min_zxcvbn_score(ZxcvbnScore::One);

    let rejected = policy
        .check("Password", PasswordOwner::new("password", "password"))
        .expect_err("refused");
    let mut expected = vec![
        "too_short",
        "common",
        "is_username",
        "is_email",
        "is_service_name",
        "blocked_word",
        "guessable",
        "first",
        "last",
    ];
    if cfg!(not(feature = "zxcvbn")) {
        expected.retain(|code| *code != "guessable");
    }
    assert_eq!(codes_of(Err(rejected.clone())), expected);

    let texts: Vec<_> = rejected.reasons().iter().map(ToString::to_string).collect();
    let joined = format!("the password is refused: {}", texts.join("; "));
    assert_eq!(rejected.to_string(), joined);
}

#[test]
fn codes_are_in_the_table_of_the_documentation() {
    use RejectionReason as Reason;

    for (reason, code) in [
        (Reason::TooShort { min_length: 15 }, "too_short"),
        (Reason::TooLong, "too_long"),
        (Reason::Common, "common"),
        (Reason::IsUsername, "is_username"),
        (Reason::IsEmail, "is_email"),
        (Reason::IsServiceName, "is_service_name"),
        (Reason::BlockedWord, "blocked_word"),
        (Reason::Guessable, "guessable"),
        (Reason::custom("own", "do this"), "own"),
    ] {
        assert_eq!(reason.code(), code);
        assert!(
            include_str!("rejection.rs").contains(&format!("/// | `{code}` |")) || code == "own"
        );
    }
}

#[test]
fn a_check_gets_the_candidate_and_its_owner() {
    let policy = PasswordPolicy::new().with_check(|candidate: &Candidate<'_>| {
        // SHA-1 of the composed form.
        assert_eq!(candidate.sha1_prefix(), "3A34A");
        assert!(candidate.sha1_suffix_is("5E02700616D12869C4988772110F7997AD4"));
        assert_eq!(candidate.length(), 16);
        assert!(candidate.matches("caf\u{E9} du commerce"));
        assert_eq!(candidate.owner().email(), "ada@example.org");
        Err(RejectionReason::custom("asked", "ask"))
    });
    assert_eq!(codes(&policy, "Cafe\u{301} du Commerce", ADA), ["asked"]);
}

#[test]
fn a_clone_has_the_same_rules() {
    let check = Refuse::with(RejectionReason::custom("own", "do this"));
    let policy = PasswordPolicy::new()
        .with_min_length(8)
        .with_check(check.clone());
    assert_eq!(codes(&policy.clone(), "zqxjkvbw", ADA), ["own"]);
    assert_eq!(
        codes(&policy.clone().with_blocked_words([GOOD]), GOOD, ADA),
        ["blocked_word", "own"]
    );
    assert_eq!(codes(&policy, GOOD, ADA), ["own"]);
    assert_eq!(check.asked(), 3);
}

#[test]
fn policies_can_be_shared_between_threads() {
    fn is_shared<T: Send + Sync + 'static>() {}

    is_shared::<PasswordPolicy>();
    is_shared::<AsyncPasswordPolicy>();
    is_shared::<PasswordRejected>();
}

#[test]
fn debug_and_display_show_no_part_of_a_password() {
    let policy =
        PasswordPolicy::new()
            .with_blocked_words([GOOD])
            .with_check(|candidate: &Candidate<'_>| {
                assert_eq!(format!("{candidate:?}"), "Candidate(..)");
                Ok(())
            });
    let rejected = policy
        .check(GOOD, PasswordOwner::new(GOOD, GOOD))
        .expect_err("refused");
    let waiting = policy
        .clone()
        .with_async_check(Refuse::with(RejectionReason::Common));
    let shown = format!("{rejected} {rejected:?} {rejected:#?} {policy:?} {policy:#?} {waiting:?}");
    for at in 0..=GOOD.len() - 8 {
        assert!(!shown.contains(&GOOD[at..at + 8]), "{shown}");
    }
    assert!(shown.contains("min_length: 15"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(test_support::rounds(2560)))]

    #[test]
    fn nothing_panics(
        password in any::<String>(),
        name in any::<String>(),
        email in any::<String>(),
    ) {
        let policy = PasswordPolicy::new().with_service_name(&*name).with_blocked_words([&*email]);
        let _ = policy.check(&password, PasswordOwner::new(&name, &email));
    }

    #[test]
    fn an_accepted_password_can_be_set(password in r"(\PC|\u{FB2C}|\u{1D160}|\u{301}){0,1024}") {
        let policy = PasswordPolicy::new();
        if policy.check(&password, ADA).is_ok() {
            prop_assert!(prepare(&password).is_ok());
        }
    }

    #[test]
    fn the_owners_username_is_refused_in_any_spelling(name in r"\PC{8,40}") {
        let policy = PasswordPolicy::new().with_min_length(8);
        let owner = PasswordOwner::new(&name, "");
        for password in [name.clone(), name.to_ascii_uppercase()] {
            let codes = codes(&policy, &password, owner);
            prop_assert!(codes.contains(&"is_username"), "{codes:?}");
        }
    }
}
