//! The Big List of Naughty Strings, as any untrusted text of the model.

use std::fmt::{Debug, Display};
use std::time::Duration;

use lback_auth::{
    AuthUser, Clock, Hasher, HasherBuilderError, OneTimeToken, Password, PasswordError,
    PasswordOwner, PasswordPolicy, Pepper, PepperError, RejectionReason, TokenError, TokenPurpose,
    User, UserError, UserParts, Voucher,
};
use lback_signals::Scope;
use time::OffsetDateTime;

use crate::sent::{sends, sent};

/// Checks every string of the list. The output of a failed test ends with the string.
fn each(check: impl Fn(&str)) {
    let list = include_str!("../naughty-strings.json");
    let list: Vec<String> = serde_json::from_str(list).expect("JSON");
    assert_eq!(list.len(), 485);
    Scope::new().provide(Hasher::insecure_for_tests()).run(|| {
        for naughty in list {
            println!("{naughty:?}");
            check(&naughty);
        }
    });
}

fn ada() -> User {
    User::new("ada", "ada@example.org").unwrap()
}

/// Returns the `Display` and `Debug` of an error.
fn shown<E: Debug + Display>(error: &E) -> String {
    format!("{error} {error:?}")
}

/// Asserts that a text has no 8 consecutive characters of the secret, plain or escaped.
fn assert_does_not_show(secret: &str, shown: &str) {
    let characters: Vec<char> = secret.chars().collect();
    for part in characters.windows(8) {
        let part: String = part.iter().collect();
        assert!(!shown.contains(&part), "{shown} holds {part}");
        let escaped = part.escape_debug().to_string();
        assert!(!shown.contains(&escaped), "{shown} holds {escaped}");
    }
}

/// Changes the last character of a text.
fn with_another_last_character(text: &str) -> String {
    let mut changed = text.to_owned();
    let last = changed.pop();
    changed.push(if last == Some('x') { 'y' } else { 'x' });
    changed
}

#[test]
fn a_username_is_trimmed_or_refused() {
    each(|naughty| {
        let trimmed = naughty.trim();
        let characters = trimmed.chars().count();
        let mut user = ada();
        let renamed = user.set_username(naughty);
        match renamed {
            Ok(()) => {
                assert!((3..=150).contains(&characters));
                assert!(!trimmed.contains(char::is_control) && !trimmed.contains('@'));
                assert_eq!(user.username(), trimmed);
            }
            Err(UserError::UsernameCharacter { character }) => {
                assert!(trimmed.contains(character) && !character.is_alphanumeric());
            }
            Err(UserError::UsernameNotOwnAddress) => assert!(trimmed.contains('@')),
            ref refused => {
                assert!(!(3..=150).contains(&characters));
                assert_eq!(*refused, Err(UserError::UsernameLength { characters }));
            }
        }
        if renamed.is_err() {
            assert_eq!(user.username(), "ada");
        }
        assert_eq!(user.email(), "ada@example.org");
        let made = User::new(naughty, "ada@example.org").map(|user| user.username().to_owned());
        assert_eq!(made, renamed.map(|()| trimmed.to_owned()));
    });
}

#[test]
fn an_address_is_accepted_unchanged_or_refused() {
    each(|naughty| {
        for address in [
            naughty.to_owned(),
            format!("{naughty}@example.org"),
            format!("ada@{naughty}"),
            format!("\"{naughty}\"@example.org"),
            format!("{naughty} <ada@example.org>"),
            format!("{naughty}\n <ada@example.org>{naughty}"),
        ] {
            let mut user = ada();
            user.verify_email_by(Voucher::Administrator);
            let changed = user.set_email(&address);
            assert_eq!(user.username(), "ada");
            if changed.is_ok() {
                assert_eq!(user.email(), address);
                assert!(address.len() <= 254 && address.contains('@'));
                assert!(!address.contains(char::is_control));
                assert!(!address.contains([' ', '"', '<', '>']));
                assert!(!user.is_email_verified());
            } else {
                assert_eq!(user.email(), "ada@example.org");
                assert!(user.is_email_verified());
            }
        }
    });
}

#[test]
fn a_set_password_is_right_and_others_are_wrong() {
    each(|naughty| {
        let mut user = ada();
        sends("user_password_set", || user.set_password("the old one")).unwrap();
        let old = user.password().stored().unwrap().to_owned();
        if naughty.is_empty() {
            let refused = sends("user_password_set_failed", || user.set_password(naughty));
            assert_eq!(refused, Err(PasswordError::Empty));
            assert_eq!(user.password().stored(), Some(&*old));
            return;
        }
        sends("user_password_set", || user.set_password(naughty)).unwrap();
        let check = |guess: &str| sends("user_password_checked", || user.check_password(guess));
        assert_eq!(check(naughty), Ok(true));
        let wrong = [
            with_another_last_character(naughty),
            format!("{naughty}x"),
            format!("{naughty}\0"),
            "the old one".to_owned(),
            String::new(),
        ];
        for guess in wrong {
            assert_eq!(check(&guess), Ok(false), "{guess:?}");
        }
        let stored = user.password().stored().unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
    });
}

#[test]
fn a_password_that_is_too_long_is_refused_and_not_shown() {
    each(|naughty| {
        if naughty.is_empty() {
            return;
        }
        let long = naughty.repeat(4096 / naughty.len() + 1);
        let mut user = ada();
        let refused = sends("user_password_set_failed", || user.set_password(&long));
        let error = refused.unwrap_err();
        assert_eq!(error, PasswordError::TooLong);
        assert_does_not_show(&long, &shown(&error));
        assert!(!user.has_usable_password());
    });
}

