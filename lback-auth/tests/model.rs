//! The model's methods: what they return, what they leave behind and which one signal they send.

use std::cell::RefCell;
use std::time::Duration;

#[cfg(feature = "foreign-hashes")]
use lback_auth::Hasher;
use lback_auth::{
    AuthUser, EmailVerificationError, Password, PasswordError, SessionAuthHash, SessionKey, User,
    UserEmailVerificationFailed, UserEmailVerificationTokenGenerated, UserEmailVerified, UserError,
    UserId, UserParts, UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet,
    UserPasswordSetFailed, VerifiedBy, Voucher,
};
use lback_signals::{Scope, Signal, receiver};
use proptest::prelude::*;
use time::OffsetDateTime;

thread_local! {
    static SENT: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

#[receiver(signal = [
    UserPasswordSet,
    UserPasswordSetFailed,
    UserPasswordChecked,
    UserPasswordCheckFailed,
    UserEmailVerificationTokenGenerated,
    UserEmailVerified,
    UserEmailVerificationFailed,
])]
fn note<S: Signal>(_: &S) {
    SENT.with_borrow_mut(|sent| sent.push(S::info().name()));
}

/// Runs one call and checks that it sends exactly this signal.
fn sends<T>(signal: &str, call: impl FnOnce() -> T) -> T {
    SENT.take();
    let returned = call();
    assert_eq!(SENT.take(), [signal]);
    returned
}

/// Argon2id at the least cost, of the password `pw`, made by argon2-cffi 25.1.
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

    SENT.take();
    user.set_unusable_password();
    assert!(!user.has_usable_password());
    assert!(SENT.take().is_empty());
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
    assert_eq!(
        returned,
        Ok(false),
        "no password is no password that matches"
    );

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
            user.verify_email_at(token, at)
        });
        assert_eq!(
            *user.email_verification(),
            before,
            "a failure changes nothing"
        );
        reason.unwrap_err()
    };

    assert_eq!(
        failed(&mut user, "none", now),
        EmailVerificationError::NoToken
    );
    let token = sends("user_email_verification_token_generated", || {
        user.generate_email_verification_token_at(hour, now)
    })
    .unwrap();
    assert_eq!(
        failed(&mut user, "another", now),
        EmailVerificationError::Mismatch
    );
    assert_eq!(
        failed(&mut user, token.expose(), now + hour),
        EmailVerificationError::Expired,
    );
    user.set_email("ada@elsewhere.example").unwrap();
    assert_eq!(
        failed(&mut user, token.expose(), now),
        EmailVerificationError::EmailChanged,
    );
    user.set_email("ada@example.org").unwrap();

    let just_in_time = now + hour - Duration::from_nanos(1);
    sends("user_email_verified", || {
        user.verify_email_at(token.expose(), just_in_time)
    })
    .unwrap();
    assert!(user.is_email_verified());
    assert_eq!(
        failed(&mut user, token.expose(), now),
        EmailVerificationError::NoToken
    );
    assert!(user.is_email_verified());
}

