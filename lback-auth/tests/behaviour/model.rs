//! The model's methods: return value, state and signal.

use std::cell::RefCell;
use std::time::Duration;

use lback_auth::{
    AuthUser, Clock, Password, PasswordError, TokenError, User, UserEmailVerified, UserError,
    UserId, UserParts, UserPasswordSet, VerifiedBy, Voucher,
};
use lback_signals::{Scope, receiver};
use proptest::prelude::*;
use time::OffsetDateTime;

use crate::sent::{sends, sent};

/// Argon2id hash of `pw` at the minimum cost, made by argon2-cffi 25.1.
const CHEAP: &str =
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$oLR5MAEGfpggpujVlakg8jrOLGnE2ouxEqlNfMbANDc";

fn stored(hash: &str) -> User {
    let mut parts = UserParts::new("ada", "ada@example.org");
    parts.password = Password::from_stored(Some(hash.to_owned()));
    User::from_parts(parts)
}

#[test]
fn setting_a_password() {
    let mut user = User::new("ada", "ada@example.org").unwrap();
    assert!(!user.has_usable_password());
    sends("user_password_set", || user.set_password("one")).unwrap();
    let hash = user.password().stored().unwrap().to_owned();
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );

    for (refused, error) in [
        (String::new(), PasswordError::Empty),
        ("x".repeat(4097), PasswordError::TooLong),
    ] {
        let returned = sends("user_password_set_failed", || user.set_password(&refused));
        assert_eq!(returned, Err(error));
        assert_eq!(
            user.password().stored(),
            Some(&*hash),
            "the old one is untouched"
        );
    }

    assert_eq!(sent(|| user.set_unusable_password()).1, [""; 0]);
    assert!(!user.has_usable_password());
}

#[test]
fn checking_a_password() {
    let user = stored(CHEAP);
    assert_eq!(
        sends("user_password_checked", || user.check_password("pw")),
        Ok(true)
    );
    for wrong in ["", "PW", "pw\0", &"pw".repeat(5_000)] {
        let returned = sends("user_password_checked", || user.check_password(wrong));
        assert_eq!(returned, Ok(false));
    }

    let user = User::new("ada", "ada@example.org").unwrap();
    let returned = sends("user_password_checked", || user.check_password("pw"));
    assert_eq!(returned, Ok(false), "an unusable password matches nothing");

    for (hash, error) in [
        ("garbage-hash", PasswordError::Corrupt),
        (
            "$2x$05$FaKxqsTp2GvzydJAAvhHn.1nXT",
            PasswordError::UnknownScheme,
        ),
        (
            "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$kjP8uWKJBGjGGWcsBNKPPSpCFGY",
            PasswordError::CostOutOfBounds,
        ),
    ] {
        let user = stored(hash);
        let returned = sends("user_password_check_failed", || user.check_password("pw"));
        assert_eq!(returned, Err(error));
        assert_eq!(user.password().stored(), Some(hash));
    }
}

#[test]
fn verifying_an_address() {
    let mut user = User::new("ada", "ada@example.org").unwrap();
    let hour = Duration::from_hours(1);
    let now = OffsetDateTime::UNIX_EPOCH;
    let failed = |user: &mut User, token: &str, at| {
        let before = user.email_verification().clone();
        let reason = sends("user_email_verification_failed", || {
            Clock::fixed(at).verify_email(user, token)
        });
        assert_eq!(
            *user.email_verification(),
            before,
            "a failure changes nothing"
        );
        reason.unwrap_err()
    };

    assert_eq!(failed(&mut user, "none", now), TokenError::NoToken);
    let token = sends("user_email_verification_token_generated", || {
        Clock::fixed(now).generate_email_verification_token(&mut user, hour)
    })
    .unwrap();
    assert_eq!(failed(&mut user, "another", now), TokenError::Mismatch);
    assert_eq!(
        failed(&mut user, token.expose(), now + hour),
        TokenError::Expired,
    );
    user.set_email("ada@elsewhere.example").unwrap();
    assert_eq!(
        failed(&mut user, token.expose(), now),
        TokenError::EmailChanged,
    );
    user.set_email("ada@example.org").unwrap();

    let just_in_time = now + hour - Duration::from_nanos(1);
    sends("user_email_verified", || {
        Clock::fixed(just_in_time).verify_email(&mut user, token.expose())
    })
    .unwrap();
    assert!(user.is_email_verified());
    assert_eq!(failed(&mut user, token.expose(), now), TokenError::NoToken);
    assert!(user.is_email_verified());
}