#[test]
fn a_damaged_hash_matches_nothing_and_is_not_shown() {
    each(|naughty| {
        for stored in [
            naughty.to_owned(),
            format!("${naughty}$"),
            format!("$argon2id$v=19$m=8,t=1,p=1${naughty}$oLR5MAEGfpggpujVlakg8g"),
            format!("$argon2id$v=19$m=8,t=1,p=1,keyid={naughty}$c29tZXNhbHQ$oLR5MAEGfpggpujV"),
        ] {
            let mut parts = UserParts::new("ada", "ada@example.org");
            parts.password = Password::from_stored(Some(stored.clone()));
            let mut user = User::from_parts(parts);
            let (checked, of_check) = sent(|| user.check_password(naughty));
            let (upgraded, of_upgrade) = sent(|| user.check_and_upgrade(naughty));
            assert_eq!((&upgraded, &of_upgrade), (&checked, &of_check));
            assert_eq!(user.password().stored(), Some(&*stored));
            assert_does_not_show(naughty, &format!("{user:?}"));
            let Err(error) = checked else {
                assert_eq!(checked, Ok(false));
                assert_eq!(of_check, ["user_password_checked"]);
                continue;
            };
            assert_eq!(of_check, ["user_password_check_failed"]);
            assert_does_not_show(naughty, &shown(&error));
            let decoy = Hasher::builder().decoy(&stored).build().unwrap_err();
            assert_eq!(decoy, HasherBuilderError::Decoy(error));
            assert_does_not_show(naughty, &shown(&decoy));
        }
    });
}

#[test]
fn only_the_issued_token_is_accepted() {
    let (hour, now) = (Duration::from_hours(1), OffsetDateTime::UNIX_EPOCH);
    each(|naughty| {
        let mut user = ada();
        let none = sends("user_email_verification_failed", || {
            user.verify_email(naughty)
        });
        assert_eq!(none, Err(TokenError::NoToken));
        let token = sends("user_email_verification_token_generated", || {
            Clock::fixed(now).generate_email_verification_token(&mut user, hour)
        })
        .unwrap();
        let issued = user.email_verification().clone();
        for wrong in [
            naughty.to_owned(),
            format!("{naughty}{}", token.expose()),
            format!("{}{naughty}", token.expose()),
        ] {
            if wrong == token.expose() {
                continue;
            }
            let peeked = Clock::fixed(now).peek_email_verification_token(&user, &wrong);
            assert_eq!(peeked, Err(TokenError::Mismatch));
            let refused = sends("user_email_verification_failed", || {
                Clock::fixed(now).verify_email(&mut user, &wrong)
            });
            assert_eq!(refused, Err(TokenError::Mismatch));
            assert_eq!(*user.email_verification(), issued);
        }
        sends("user_email_verified", || {
            Clock::fixed(now).verify_email(&mut user, token.expose())
        })
        .unwrap();

        for purpose in TokenPurpose::ALL {
            let mut one_time = OneTimeToken::none(purpose);
            let token = one_time.issue(naughty, hour, now).unwrap();
            let issued = one_time.clone();
            let refused = one_time.verify(naughty, naughty, now);
            assert_eq!(refused, Err(TokenError::Mismatch));
            let elsewhere = one_time.verify(token.expose(), &format!("{naughty}x"), now);
            assert_eq!(elsewhere, Err(TokenError::EmailChanged));
            assert_eq!(one_time, issued);
            assert_eq!(one_time.verify(token.expose(), naughty, now), Ok(()));
        }
    });
}

#[test]
fn a_policy_measures_and_compares_any_password() {
    let owner = PasswordOwner::new("ada", "ada@example.org");
    let codes = |policy: &PasswordPolicy, password: &str, owner: PasswordOwner<'_>| {
        let rejected = policy.check(password, owner).err();
        let rejected = rejected.iter().flat_map(|rejected| {
            assert_does_not_show(password, &shown(rejected));
            rejected.reasons().iter().map(RejectionReason::code)
        });
        rejected.collect::<Vec<_>>()
    };
    let policy = PasswordPolicy::new();
    each(|naughty| {
        // Preparation does not change the length of any string of the list.
        let is_short = naughty.chars().count() < 15;
        assert_eq!(
            codes(&policy, naughty, owner).contains(&"too_short"),
            is_short
        );
        if naughty.is_empty() {
            return;
        }
        let its_own = PasswordOwner::new(naughty, naughty);
        let found = codes(&policy.clone().with_service_name(naughty), naughty, its_own);
        for expected in ["is_username", "is_email", "is_service_name"] {
            assert!(found.contains(&expected), "{found:?}");
        }
        let blocking = policy.clone().with_blocked_words([naughty]);
        assert!(codes(&blocking, naughty, owner).contains(&"blocked_word"));
        assert!(!codes(&blocking, &format!("{naughty} and more"), owner).contains(&"blocked_word"));
    });
}

#[test]
fn a_pepper_takes_an_id_of_1_to_8_bytes() {
    each(|naughty| {
        let pepper = Pepper::new(naughty, &[7; 14]);
        if naughty.is_empty() || naughty.len() > 8 {
            assert_eq!(pepper.unwrap_err(), PepperError::IdLength);
            return;
        }
        let peppered = Hasher::builder()
            .pepper(pepper.unwrap())
            .memory(8)
            .passes(1)
            .build()
            .unwrap();
        let mut user = ada();
        peppered.set_password(&mut user, "pw").unwrap();
        assert_eq!(peppered.check_password(&user, "pw"), Ok(true));
        assert_eq!(peppered.check_password(&user, "pv"), Ok(false));
        assert_eq!(user.check_password("pw"), Err(PasswordError::UnknownPepper));
    });
}
