use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use proptest::prelude::*;

use super::*;
use crate::{AuthUser, Password, User};

/// U+1D160: 4 bytes become 12 in NFC, and one code point becomes three.
const TRIPLES: &str = "\u{1D160}";

const ADA: PasswordOwner<'static> = PasswordOwner::new("ada.lovelace1815", "ada@example.org");

/// A password that no rule refuses.
const GOOD: &str = "correct horse battery staple";

/// The codes of the reasons to refuse a password, none if it is accepted.
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

/// Gives the reason whenever it is asked, and counts how often that is.
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

impl AsyncPasswordCheck for Refuse {
    fn check<'a>(&'a self, candidate: &'a Candidate<'_>) -> PasswordCheckFuture<'a> {
        Box::pin(async move {
            PendingOnce(false).await;
            PasswordCheck::check(self, candidate)
        })
    }
}

/// Is pending the first time it is polled.
struct PendingOnce(bool);

impl Future for PendingOnce {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[test]
fn the_default_asks_for_15_code_points() {
    let policy = PasswordPolicy::default();
    assert_eq!(codes(&policy, "zqxjkvbwpyfgmh", ADA), ["too_short"]);
    assert!(codes(&policy, "zqxjkvbwpyfgmhc", ADA).is_empty());
}

#[test]
fn any_length_from_8_can_be_asked_for() {
    for (asked, needed) in [(0, 8), (7, 8), (8, 8), (9, 9), (64, 64)] {
        let policy = PasswordPolicy::default().min_length(asked);
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
    let policy = PasswordPolicy::default();
    for (unit, shortest) in [
        ("é", 15),
        ("🦀", 15),
        // NFD: two code points, which preparation makes one.
        ("e\u{301}", 15),
        // One code point, which preparation makes three.
        (TRIPLES, 5),
        // Three code points, which look like one.
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
fn the_longest_password_is_that_of_set_password() {
    let policy = PasswordPolicy::default();
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
        assert_eq!(Password::hash(&password).is_ok(), accepted);
    }
}

#[test]
fn nothing_is_looked_into_when_empty_or_too_long() {
    let check = Refuse::with(RejectionReason::custom("never", "never"));
    let policy = PasswordPolicy::default().with_check(check.clone());
    let long = "a".repeat(1_000_000);
    let owner = PasswordOwner::new(&long, "");

    assert_eq!(codes(&policy, &long, owner), ["too_long"]);
    assert_eq!(codes(&policy, "", PasswordOwner::default()), ["too_short"]);
    assert_eq!(check.asked(), 0);

    assert_eq!(codes(&policy, "a", owner), ["too_short", "never"]);
    assert_eq!(check.asked(), 1);
}

#[test]
fn no_kinds_of_characters_are_asked_for_or_refused() {
    let policy = PasswordPolicy::default();
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
fn common_passwords_are_refused_in_any_case() {
    let policy = PasswordPolicy::default().min_length(8);
    for password in [
        "password",
        "PassWord",
        "qwerty123456789",
        "1Q2W3E4R5T6Y7U8I9O0P",
        "Manchester United".replace(' ', "").as_str(),
        "friend\u{A0}of\u{2003}emily",
    ] {
        assert_eq!(codes(&policy, password, ADA), ["common"], "{password}");
    }
    for password in [
        "password and more",
        "my password",
        "qwerty123456789 and more",
    ] {
        assert!(codes(&policy, password, ADA).is_empty(), "{password}");
    }
}

#[test]
fn what_is_known_of_the_owner_is_refused_whole_and_in_any_case() {
    let policy = PasswordPolicy::default().min_length(8);
    let owner = PasswordOwner::new("Ada L\u{F6}velace", "Lovelace.A@Example.org");
    for (password, expected) in [
        ("ada l\u{F6}velace", "is_username"),
        ("ADA\u{A0}LO\u{308}VELACE", "is_username"),
        ("lovelace.a@example.ORG", "is_email"),
        ("LOVELACE.A", "is_email"),
    ] {
        assert_eq!(codes(&policy, password, owner), [expected], "{password}");
        assert!(codes(&policy, password, ADA).is_empty(), "{password}");
    }
    for password in [
        "ada l\u{F6}velace!",
        "ada lovelace",
        "lovelace.a@",
        "example.org",
        "1lovelace.a",
    ] {
        assert!(codes(&policy, password, owner).is_empty(), "{password}");
    }
}

#[test]
fn the_local_part_ends_at_the_last_at_sign() {
    let policy = PasswordPolicy::default().min_length(8);
    let owner = PasswordOwner::new("", "\"lovelace@home\"@example.org");
    assert_eq!(codes(&policy, "\"lovelace@home\"", owner), ["is_email"]);
    assert!(codes(&policy, "\"lovelace", owner).is_empty());
    assert_eq!(
        codes(&policy, "no address", PasswordOwner::new("", "no address")),
        ["is_email"]
    );
}

#[test]
fn the_service_and_the_words_of_the_application_are_refused() {
    let policy = PasswordPolicy::default()
        .min_length(8)
        .service_name("Former Name")
        .service_name("Analytical Engines")
        .block_words(["Babbage & Co.", "Difference Engine"])
        .block_words(vec!["Punched Card".to_owned()]);
    for (password, expected) in [
        ("ANALYTICAL ENGINES", "is_service_name"),
        ("babbage & co.", "blocked_word"),
        ("difference engine", "blocked_word"),
        ("punched card", "blocked_word"),
    ] {
        assert_eq!(codes(&policy, password, ADA), [expected], "{password}");
    }
    for password in [
        "former name",
        "analytical engines!",
        "punched cards",
        "engine, difference",
    ] {
        assert!(codes(&policy, password, ADA).is_empty(), "{password}");
    }
}

#[test]
fn all_reasons_are_given_at_once() {
    let policy = PasswordPolicy::default()
        .service_name("password")
        .block_words(["password"])
        .with_check(Refuse::with(RejectionReason::custom("first", "do this")))
        .with_check(|_: &Candidate<'_>| Ok(()))
        .with_check(Refuse::with(RejectionReason::Common))
        .with_check(Refuse::with(RejectionReason::custom("last", "do that")));
    #[cfg(feature = "zxcvbn")]
    let policy = policy.min_zxcvbn_score(ZxcvbnScore::One);

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
fn codes_are_those_of_the_table() {
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
fn any_account_is_an_owner() {
    let policy = PasswordPolicy::default();
    let user = User::new("countess lovelace", "countess-of-lovelace@example.org").expect("valid");
    let object: &dyn AuthUser = &user;
    for (password, expected) in [
        ("Countess Lovelace", "is_username"),
        ("countess-of-lovelace", "is_email"),
    ] {
        assert_eq!(codes_of(policy.check(password, &user)), [expected]);
        assert_eq!(codes_of(policy.check(password, object)), [expected]);
    }
    assert_eq!(policy.check(GOOD, &user), Ok(()));
}

#[test]
fn a_check_is_told_of_the_candidate_and_its_owner() {
    let policy = PasswordPolicy::default().with_check(|candidate: &Candidate<'_>| {
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
    let policy = PasswordPolicy::default()
        .min_length(8)
        .with_check(check.clone());
    assert_eq!(codes(&policy.clone(), "zqxjkvbw", ADA), ["own"]);
    assert_eq!(
        codes(&policy.clone().block_words([GOOD]), GOOD, ADA),
        ["blocked_word", "own"]
    );
    assert_eq!(codes(&policy, GOOD, ADA), ["own"]);
    assert_eq!(check.asked(), 3);
}

#[test]
fn an_async_policy_gives_the_reasons_of_both_kinds_of_checks() {
    let waiting = Refuse::with(RejectionReason::custom("waited", "wait"));
    let policy = PasswordPolicy::default()
        .with_check(Refuse::with(RejectionReason::custom("own", "do this")))
        .with_async_check(waiting.clone())
        .with_async_check(Refuse::with(RejectionReason::Common))
        .with_async_check(Refuse::with(RejectionReason::custom("last", "wait")));

    let user = User::new("ada", "ada@example.org").expect("valid");
    let answer = pollster::block_on(policy.check("password", &user));
    assert_eq!(
        codes_of(answer),
        ["too_short", "common", "own", "waited", "last"]
    );

    for (password, code) in [
        (String::new(), "too_short"),
        ("a".repeat(1_000_000), "too_long"),
    ] {
        let answer = pollster::block_on(policy.clone().check(&password, &user));
        assert_eq!(codes_of(answer), [code]);
    }
    assert_eq!(waiting.asked(), 1);
}

#[test]
fn an_async_policy_accepts_what_nothing_refuses() {
    struct Accept;

    impl AsyncPasswordCheck for Accept {
        fn check<'a>(&'a self, candidate: &'a Candidate<'_>) -> PasswordCheckFuture<'a> {
            Box::pin(async move {
                PendingOnce(false).await;
                assert_eq!(candidate.length(), 28);
                Ok(())
            })
        }
    }

    fn is_send(_: &impl Send) {}

    let policy = PasswordPolicy::default().with_async_check(Accept);
    let mut checking = Box::pin(policy.check(GOOD, ADA));
    is_send(&checking);

    let mut context = Context::from_waker(std::task::Waker::noop());
    assert_eq!(checking.as_mut().poll(&mut context), Poll::Pending);
    assert_eq!(checking.as_mut().poll(&mut context), Poll::Ready(Ok(())));
}

#[test]
fn policies_can_be_shared_between_threads() {
    fn is_shared<T: Send + Sync + 'static>() {}

    is_shared::<PasswordPolicy>();
    is_shared::<AsyncPasswordPolicy>();
    is_shared::<PasswordRejected>();
}

#[test]
fn neither_debug_nor_display_shows_anything_of_a_password() {
    let policy =
        PasswordPolicy::default()
            .block_words([GOOD])
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
    #[test]
    fn nothing_panics(
        password in any::<String>(),
        name in any::<String>(),
        email in any::<String>(),
    ) {
        let policy = PasswordPolicy::default().service_name(&*name).block_words([&*email]);
        let _ = policy.check(&password, PasswordOwner::new(&name, &email));
    }

    #[test]
    fn what_is_accepted_can_be_set(password in r"(\PC|\u{FB2C}|\u{1D160}|\u{301}){0,1024}") {
        let policy = PasswordPolicy::default();
        if policy.check(&password, ADA).is_ok() {
            prop_assert!(prepare(&password).is_ok());
        }
    }

    #[test]
    fn the_owners_name_is_refused_however_it_is_typed(name in r"\PC{8,40}") {
        let policy = PasswordPolicy::default().min_length(8);
        let owner = PasswordOwner::new(&name, "");
        for password in [name.clone(), name.to_uppercase()] {
            let codes = codes(&policy, &password, owner);
            prop_assert!(codes.contains(&"is_username"), "{codes:?}");
        }
    }
}
