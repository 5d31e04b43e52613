//! Hostile stored texts, passwords and tokens.
//!
//! The answer is a typed error or a plain `false`, with its signal. Nothing changes, and little memory
//! is allocated.

use std::time::Duration;

use allocation_counter::measure;
use lback_auth::{
    AuthUser, Hasher, HasherBuilderError, Password, PasswordError, TokenError, User, UserParts,
    UserPasswordCheckFailed, UserPasswordChecked,
};
use lback_signals::Scope;

/// Exceeds the bytes that a check of a short text allocates on the caller's thread.
const LITTLE: u64 = 64 * 1024;

/// Returns stored texts, each with its error.
fn stored_texts() -> Vec<(String, PasswordError)> {
    use PasswordError::{Corrupt, CostOutOfBounds, UnknownScheme};

    let argon2 =
        |params: &str| format!("$argon2id$v=19${params}$c29tZXNhbHQ$kjP8uWKJBGjGGWcsBNKPPSpCFGY");
    let mut texts = vec![
        (argon2("m=4294967295,t=1,p=1"), CostOutOfBounds),
        (
            argon2("m=4294967295,t=4294967295,p=4294967295"),
            CostOutOfBounds,
        ),
        (argon2("m=8,t=4294967295,p=1"), CostOutOfBounds),
        (argon2("m=8,t=1,p=0"), Corrupt),
        (argon2("m=8,t=1"), Corrupt),
        (argon2(""), Corrupt),
        (argon2("m=8,t=1,p=1") + "$", Corrupt),
        (argon2("m=8,t=1,p=1").replace('$', "＄"), Corrupt),
        (argon2("m=８,t=1,p=1"), Corrupt),
        ("\u{1F980}".repeat(100), Corrupt),
        (String::new(), Corrupt),
        ("$".to_owned(), Corrupt),
        ("$$$$$$".to_owned(), Corrupt),
        ("\0".repeat(100), Corrupt),
        ("x".repeat(1 << 20), Corrupt),
        ("$argon2id$".repeat(100_000), Corrupt),
        (format!("$2b${}", "x".repeat(1 << 20)), Corrupt),
        ("$5$rounds=999999999$salt$hash".to_owned(), UnknownScheme),
    ];
    if cfg!(feature = "foreign-hashes") {
        let bcrypt = |cost: &str| {
            format!("$2b${cost}$FaKxqsTp2GvzydJAAvhHn.1nXT.lMLohnBgUqfPmAyR1oqM47GSN.")
        };
        let hash = "BAqtjDU7jBPDIB75/GvvR15E92L4g0OJleOvEbx6iQw=";
        texts.extend([
            (bcrypt("31"), CostOutOfBounds),
            (bcrypt("16"), CostOutOfBounds),
            (bcrypt("00"), Corrupt),
            (bcrypt("5"), Corrupt),
            (format!("bcrypt${}", bcrypt("31")), CostOutOfBounds),
            (format!("bcrypt_sha256${}", bcrypt("31")), CostOutOfBounds),
            (
                format!("pbkdf2_sha256$4294967296$salt${hash}"),
                CostOutOfBounds,
            ),
            (
                format!("pbkdf2_sha256$2000001$salt${hash}"),
                CostOutOfBounds,
            ),
            (format!("pbkdf2_sha256$0$salt${hash}"), Corrupt),
            (format!("pbkdf2_sha256$1000${hash}"), Corrupt),
            (format!("scrypt$1073741824$salt$8$5${hash}"), Corrupt),
            (
                format!("argon2{}", argon2("m=4294967295,t=1,p=1")),
                CostOutOfBounds,
            ),
        ]);
    }
    texts
}

fn stored(text: &str) -> User {
    let mut parts = UserParts::new("ada", "ada@example.org");
    parts.password = Password::from_stored(Some(text.to_owned()));
    User::from_parts(parts)
}

#[test]
fn stored_texts_are_refused_before_anything_is_allocated_for_them() {
    let hasher = Hasher::insecure_for_tests();
    let scope = Scope::new().provide(hasher.clone());
    let failed = scope.capture::<UserPasswordCheckFailed<'_>, _>(|event| *event.error);
    for (text, error) in stored_texts() {
        let shown: String = text.chars().take(80).collect();
        let user = stored(&text);
        let mut checked = Ok(true);
        let allocated = measure(|| checked = hasher.verify("guess", &text).map(|_| true));
        assert_eq!(checked, Err(error), "{shown}");
        assert!(allocated.bytes_max < LITTLE, "{allocated:?} for {shown}");

        let mut user = user;
        for _ in 0..2 {
            let checked = scope.run(|| user.check_and_upgrade("guess"));
            assert_eq!(
                (checked, failed.take()),
                (Err(error), vec![error]),
                "{shown}"
            );
            assert_eq!(user.password().stored(), Some(&*text));
        }
        let decoy = Hasher::builder().decoy(&*text).build();
        assert_eq!(
            decoy.unwrap_err(),
            HasherBuilderError::Decoy(error),
            "{shown}"
        );
    }
}

#[test]
fn passwords_of_any_length_are_wrong_at_no_cost() {
    let hasher = Hasher::insecure_for_tests();
    let mut user = User::new("ada", "ada@example.org").unwrap();
    hasher.set_password(&mut user, "right").unwrap();
    let stored = user.password().stored().unwrap().to_owned();
    let scope = Scope::new().provide(hasher.clone());
    let answers = scope.capture::<UserPasswordChecked<'_>, _>(|event| event.success);
    for guess in [
        String::new(),
        "x".repeat(1 << 20),
        "\u{1D160}".repeat(1 << 18),
        "\u{301}".repeat(1 << 19),
    ] {
        let before = hasher.stats().hashes();
        let mut checked = Ok(true);
        let allocated = measure(|| checked = scope.run(|| user.check_password(&guess)));
        assert_eq!((checked, answers.take()), (Ok(false), vec![false]));
        assert_eq!(hasher.stats().hashes(), before);
        assert!(allocated.bytes_max < LITTLE, "{allocated:?}");

        let mut set = Ok(());
        let allocated = measure(|| set = hasher.set_password(&mut user, &guess));
        assert!(matches!(
            set,
            Err(PasswordError::Empty | PasswordError::TooLong)
        ));
        assert!(allocated.bytes_max < LITTLE, "{allocated:?}");
        assert_eq!(user.password().stored(), Some(&*stored));
    }
}

#[test]
fn tokens_of_any_length_mismatch_at_no_cost() {
    let mut user = User::new("ada", "ada@example.org").unwrap();
    let token = user.generate_email_verification_token(Duration::from_hours(1));
    let token = token.unwrap();
    let before = user.email_verification().clone();
    for presented in [
        String::new(),
        "\0".repeat(43),
        "\u{1F980}".repeat(43),
        token.expose().repeat(2),
        "x".repeat(1 << 20),
    ] {
        let mut verified = Ok(());
        let allocated = measure(|| verified = user.verify_email(&presented));
        assert_eq!(verified, Err(TokenError::Mismatch));
        assert!(allocated.bytes_max < LITTLE, "{allocated:?}");
        assert_eq!(*user.email_verification(), before);
    }
    assert_eq!(user.verify_email(token.expose()), Ok(()));
}