#[test]
fn a_receiver_reads_the_new_state() {
    thread_local! {
        static USABLE: RefCell<Option<bool>> = const { RefCell::new(None) };
    }

    #[receiver(signal = UserPasswordSet)]
    fn reads_password(event: &UserPasswordSet<'_>) {
        USABLE.set(Some(event.user.has_usable_password()));
    }

    #[receiver(signal = UserEmailVerified)]
    fn reads_verification(event: &UserEmailVerified<'_>) {
        USABLE.set(Some(event.user.is_email_verified()));
    }

    let mut user = User::new("ada", "ada@example.org").unwrap();
    user.set_password("one").unwrap();
    assert_eq!(USABLE.take(), Some(true));
    let token = user
        .generate_email_verification_token(Duration::from_mins(1))
        .unwrap();
    user.verify_email(token.expose()).unwrap();
    assert_eq!(USABLE.take(), Some(true));
}

#[test]
fn stored_parts_are_loaded_unchanged() {
    let mut user = User::new("  ada  ", "ada@example.org").unwrap();
    user.set_id(UserId::new(7));
    user.set_password("one").unwrap();
    user.set_active(false);
    let token = user
        .generate_email_verification_token(Duration::from_mins(1))
        .unwrap();

    let parts = user.clone().into_parts();
    assert_eq!(parts.username, "ada");
    let mut loaded = User::from_parts(parts);
    assert_eq!(loaded.id(), Some(UserId::new("7")));
    assert!(!loaded.is_active());
    assert_eq!(loaded.check_password("one"), Ok(true));
    assert_eq!(loaded.verify_email(token.expose()), Ok(()));

    let copy = (&loaded as &dyn AuthUser).to_owned();
    assert!(copy.is_email_verified());
    assert_eq!(
        copy.downcast_ref::<User>().unwrap().password().stored(),
        user.password().stored()
    );
}

#[test]
fn usernames_have_3_to_150_characters_after_trimming() {
    let username =
        |name: &str| User::new(name, "ada@example.org").map(|user| user.username().to_owned());
    let refused = |characters| Err(UserError::UsernameLength { characters });
    assert_eq!(username("ada"), Ok("ada".to_owned()));
    assert_eq!(username("\u{3000} عدا \n"), Ok("عدا".to_owned()));
    assert_eq!(username(&"🦀".repeat(150)), Ok("🦀".repeat(150)));
    assert_eq!(username(""), refused(0));
    assert_eq!(username("     "), refused(0));
    assert_eq!(username(" ab "), refused(2));
    assert_eq!(username(&"🦀".repeat(151)), refused(151));
}

#[test]
fn addresses_are_plain_and_short_enough_for_mail() {
    for address in [
        "ada@example.org",
        "a.d+a@example.co.uk",
        "ada@localhost",
        "пример@example.org",
    ] {
        assert!(User::new("ada", address).is_ok(), "{address}");
    }
    for address in [
        "",
        "ada",
        "@example.org",
        "ada@",
        " ada@example.org",
        "Ada <ada@example.org>",
        "<ada@example.org>",
        " <ada@example.org>",
        "\r\n <ada@example.org>\r\n",
        "ada@[127.0.0.1]",
        "ada@example.org\n",
        "ada@exa\0mple.org",
        // Mail to these cannot be built, or goes to another address.
        "\"a,b\"@x.example",
        "\"<b>\"@a.example",
        "\"ada\"@example.org",
        "\"ada lovelace\"@example.org",
        // Invisible characters.
        "ada\u{3164}@example.org",
        "ada@example\u{115F}.org",
        "ada\u{E000}@example.org",
    ] {
        let error = User::new("ada", address).unwrap_err();
        assert!(
            matches!(error, UserError::InvalidEmail { .. }),
            "{address:?}: {error}"
        );
    }
    let longest = format!(
        "{}@{}.example.org",
        "a".repeat(64),
        vec!["b".repeat(58); 3].join(".")
    );
    let long = |labels: &str| format!("{}@{labels}", "a".repeat(64));
    assert_eq!(longest.len(), 253);
    assert!(User::new("ada", &longest).is_ok());
    let too_long = long(&format!(
        "{}.example.org",
        vec!["b".repeat(60); 3].join(".")
    ));
    assert_eq!(
        User::new("ada", &too_long).unwrap_err(),
        UserError::EmailTooLong {
            bytes: too_long.len()
        },
    );
}

#[test]
fn usernames_have_no_invisible_characters() {
    for (name, character) in [
        ("ada\r\nBcc: eve@example.org", '\r'),
        ("ada\u{1B}[2J", '\u{1B}'),
        ("ada\u{200B}", '\u{200B}'),
        ("a\u{AD}da", '\u{AD}'),
        ("\u{202E}ada", '\u{202E}'),
        ("ada\u{3164}", '\u{3164}'),
        ("ada\u{FE0F}", '\u{FE0F}'),
        ("ada\u{378}", '\u{378}'),
        ("a\u{200D}da", '\u{200D}'),
    ] {
        let refused = Err(UserError::UsernameCharacter { character });
        let mut user = User::new("ada", "ada@example.org").unwrap();
        assert_eq!(user.set_username(name), refused, "{name:?}");
        assert_eq!(user.username(), "ada");
        let made = User::new(name, "ada@example.org").map(drop);
        assert_eq!(made, refused, "{name:?}");
        let shown = made.unwrap_err().to_string();
        assert!(!shown.contains(character), "{shown:?}");
    }
    assert!(User::new("نامه\u{200C}ای", "ada@example.org").is_ok());
}

