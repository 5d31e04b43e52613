mod any_text;
mod cost;
mod verifying;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};

use super::*;
use crate::password::PasswordError::{Corrupt, CostOutOfBounds, UnknownPepper, UnknownScheme};
use crate::password::prepare;
use crate::random::RandomSourceError;

/// Returns a cheap hash of `password` whose parameters differ from those of a new one.
fn cheap(password: &str) -> String {
    let params = Params::new(16, 1, 1, Some(32)).expect("parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), b"somesalt")
        .expect("a hash")
        .to_string()
}

/// Returns one hasher for all tests, so that its threads start once.
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
fn a_password_without_a_prepared_form_is_not_hashed() {
    let hash = |password: &str| hasher().hash(password).map(|hash| hash.is_usable());
    assert_eq!(hash(""), Err(PasswordError::Empty));
    assert_eq!(hash(&"a".repeat(4097)), Err(PasswordError::TooLong));
    assert_eq!(hash(&"\u{FB2C}".repeat(1000)), Err(PasswordError::TooLong));
    assert_eq!(hash(&"a".repeat(4096)), Ok(true));
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
fn no_password_matches_the_decoy() {
    let decoy = cheap("decoy");
    let hasher = Hasher::builder().decoy(&decoy).build().expect("a hasher");
    assert_eq!(hasher.verify_decoy("decoy"), Ok(Verdict::Invalid));
    let refused = Hasher::builder().decoy("plain text").build().unwrap_err();
    assert_eq!(refused, HasherBuilderError::Decoy(Corrupt));
}

#[test]
fn a_peppered_hash_needs_its_pepper() {
    let (old, new) = ([1; 32], [2; 32]);
    let hasher_with = |pepper: Pepper| {
        let builder = Hasher::builder().memory(8).passes(1).pepper(pepper);
        builder.build().expect("a hasher")
    };
    let with_old = hasher_with(Pepper::new("old", &old).unwrap());
    let with_both = hasher_with(
        Pepper::new("new", &new)
            .unwrap()
            .with_retired("old", &old)
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
    // A hash without a pepper is checked without one, and is stale.
    assert_eq!(
        with_both.verify("right", &hash(hasher())),
        Ok(Verdict::Stale)
    );
}

#[test]
fn invalid_settings_are_refused() {
    let builder = Hasher::builder;
    for refused in [
        builder().memory(7),
        builder().memory(u32::MAX).lanes(17),
        builder().memory(15).lanes(2),
        builder().passes(0),
        builder().lanes(0),
    ] {
        assert_eq!(refused.build().unwrap_err(), HasherBuilderError::Parameters);
    }
    assert_eq!(
        builder().concurrency(0).build().unwrap_err(),
        HasherBuilderError::ZeroConcurrency
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
    // The hashes are decoded, not computed.
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
    // Small settings do not lower the bounds.
    let small = Hasher::insecure_for_tests();
    assert_eq!(refused(&small, "v=19$m=262144,t=2,p=16"), None);
    assert_eq!(
        refused(&small, "v=19$m=262145,t=1,p=1"),
        Some(CostOutOfBounds)
    );
}

#[test]
fn a_failed_random_source_prevents_hashing() {
    let hasher = Hasher::builder()
        .random(|_: &mut [u8]| Err(RandomSourceError))
        .build()
        .expect("a hasher");
    assert_eq!(hasher.hash("right").unwrap_err(), PasswordError::Entropy);
    assert_eq!(hasher.stats().hashes(), 0);
}

#[test]
fn salts_come_from_the_random_source_of_the_settings() {
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
fn the_default_hasher_is_shared_and_can_be_replaced() {
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
fn debug_shows_only_the_parameters() {
    let pepper = Pepper::new("2026", b"pepper of fourteen bytes and more").unwrap();
    let hasher = Hasher::builder().pepper(pepper).build().unwrap();
    assert_eq!(
        format!("{hasher:?}"),
        "Hasher { memory: 19456, passes: 2, lanes: 1, .. }"
    );
}
