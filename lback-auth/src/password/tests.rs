use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use proptest::prelude::*;
use serde_json::Value;

use super::PasswordError::{Corrupt, CostOutOfBounds, UnknownScheme};
use super::*;

/// A cheap hash of `password`.
fn cheap(password: &str) -> String {
    let params = Params::new(8, 1, 1, Some(32)).expect("parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), b"somesalt")
        .expect("a hash")
        .to_string()
}

fn check(stored: &str, password: &str) -> Result<bool, PasswordError> {
    Password::from_stored(Some(stored.to_owned())).check(password)
}

#[test]
fn round_trip_at_the_default_cost() {
    let password = Password::hash("correct horse battery staple").expect("a hash");
    let stored = password.stored().expect("usable");
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let lengths: Vec<_> = stored.split('$').skip(4).map(str::len).collect();
    assert_eq!(
        lengths,
        [22, 43],
        "16 bytes of salt and 32 of output as base64"
    );

    assert_eq!(password.check("correct horse battery staple"), Ok(true));
    assert_eq!(password.check("correct horse battery stapl"), Ok(false));
    let again = Password::hash("correct horse battery staple").expect("a hash");
    assert_ne!(again.stored(), Some(stored), "each hash has its own salt");
}

#[test]
fn only_what_can_be_prepared_is_hashed() {
    let hash = |password: &str| Password::hash(password).map(|password| password.is_usable());
    assert_eq!(hash(""), Err(PasswordError::Empty));
    assert_eq!(hash(&"a".repeat(4097)), Err(PasswordError::TooLong));
    assert_eq!(hash(&"\u{FB2C}".repeat(1000)), Err(PasswordError::TooLong));
    assert_eq!(hash(&"a".repeat(4096)), Ok(true));
}

#[test]
fn hashes_made_by_argon2_cffi() {
    let data = include_str!("../../tests/argon2-cffi.json");
    let data: Value = serde_json::from_str(data).expect("JSON");
    let vectors = data["vectors"].as_array().expect("vectors");
    assert_eq!(vectors.len(), 30);
    for vector in vectors {
        let encoded = vector["encoded"].as_str().expect("a hash");
        let password = vector["password"].as_str().expect("a password");
        let valid = vector["valid"].as_bool().expect("an answer");
        assert_eq!(check(encoded, password), Ok(valid), "{encoded}");
    }
}

#[test]
fn version_16_named_or_not() {
    // From the tests of the reference implementation (phc-winner-argon2, src/test.c).
    for stored in [
        "$argon2i$v=16$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
        "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
    ] {
        assert_eq!(check(stored, "password"), Ok(true), "{stored}");
        assert_eq!(check(stored, "passwore"), Ok(false), "{stored}");
    }
}

#[test]
fn an_unusable_password_matches_nothing() {
    for password in [Password::unusable(), Password::default()] {
        assert!(!password.is_usable());
        assert_eq!(password.check("guess"), Ok(false));
        assert_eq!(password.check(""), Ok(false));
        assert_eq!(password.check(&"a".repeat(5000)), Ok(false));
    }
}

#[test]
fn a_guess_that_can_not_be_prepared_is_wrong() {
    let stored = cheap("right");
    for guess in [
        String::new(),
        "a".repeat(4097),
        "\u{1D160}".repeat(1000),
        "x".repeat(1 << 20),
    ] {
        assert_eq!(check(&stored, &guess), Ok(false));
        // A damaged hash is reported all the same.
        assert_eq!(check("$argon2id$", &guess), Err(Corrupt));
    }
    // Not even where such a password was hashed elsewhere.
    assert_eq!(check(&cheap(""), ""), Ok(false));
}

#[test]
fn the_prepared_form_is_tried_first_and_then_the_bytes_as_given() {
    let decomposed = "cafe\u{301}\u{3000}au lait";
    let prepared = "caf\u{E9} au lait";
    assert_eq!(check(&cheap(prepared), prepared), Ok(true));
    assert_eq!(check(&cheap(prepared), decomposed), Ok(true));
    assert_eq!(check(&cheap(decomposed), decomposed), Ok(true));
    // These bytes are gone once the password is typed in composed form.
    assert_eq!(check(&cheap(decomposed), prepared), Ok(false));
    assert_eq!(check(&cheap(decomposed), "cafe au lait"), Ok(false));
}

#[test]
fn debug_tells_usable_from_unusable_and_no_more() {
    let shown = |stored: Option<&str>| {
        let password = Password::from_stored(stored.map(str::to_owned));
        assert_eq!(format!("{password:?}"), format!("{password:#?}"));
        format!("{password:?}")
    };
    assert_eq!(shown(Some(&cheap("a"))), "Password(usable)");
    assert_eq!(shown(Some("plain-text")), "Password(usable)");
    assert_eq!(shown(None), "Password(unusable)");
}

#[test]
fn messages_are_one_line_without_a_full_stop() {
    let every = [
        PasswordError::Empty,
        PasswordError::TooLong,
        PasswordError::Entropy,
        PasswordError::Corrupt,
        PasswordError::UnknownScheme,
        PasswordError::CostOutOfBounds,
        PasswordError::OutOfMemory,
    ];
    for error in every {
        let message = error.to_string();
        assert!(
            !message.contains("  ") && !message.ends_with('.'),
            "{message}"
        );
    }
}

/// Changes one character of a text.
fn mutate(text: &str, at: usize, kind: u8, with: char) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = at % characters.len();
    match kind {
        0 => characters[at] = with,
        1 => characters.insert(at, with),
        _ => {
            characters.remove(at);
        }
    }
    characters.into_iter().collect()
}

