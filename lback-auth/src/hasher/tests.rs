use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::PasswordError::{Corrupt, CostOutOfBounds, UnknownPepper, UnknownScheme};
use crate::password::prepare;

/// A cheap hash of `password`, with its parameters other than those of a new one.
fn cheap(password: &str) -> String {
    let params = Params::new(16, 1, 1, Some(32)).expect("parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), b"somesalt")
        .expect("a hash")
        .to_string()
}

/// One for all tests, so that its threads are started once.
fn hasher() -> &'static Hasher {
    static HASHER: OnceLock<Hasher> = OnceLock::new();
    HASHER.get_or_init(Hasher::insecure_for_tests)
}

fn verify(stored: &str, password: &str) -> Result<Verdict, PasswordError> {
    hasher().verify(password, stored)
}

fn check(stored: &str, password: &str) -> Result<bool, PasswordError> {
    verify(stored, password).map(Verdict::is_right)
}

#[test]
fn round_trip_at_the_default_cost() {
    let hasher = Hasher::default();
    let password = hasher.hash("correct horse battery staple").expect("a hash");
    let stored = password.stored().expect("usable");
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let lengths: Vec<_> = stored.split('$').skip(4).map(str::len).collect();
    assert_eq!(
        lengths,
        [22, 43],
        "16 bytes of salt and 32 of output as base64"
    );

    let verify = |guess| hasher.verify(guess, stored);
    assert_eq!(verify("correct horse battery staple"), Ok(Verdict::Valid));
    assert_eq!(verify("correct horse battery stapl"), Ok(Verdict::Invalid));
    let again = hasher.hash("correct horse battery staple").expect("a hash");
    assert_ne!(again.stored(), Some(stored), "each hash has its own salt");
}

#[test]
fn only_what_can_be_prepared_is_hashed() {
    let hash = |password: &str| hasher().hash(password).map(|hash| hash.is_usable());
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
        let error = check(&stored, &password).expect_err("no hash");
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
    assert_eq!(verify(&hash.to_string(), &password), Ok(Verdict::Stale));
    assert_eq!(
        verify(&hash.to_string(), &password[4..]),
        Ok(Verdict::Invalid)
    );
}

#[test]
fn a_match_is_stale_unless_it_is_as_a_new_hash_would_be() {
    let current = hasher().hash("right").expect("a hash");
    assert_eq!(
        verify(current.stored().unwrap(), "right"),
        Ok(Verdict::Valid)
    );
    assert_eq!(verify(&cheap("right"), "right"), Ok(Verdict::Stale));
    assert_eq!(verify(&cheap("right"), "wrong"), Ok(Verdict::Invalid));

    let with = |algorithm, version, output_len| {
        let params = Params::new(8, 1, 1, Some(output_len)).expect("parameters");
        let hash = Argon2::new(algorithm, version, params)
            .hash_password_with_salt("café".as_bytes(), b"somesaltsomesalt")
            .expect("a hash");
        verify(&hash.to_string(), "café")
    };
    assert_eq!(
        with(Algorithm::Argon2id, Version::V0x13, 32),
        Ok(Verdict::Valid)
    );
    for (algorithm, version, output_len) in [
        (Algorithm::Argon2i, Version::V0x13, 32),
        (Algorithm::Argon2d, Version::V0x13, 32),
        (Algorithm::Argon2id, Version::V0x10, 32),
        (Algorithm::Argon2id, Version::V0x13, 16),
    ] {
        assert_eq!(with(algorithm, version, output_len), Ok(Verdict::Stale));
    }
    // The same parameters, but of bytes that preparation changes.
    let params = Params::new(8, 1, 1, Some(32)).expect("parameters");
    let unprepared = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt("cafe\u{301}".as_bytes(), b"somesalt")
        .expect("a hash")
        .to_string();
    assert_eq!(verify(&unprepared, "cafe\u{301}"), Ok(Verdict::Stale));
}

