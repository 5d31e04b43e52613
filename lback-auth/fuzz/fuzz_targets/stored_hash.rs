//! Reading stored hashes: any text is read or refused, without hashing, and what is read is within
//! the bounds that `PasswordError` documents.
#![no_main]

use std::sync::LazyLock;

use lback_auth::{Hasher, HasherError, PasswordError, Pepper, Verdict};
use lback_auth_fuzz::{seed, stored_hashes};
use libfuzzer_sys::fuzz_target;

static PLAIN: LazyLock<Hasher> = LazyLock::new(Hasher::insecure_for_tests);

static PEPPERED: LazyLock<Hasher> = LazyLock::new(|| {
    let pepper = Pepper::new("2026", &[7; 32]).expect("a pepper");
    Hasher::builder().pepper(pepper).build().expect("a hasher")
});

fuzz_target!(
    init: seed(seeds()),
    |stored: &str| {
        let read = read(&PLAIN, stored);
        // The settings name as many places as there are processors, which would be asked for.
        let decoy = Hasher::builder().places(1).decoy(stored).build();
        assert_eq!(decoy.err(), read.err().map(HasherError::Decoy));

        let with_pepper = self::read(&PEPPERED, stored);
        match read {
            Ok(()) => assert_within_bounds(stored),
            Err(PasswordError::Corrupt | PasswordError::CostOutOfBounds) => {}
            Err(PasswordError::UnknownScheme) => assert!(stored.contains('$')),
            Err(PasswordError::UnknownPepper) => assert!(stored.contains(",keyid=")),
            Err(error) => panic!("{error:?} has nothing to do with a stored hash"),
        }
        if read == Err(PasswordError::UnknownPepper) {
            if stored.contains(",keyid=MjAyNg$") {
                assert_eq!(with_pepper, Ok(()));
                assert_within_bounds(stored);
            } else {
                assert_eq!(with_pepper, Err(PasswordError::UnknownPepper));
            }
        } else {
            assert_eq!(with_pepper, read);
        }
        assert_eq!(PLAIN.stats().hashes() + PEPPERED.stats().hashes(), 0);
    }
);

/// The fixtures, and each that can have one with a pepper.
fn seeds() -> impl Iterator<Item = Vec<u8>> {
    let plain = stored_hashes();
    let peppered: Vec<String> = plain
        .iter()
        .filter(|stored| stored.contains("p=1$"))
        .map(|stored| stored.replace("p=1$", "p=1,keyid=MjAyNg$"))
        .collect();
    assert!(!peppered.is_empty());
    plain.into_iter().chain(peppered).map(String::into_bytes)
}

/// Reads a stored text. The empty password is wrong without any hashing.
fn read(hasher: &Hasher, stored: &str) -> Result<(), PasswordError> {
    let verdict = hasher.verify("", stored)?;
    assert_eq!(verdict, Verdict::Invalid);
    Ok(())
}

/// The documentation again, for texts that are known to be read: each of them has one of these
/// shapes.
fn assert_within_bounds(stored: &str) {
    assert!(stored.len() <= 512);
    match stored.split('$').collect::<Vec<_>>()[..] {
        [
            "" | "argon2",
            "argon2id" | "argon2i" | "argon2d",
            "v=16" | "v=19",
            params,
            salt,
            output,
        ]
        | [
            "" | "argon2",
            "argon2id" | "argon2i" | "argon2d",
            params,
            salt,
            output,
        ] => {
            argon2_is_within_bounds(params);
            assert!((11..=64).contains(&salt.len()), "8 to 48 bytes");
            assert!((14..=86).contains(&output.len()), "10 to 64 bytes");
        }
        ["", "2a" | "2b" | "2y", cost, rest]
        | [
            "bcrypt" | "bcrypt_sha256",
            "",
            "2a" | "2b" | "2y",
            cost,
            rest,
        ] => {
            assert!((4..=15).contains(&number(cost)));
            assert_eq!(rest.len(), 53);
        }
        ["pbkdf2_sha1" | "pbkdf2_sha256", iterations, salt, _] => {
            assert!((1..=2_000_000).contains(&number(iterations)));
            assert!(!salt.is_empty());
        }
        ["scrypt", n, salt, r, p, _] => {
            let (n, r, p) = (number(n), number(r), number(p));
            assert!(n.is_power_of_two() && n > 1);
            assert!((1..=16).contains(&p) && (1..=1024).contains(&r));
            assert!(n * r * 128 <= 256 << 20);
            assert!(!salt.is_empty());
        }
        _ => panic!("{stored:?} is of no shape that is read"),
    }
}

fn argon2_is_within_bounds(params: &str) {
    let params: Vec<_> = params
        .split(',')
        .map(|param| param.split_once('='))
        .collect();
    let ([Some(("m", m)), Some(("t", t)), Some(("p", p))]
    | [
        Some(("m", m)),
        Some(("t", t)),
        Some(("p", p)),
        Some(("keyid", _)),
    ]) = params[..]
    else {
        panic!("{params:?} are not the parameters of Argon2");
    };
    let (m, t, p) = (number(m), number(t), number(p));
    assert!((1..=16).contains(&p) && t >= 1);
    assert!((8 * p..=262_144).contains(&m));
    assert!(m * t <= 622_592);
}

fn number(text: &str) -> u64 {
    assert!(text.bytes().all(|byte| byte.is_ascii_digit()), "{text:?}");
    text.parse().expect("a number")
}
