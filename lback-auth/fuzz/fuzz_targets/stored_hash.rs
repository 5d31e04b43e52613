//! Fuzz target for parsing stored hashes: any text is accepted or refused without hashing, and accepted
//! hashes are within the bounds that `PasswordError` documents.
#![no_main]

use std::sync::LazyLock;

use lback_auth::{Hasher, HasherBuilderError, PasswordError, Pepper, Verdict};
use lback_auth_fuzz::{seed, stored_hashes};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

static PLAIN: LazyLock<Hasher> = LazyLock::new(Hasher::insecure_for_tests);

static PEPPERED: LazyLock<Hasher> = LazyLock::new(|| {
    let pepper = Pepper::new("2026", &[7; 32]).expect("a pepper");
    Hasher::builder().pepper(pepper).build().expect("a hasher")
});

fuzz_target!(
    init: seed(seeds()),
    |stored: &str| {
        let read = read(&PLAIN, stored);
        // Sets the concurrency, since the builder would otherwise ask for the number of processors.
        let decoy = Hasher::builder().concurrency(1).decoy(stored).build();
        assert_eq!(decoy.err(), read.err().map(HasherBuilderError::Decoy));

        let with_pepper = self::read(&PEPPERED, stored);
        match read {
            Ok(()) => assert_within_bounds(stored),
            Err(PasswordError::Corrupt | PasswordError::CostOutOfBounds) => {}
            Err(PasswordError::UnknownScheme) => assert!(stored.contains('$')),
            Err(PasswordError::UnknownPepper) => assert!(stored.contains(",keyid=")),
            Err(error) => panic!("unexpected error for a stored hash: {error:?}"),
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

/// Numbers around the bounds, which random changes of bytes rarely produce.
const EDGES: [&str; 26] = [
    "0",
    "1",
    "2",
    "3",
    "03",
    "04",
    "7",
    "8",
    "15",
    "16",
    "17",
    "31",
    "1024",
    "1025",
    "207530",
    "207531",
    "262144",
    "262145",
    "622592",
    "622593",
    "1048576",
    "2000000",
    "2000001",
    "2097152",
    "4294967295",
    "4294967296",
];

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let [kind, part, edge, _] = seed.to_le_bytes();
    match at_an_edge(&data[..size], part.into(), edge.into()) {
        Some(changed) if kind % 2 == 0 && changed.len() <= max_size => {
            data[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        _ => fuzzer_mutate(data, size, max_size),
    }
});

/// Returns the stored text with one of its numbers replaced by one of [`EDGES`], or `None` if it has no number.
fn at_an_edge(stored: &[u8], number: usize, edge: usize) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = stored
        .split_inclusive(|byte| b"$,=".contains(byte))
        .collect();
    let numbers: Vec<usize> = (0..parts.len())
        .filter(|&index| parts[index][0].is_ascii_digit())
        .collect();
    let index = numbers[number.checked_rem(numbers.len())?];
    let digits = parts[index].iter().take_while(|byte| byte.is_ascii_digit());
    let behind = &parts[index][digits.count()..];
    let changed = [EDGES[edge % EDGES.len()].as_bytes(), behind].concat();
    parts[index] = &changed;
    Some(parts.concat())
}

/// Returns the fixtures, and those that can have a pepper with a pepper and with a superfluous parameter.
fn seeds() -> impl Iterator<Item = Vec<u8>> {
    let variants = |stored: String| {
        let peppered = stored.replace("p=1$", "p=1,keyid=MjAyNg$");
        let in_excess = peppered.replace("MjAyNg$", "MjAyNg,data=MjAyNg$");
        [stored, peppered, in_excess].map(String::into_bytes)
    };
    stored_hashes().into_iter().flat_map(variants)
}

/// Parses a stored text by a check of the empty password, which needs no hashing.
fn read(hasher: &Hasher, stored: &str) -> Result<(), PasswordError> {
    let verdict = hasher.verify("", stored)?;
    assert_eq!(verdict, Verdict::Invalid);
    Ok(())
}

/// Asserts the documented bounds of an accepted hash, which has one of these forms.
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
            assert!(n * r * p <= 1 << 21);
            assert!(!salt.is_empty());
        }
        _ => panic!("an undocumented form was accepted: {stored:?}"),
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
        panic!("unexpected parameters of Argon2: {params:?}");
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
