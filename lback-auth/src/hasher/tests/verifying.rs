//! Verification of stored hashes.

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use serde_json::Value;

use super::*;

#[test]
fn hashes_made_by_argon2_cffi() {
    let data = include_str!("../../../tests/argon2-cffi.json");
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
fn version_16_with_and_without_its_name() {
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
fn a_guess_without_a_prepared_form_is_wrong() {
    let stored = cheap("right");
    for guess in [
        String::new(),
        "a".repeat(4097),
        "\u{1D160}".repeat(1000),
        "x".repeat(1 << 20),
    ] {
        assert_eq!(check(&stored, &guess), Ok(false));
        // A damaged hash is reported regardless of the guess.
        assert_eq!(check("$argon2id$", &guess), Err(Corrupt));
    }
    // Even if another program has hashed such a password.
    assert_eq!(check(&cheap(""), ""), Ok(false));
}

#[test]
fn the_prepared_form_is_tried_first_and_then_the_bytes_as_given() {
    let decomposed = "cafe\u{301}\u{3000}au lait";
    let prepared = "caf\u{E9} au lait";
    assert_eq!(check(&cheap(prepared), prepared), Ok(true));
    assert_eq!(check(&cheap(prepared), decomposed), Ok(true));
    assert_eq!(check(&cheap(decomposed), decomposed), Ok(true));
    // The decomposed bytes cannot be derived from the composed form.
    assert_eq!(check(&cheap(decomposed), prepared), Ok(false));
    assert_eq!(check(&cheap(decomposed), "cafe au lait"), Ok(false));
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
fn a_match_is_stale_unless_its_hash_equals_a_new_one() {
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
    // argon2-cffi's `check_needs_rehash` compares the length of the salt too.
    for salt_len in [8, 9, 12, 15, 16, 17, 32, 48] {
        let params = Params::new(8, 1, 1, Some(32)).expect("parameters");
        let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt("café".as_bytes(), &[7; 48][..salt_len])
            .expect("a hash");
        let expected = if salt_len == 16 {
            Verdict::Valid
        } else {
            Verdict::Stale
        };
        let verdict = verify(&hash.to_string(), "café");
        assert_eq!(verdict, Ok(expected), "{salt_len} bytes of salt");
    }
    // The same parameters, but bytes that preparation changes.
    let params = Params::new(8, 1, 1, Some(32)).expect("parameters");
    let unprepared = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt("cafe\u{301}".as_bytes(), b"somesaltsomesalt")
        .expect("a hash")
        .to_string();
    assert_eq!(verify(&unprepared, "cafe\u{301}"), Ok(Verdict::Stale));
}

#[cfg(feature = "foreign-hashes")]
#[test]
fn every_foreign_fixture_has_its_recorded_verdict() {
    let data = include_str!("../../../tests/foreign-hashes.json");
    let data: Value = serde_json::from_str(data).expect("JSON");
    let vectors = data["vectors"].as_array().expect("vectors");
    assert_eq!(vectors.len(), 98);
    for vector in vectors {
        let encoded = vector["encoded"].as_str().expect("a hash");
        let password = vector["password"].as_str().expect("a password");
        let plain_bcrypt = encoded.starts_with("$2") || encoded.starts_with("bcrypt$");
        let expected = match vector["valid"].as_bool().expect("an answer") {
            false => Verdict::Invalid,
            // The bytes after the 72nd are unverified.
            true if plain_bcrypt && password.len() > 72 => Verdict::Valid,
            true => Verdict::Stale,
        };
        assert_eq!(verify(encoded, password), Ok(expected), "{encoded}");
    }
}

#[test]
fn can_check_agrees_with_verify() {
    let memory_bomb = "$argon2id$v=19$m=4194304,t=3,p=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OTAxMjM0NQ";
    let cheap = cheap("right");
    for stored in [
        cheap.as_str(),
        "",
        "$",
        "in clear",
        "$2b$12$tooshort",
        "$argon2id$",
        "$scram$x",
        memory_bomb,
        &cheap[..40],
    ] {
        let hasher = Hasher::insecure_for_tests();
        let answer = hasher.verify("guess", stored).map(drop);
        assert_eq!(hasher.can_check(stored), answer, "{stored}");
        assert_eq!(hasher.can_check(stored).is_ok(), stored == cheap);
    }
}