#[test]
fn right_wrong_absent_and_damaged_cost_the_same() {
    let hasher = Hasher::insecure_for_tests();
    let stored = hasher.hash("right").expect("a hash");
    let stored = stored.stored().expect("usable");
    let cost_of = |check: &dyn Fn() -> Result<Verdict, PasswordError>, expected| {
        let before = hasher.stats().hashes();
        assert_eq!(check(), expected);
        hasher.stats().hashes() - before
    };
    for (guess, cost) in [
        ("right", 1),
        ("wrong", 1),
        ("wro\u{6e}\u{303}g", 2),
        ("", 0),
    ] {
        let verdict = if guess == "right" {
            Verdict::Valid
        } else {
            Verdict::Invalid
        };
        assert_eq!(cost_of(&|| hasher.verify(guess, stored), Ok(verdict)), cost);
        assert_eq!(
            cost_of(&|| hasher.verify_decoy(guess), Ok(Verdict::Invalid)),
            cost
        );
        assert_eq!(
            cost_of(&|| hasher.verify(guess, "damaged"), Err(Corrupt)),
            cost
        );
        assert_eq!(
            cost_of(&|| hasher.verify(guess, "$unknown$"), Err(UnknownScheme)),
            cost
        );
    }
}

#[test]
fn a_decoy_of_any_hash_is_never_right() {
    let decoy = cheap("decoy");
    let hasher = Hasher::builder().decoy(&decoy).build().expect("a hasher");
    assert_eq!(hasher.verify_decoy("decoy"), Ok(Verdict::Invalid));
    let refused = Hasher::builder().decoy("plain text").build().unwrap_err();
    assert_eq!(refused, HasherError::Decoy(Corrupt));
}

#[test]
fn a_pepper_is_needed_to_check_what_was_made_with_it() {
    let (old, new) = ([1; 32], [2; 32]);
    let hasher_with = |pepper: Pepper| {
        let builder = Hasher::builder().memory(8).passes(1).pepper(pepper);
        builder.build().expect("a hasher")
    };
    let with_old = hasher_with(Pepper::new("old", &old).unwrap());
    let with_both = hasher_with(
        Pepper::new("new", &new)
            .unwrap()
            .retired("old", &old)
            .unwrap(),
    );
    let with_new = hasher_with(Pepper::new("new", &new).unwrap());
    let with_other_old = hasher_with(Pepper::new("old", &new).unwrap());
    let hash = |hasher: &Hasher| hasher.hash("right").unwrap().stored().unwrap().to_owned();

    let of_old = hash(&with_old);
    assert!(of_old.contains("$m=8,t=1,p=1,keyid=b2xk$"), "{of_old}");
    assert_eq!(with_old.verify("right", &of_old), Ok(Verdict::Valid));
    assert_eq!(with_old.verify("wrong", &of_old), Ok(Verdict::Invalid));
    assert_eq!(with_both.verify("right", &of_old), Ok(Verdict::Stale));
    assert_eq!(with_new.verify("right", &of_old), Err(UnknownPepper));
    assert_eq!(hasher().verify("right", &of_old), Err(UnknownPepper));
    assert_eq!(
        with_other_old.verify("right", &of_old),
        Ok(Verdict::Invalid)
    );
    assert_eq!(
        with_both.verify("right", &hash(&with_both)),
        Ok(Verdict::Valid)
    );
    // One without any is checked without, and upgraded.
    assert_eq!(
        with_both.verify("right", &hash(hasher())),
        Ok(Verdict::Stale)
    );
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let builder = Hasher::builder;
    for refused in [
        builder().memory(7),
        builder().memory(u32::MAX).lanes(17),
        builder().memory(15).lanes(2),
        builder().passes(0),
        builder().lanes(0),
    ] {
        assert_eq!(refused.build().unwrap_err(), HasherError::Parameters);
    }
    assert_eq!(
        builder().places(0).build().unwrap_err(),
        HasherError::NoPlaces
    );
    assert!(builder().memory(16 * 8).lanes(16).build().is_ok());
}