#[test]
fn a_username_with_an_at_sign_is_the_accounts_address() {
    let own = [
        "ada@example.org",
        "ADA@Example.ORG",
        "ada\u{FF20}example.org",
    ];
    let others = [
        "bob@example.org",
        "@ada",
        "ada@",
        "ada@example.org@example.org",
        "ada\u{FF20}example.com",
        "ada\u{FE6B}example.com",
    ];
    for name in own {
        let mut user = User::new(name, "ada@example.org").unwrap();
        assert_eq!(user.username(), name);
        user.set_email("Ada@new.example").unwrap();
        assert_eq!(user.username(), "Ada@new.example", "{name} follows");
        assert_eq!(
            user.set_username(name),
            Err(UserError::UsernameNotOwnAddress)
        );
        user.set_username("ada").unwrap();
        user.set_email("ada@example.org").unwrap();
        assert_eq!(user.username(), "ada", "a name without an `@` stays");
        user.set_username(name).unwrap();
    }
    for name in others {
        let made = User::new(name, "ada@example.org").map(drop);
        assert_eq!(made, Err(UserError::UsernameNotOwnAddress), "{name}");
    }
}

#[test]
fn a_username_may_be_the_address_in_another_case_or_width() {
    for (username, email) in [
        ("ADA@B\u{DC}CHER.example", "ada@bücher.example"),
        ("ada@bu\u{308}cher.example", "ada@bücher.example"),
        ("GROSS@FA\u{1E9E}.example", "groß@faß.example"),
        (" ＡＤＡ＠example.org ", "ada@example.org"),
    ] {
        let mut user = User::new(username, email).unwrap();
        user.set_email("ada@new.example").unwrap();
        assert_eq!(user.username(), "ada@new.example", "{username} follows");
    }
    for (username, email) in [
        ("ada@fass.example", "ada@faß.example"),
        ("ada@οδος.example", "ada@οδοσ.example"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example"),
    ] {
        let made = User::new(username, email).map(drop);
        assert_eq!(made, Err(UserError::UsernameNotOwnAddress), "{username}");
    }
}

#[test]
fn a_refused_change_changes_nothing() {
    let mut user = User::new("ada", "ada@example.org").unwrap();
    user.set_username("x").unwrap_err();
    user.set_email("nowhere").unwrap_err();
    assert_eq!((user.username(), user.email()), ("ada", "ada@example.org"));
    user.set_username(" grace ").unwrap();
    assert_eq!(user.username(), "grace");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(test_support::rounds(1280)))]

    #[test]
    fn no_input_makes_the_model_panic(
        name in any::<String>(),
        email in any::<String>(),
        guess in any::<String>(),
        hash in r"\PC*|\$argon2(id|i|d)\$v=[0-9]{2}\$m=8,t=1,p=1\$[A-Za-z0-9+/]{0,30}\$[A-Za-z0-9+/]{0,50}",
        token in any::<String>(),
    ) {
        drop(User::new(&name, &email));
        let mut user = stored(&hash);
        let answer = sends_one(|| user.check_password(&guess));
        prop_assert!(answer != Ok(true));
        prop_assert_eq!(user.password().stored(), Some(&*hash));
        let issued = user.generate_email_verification_token(Duration::MAX).unwrap();
        prop_assert!(token == issued.expose() || sends_one(|| user.verify_email(&token)).is_err());
        prop_assert_eq!(sends_one(|| user.verify_email(issued.expose())), Ok(()));
    }
}

fn sends_one<T>(call: impl FnOnce() -> T) -> T {
    let (returned, sent) = sent(call);
    assert_eq!(sent.len(), 1);
    returned
}

#[test]
fn the_signal_has_the_kind_of_verification() {
    let mut user = User::new("ada", "ada@example.org").unwrap();
    let scope = Scope::new();
    let how = scope.capture::<UserEmailVerified<'_>, _>(|event| event.how);
    scope.run(|| {
        let token = user.generate_email_verification_token(Duration::from_mins(1));
        user.verify_email(token.unwrap().expose()).unwrap();
        user.verify_email_by(Voucher::IdentityProvider);
    });
    let by_provider = VerifiedBy::Voucher(Voucher::IdentityProvider);
    assert_eq!(how.take(), [VerifiedBy::Token, by_provider]);
}