#[test]
fn a_receiver_reads_the_state_that_is_in_place() {
    thread_local! {
        static USABLE: RefCell<Option<bool>> = const { RefCell::new(None) };
    }

    #[receiver(signal = UserPasswordSet)]
    fn looks(event: &UserPasswordSet<'_>) {
        USABLE.set(Some(event.user.has_usable_password()));
    }

    #[receiver(signal = UserEmailVerified)]
    fn looks_too(event: &UserEmailVerified<'_>) {
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
fn what_is_stored_comes_back() {
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
fn a_refused_change_changes_nothing() {
    let mut user = User::new("ada", "ada@example.org").unwrap();
    user.set_username("x").unwrap_err();
    user.set_email("nowhere").unwrap_err();
    assert_eq!((user.username(), user.email()), ("ada", "ada@example.org"));
    user.set_username(" grace ").unwrap();
    assert_eq!(user.username(), "grace");
}

proptest! {
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
    SENT.take();
    let returned = call();
    assert_eq!(SENT.take().len(), 1);
    returned
}

#[test]
fn a_signal_tells_how_an_address_was_verified() {
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

/// bcrypt of 72 times `a`, made by bcrypt 5.0 for Python.
#[cfg(feature = "foreign-hashes")]
const OF_72_BYTES: &str = "$2b$05$TZLuSexVbeNalSjjZZfQuuHLlbz9h1RDnnrC9CPcnNDszCvEFBLwK";

#[cfg(feature = "foreign-hashes")]
#[test]
fn what_bcrypt_has_not_seen_is_not_hashed_anew() {
    let hasher = Hasher::insecure_for_tests();
    let mut user = stored(OF_72_BYTES);
    let check = |user: &mut User, guess: &str| user.check_and_upgrade_with(&hasher, guess);
    let unproven = "a".repeat(72) + "whatever";

    assert_eq!(check(&mut user, &unproven), Ok(true));
    assert!(user.must_change_password());
    assert_eq!(user.password().stored(), Some(OF_72_BYTES));
    // A wrong guess says nothing of it.
    assert_eq!(check(&mut user, "wrong"), Ok(false));
    assert!(user.must_change_password());

    assert_eq!(check(&mut user, &unproven[..72]), Ok(true));
    assert!(!user.must_change_password());
    assert!(user.password().stored().unwrap().starts_with("$argon2id$"));
    assert_eq!(check(&mut user, &unproven), Ok(false));

    let mut user = stored(OF_72_BYTES);
    assert_eq!(check(&mut user, &unproven), Ok(true));
    user.set_password_with(&hasher, &unproven).unwrap();
    assert!(!user.must_change_password());
}

/// HMAC and bcrypt take some texts with a zero byte for others without.
#[cfg(feature = "foreign-hashes")]
#[test]
fn a_guess_that_collides_takes_no_ones_place() {
    let hasher = Hasher::insecure_for_tests();
    let right = "correct horse battery staple";
    for (hash, guess) in [
        (
            "pbkdf2_sha256$1000$RcCpXEoEyXZ3rR0DmriGMq$BAqtjDU7jBPDIB75/GvvR15E92L4g0OJleOvEbx6iQw=",
            format!("{right}\0"),
        ),
        (
            "scrypt$4096$eN8jFL3GLow3HwM94LU3hY$8$5$yojQHek1BMZoXXFMdHycGpoyHHDn02GIWQOEuNL0xn5nPieG218im1Tma7rCbiPYYsKg7MVxHTpbIH3rXlLWMg==",
            format!("{right}\0"),
        ),
        (
            "$2b$05$FaKxqsTp2GvzydJAAvhHn.1nXT.lMLohnBgUqfPmAyR1oqM47GSN.",
            format!("{right}\0{right}"),
        ),
    ] {
        let mut user = stored(hash);
        let checked = user.check_and_upgrade_with(&hasher, &guess);
        assert_eq!((checked, user.must_change_password()), (Ok(true), true));
        assert_eq!(user.password().stored(), Some(hash));
        assert_eq!(user.check_and_upgrade_with(&hasher, right), Ok(true));
        assert!(user.password().stored().unwrap().starts_with("$argon2id$"));
        assert_eq!(user.check_password_with(&hasher, &guess), Ok(false));
    }
}

#[test]
fn a_session_is_of_one_account_and_one_key() {
    let user = |id| {
        let mut user = stored(CHEAP);
        user.set_id(UserId::new(id));
        user
    };
    let key = |byte| SessionKey::new(&[byte; 32]).unwrap();
    let session = |id, byte| user(id).session_auth_hash(&key(byte)).unwrap();
    assert_eq!(session(7, 1), session(7, 1));
    assert_ne!(session(7, 1), session(8, 1));
    assert_ne!(session(7, 1), session(7, 2));
    let kept = SessionAuthHash::from_bytes(*session(7, 1).as_bytes());
    assert_eq!(kept, session(7, 1));
    assert!(stored(CHEAP).session_auth_hash(&key(1)).is_none());
    assert!(SessionKey::new(&[1; 15]).is_err());

    // The epoch is what a store has to keep.
    let mut deactivated = user(7);
    deactivated.set_active(false);
    deactivated.set_active(true);
    let epoch = deactivated.password().epoch();
    let mut parts = user(7).into_parts();
    parts.password = parts.password.with_epoch(epoch);
    let loaded = User::from_parts(parts);
    assert_ne!(loaded.session_auth_hash(&key(1)), Some(session(7, 1)));
    let deactivated = deactivated.session_auth_hash(&key(1));
    assert_eq!(loaded.session_auth_hash(&key(1)), deactivated);
}

#[cfg(feature = "tokio")]
#[test]
fn other_tasks_go_on_while_one_hashes() {
    fn send<F: Future + Send>(future: F) -> F {
        future
    }

    /// Counts how often it is polled.
    async fn count(polls: &std::cell::Cell<u32>) {
        std::future::poll_fn(|context| {
            polls.set(polls.get() + 1);
            context.waker().wake_by_ref();
            std::task::Poll::<()>::Pending
        })
        .await;
    }

    let mut user = User::new("ada", "ada@example.org").unwrap();
    let polls = std::cell::Cell::new(0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    // One thread, without a timer.
    runtime.block_on(async {
        tokio::select! {
            biased;
            set = send(user.set_password_async("one")) => set.unwrap(),
            () = count(&polls) => {}
        }
        assert!(send(user.check_password_async("one")).await.unwrap());
        assert!(send(user.check_and_upgrade_async("one")).await.unwrap());
        let hasher = lback_auth::Hasher::insecure_for_tests();
        send(user.set_password_with_async(&hasher, "two"))
            .await
            .unwrap();
        assert!(user.password().stored().unwrap().contains("m=8,"));
        assert!(
            send(user.check_password_with_async(&hasher, "two"))
                .await
                .unwrap()
        );
        assert!(
            send(user.check_and_upgrade_with_async(&hasher, "two"))
                .await
                .unwrap()
        );
    });
    assert!(polls.get() > 0);
}