#[test]
fn bounds_grow_with_the_settings() {
    let hasher = Hasher::builder()
        .memory(300_000)
        .passes(3)
        .build()
        .expect("a hasher");
    let stored = |params: &str| format!("$argon2id${params}$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA");
    // No hash of these is computed: only what is refused is asked.
    let refused = |hasher: &Hasher, params: &str| {
        StoredHash::decode(&stored(params), &hasher.inner.recipe).err()
    };
    assert_eq!(refused(&hasher, "v=19$m=300000,t=48,p=1"), None);
    assert_eq!(
        refused(&hasher, "v=19$m=300000,t=49,p=1"),
        Some(CostOutOfBounds)
    );
    assert_eq!(
        refused(&hasher, "v=19$m=300001,t=1,p=1"),
        Some(CostOutOfBounds)
    );
    // What is small does not make the bounds smaller.
    let small = Hasher::insecure_for_tests();
    assert_eq!(refused(&small, "v=19$m=262144,t=2,p=16"), None);
    assert_eq!(
        refused(&small, "v=19$m=262145,t=1,p=1"),
        Some(CostOutOfBounds)
    );
}

#[test]
fn without_entropy_nothing_is_hashed() {
    let hasher = Hasher::builder()
        .random(|_: &mut [u8]| Err(RandomSourceError))
        .build()
        .expect("a hasher");
    assert_eq!(hasher.hash("right").unwrap_err(), PasswordError::Entropy);
    assert_eq!(hasher.stats().hashes(), 0);
}

#[test]
fn salts_come_from_the_source_given() {
    let hasher = Hasher::builder()
        .memory(8)
        .passes(1)
        .random(|bytes: &mut [u8]| {
            bytes.fill(0);
            Ok(())
        })
        .build()
        .expect("a hasher");
    let stored = hasher.hash("right").unwrap();
    assert!(
        stored
            .stored()
            .unwrap()
            .contains("$AAAAAAAAAAAAAAAAAAAAAA$")
    );
}

#[test]
fn default_is_one_hasher_and_another_can_take_its_place() {
    assert!(Arc::ptr_eq(
        &Hasher::default().inner,
        &Hasher::default().inner
    ));
    assert!(Arc::ptr_eq(
        &Hasher::current().inner,
        &Hasher::default().inner
    ));
    let other = Hasher::insecure_for_tests();
    let scope = lback_signals::Scope::new().provide(other.clone());
    let current = scope.run(Hasher::current);
    assert!(Arc::ptr_eq(&current.inner, &other.inner));
}

#[test]
fn debug_shows_the_parameters_alone() {
    let pepper = Pepper::new("2026", b"pepper of fourteen bytes and more").unwrap();
    let hasher = Hasher::builder().pepper(pepper).build().unwrap();
    assert_eq!(
        format!("{hasher:?}"),
        "Hasher { memory: 19456, passes: 2, lanes: 1, .. }"
    );
}

#[cfg(feature = "foreign-hashes")]
#[test]
fn every_fixture_of_other_makers_gives_what_it_says() {
    let data = include_str!("../../tests/foreign-hashes.json");
    let data: Value = serde_json::from_str(data).expect("JSON");
    let vectors = data["vectors"].as_array().expect("vectors");
    assert_eq!(vectors.len(), 98);
    for vector in vectors {
        let encoded = vector["encoded"].as_str().expect("a hash");
        let password = vector["password"].as_str().expect("a password");
        let plain_bcrypt = encoded.starts_with("$2") || encoded.starts_with("bcrypt$");
        let expected = match vector["valid"].as_bool().expect("an answer") {
            false => Verdict::Invalid,
            // What comes after 72 bytes is proven by nobody.
            true if plain_bcrypt && password.len() > 72 => Verdict::Valid,
            true => Verdict::Stale,
        };
        assert_eq!(verify(encoded, password), Ok(expected), "{encoded}");
    }
}