proptest! {
    #[test]
    fn any_stored_text_is_an_error_that_tells_nothing_of_it(
        before in any::<String>(),
        after in any::<String>(),
        password in any::<String>(),
    ) {
        let stored = format!("{before}S3CR3T{after}");
        let password_type = Password::from_stored(Some(stored.clone()));
        let error = password_type.check(&password).expect_err("no hash");
        prop_assert!(matches!(error, Corrupt | UnknownScheme));
        for shown in [error.to_string(), format!("{error:?}"), format!("{password_type:?}")] {
            prop_assert!(!shown.contains("S3CR3T"));
        }
    }

    #[test]
    fn a_mutated_hash_never_panics_and_seldom_matches(
        mutations in proptest::collection::vec(
            (any::<usize>(), 0_u8..3, prop_oneof!["[$=,.0-9a-zA-Z+/-]".prop_map(
                |text| text.chars().next().unwrap_or('$')), any::<char>()]),
            1..3,
        ),
        password in "\\PC{1,20}",
    ) {
        let original = cheap(&password);
        let stored = mutations
            .into_iter()
            .fold(original.clone(), |text, (at, kind, with)| mutate(&text, at, kind, with));
        let expected = stored == original;
        match check(&stored, &password) {
            Ok(matches) => prop_assert_eq!(matches, expected, "{}", stored),
            Err(error) => {
                prop_assert!(matches!(error, Corrupt | UnknownScheme | CostOutOfBounds));
            }
        }
    }

    #[test]
    fn a_password_matches_its_hash_however_it_was_prepared(password in any::<String>()) {
        prop_assume!(prepare(&password).is_ok());
        let prepared = prepare(&password).expect("can be prepared");
        prop_assert_eq!(check(&cheap(&prepared), &password), Ok(true));
        prop_assert_eq!(check(&cheap(&password), &password), Ok(true));
        prop_assert_eq!(check(&cheap(&prepared), &(password.clone() + "x")), Ok(false));
    }
}

#[test]
fn a_password_that_only_preparation_makes_too_long_is_tried_as_given() {
    // U+1D160: 4 bytes that NFC makes 12.
    let password = "\u{1D160}".repeat(400);
    let params = argon2::Params::new(8, 1, 1, None).unwrap();
    let hash = argon2::Argon2::from(params);
    let hash =
        argon2::PasswordHasher::hash_password_with_salt(&hash, password.as_bytes(), b"some salt")
            .unwrap();
    let stored = Password::from_stored(Some(hash.to_string()));
    assert_eq!(stored.check(&password), Ok(true));
    assert_eq!(stored.check(&password[4..]), Ok(false));
}
