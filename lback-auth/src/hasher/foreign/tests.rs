mod any_text;
mod malformed;
mod vectors;

use super::*;
use crate::password::PasswordError::{Corrupt, CostOutOfBounds};

/// Salt and output of a bcrypt hash.
const BCRYPT: &str = "abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";

/// Returns `len` zero bytes in base64.
fn zeros(len: usize) -> String {
    base64ct::Base64::encode_string(&vec![0; len])
}

fn bcrypt(cost: &str) -> String {
    format!("$2b${cost}${BCRYPT}")
}

fn sha1(iterations: &str) -> String {
    format!("pbkdf2_sha1${iterations}$salt${}", zeros(20))
}

fn sha256(iterations: &str) -> String {
    format!("pbkdf2_sha256${iterations}$salt${}", zeros(32))
}

fn scrypt(n: &str, r: &str, p: &str) -> String {
    format!("scrypt${n}$salt${r}${p}${}", zeros(64))
}

#[track_caller]
fn decode(stored: &str) -> ForeignHash {
    match ForeignHash::decode(stored) {
        Ok(Some(hash)) => hash,
        Ok(None) => panic!("unknown: {stored:?}"),
        Err(error) => panic!("{error:?}: {stored:?}"),
    }
}

#[track_caller]
fn matches(stored: &str, password: impl AsRef<[u8]>) -> bool {
    decode(stored)
        .matches(password.as_ref())
        .expect("an answer")
}

#[track_caller]
fn assert_refused(stored: &str, expected: PasswordError) {
    let shown: String = stored.chars().take(100).collect();
    assert_eq!(
        ForeignHash::decode(stored).err(),
        Some(expected),
        "{shown:?}"
    );
}

#[test]
fn plain_bcrypt_truncates_to_72_bytes() {
    let a72 = "$2b$05$TZLuSexVbeNalSjjZZfQuuHLlbz9h1RDnnrC9CPcnNDszCvEFBLwK";
    for stored in [a72.to_owned(), format!("bcrypt${a72}")] {
        for (password, expected, cuts) in [
            ("a".repeat(71), false, false),
            ("a".repeat(71) + "b", false, false),
            ("a".repeat(72), true, false),
            ("a".repeat(73), true, true),
            ("a".repeat(72) + "b", true, true),
            // 72 bytes are not 72 characters.
            ("a".repeat(71) + "é", false, true),
            ("a".repeat(1 << 20), true, true),
        ] {
            let hash = decode(&stored);
            assert_eq!(hash.matches(password.as_bytes()), Ok(expected));
            assert_eq!(hash.cuts(password.as_bytes()), cuts);
        }
    }
}

#[test]
fn other_schemes_do_not_truncate() {
    let a72 = "bcrypt_sha256$$2b$05$yx4awSJ5BCvWqLv69h5jIe7yZRLvkjxrs.D1Q42R2uGSkhwT4HdIa";
    assert!(matches(a72, "a".repeat(72)));
    assert!(!matches(a72, "a".repeat(73)));
    for stored in [a72, &sha1("1"), &sha256("1"), &scrypt("2", "1", "1")] {
        assert!(!decode(stored).cuts(&[b'a'; 4096]), "{stored}");
    }
}

#[test]
fn a_zero_byte_does_not_end_a_password() {
    let stored = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    assert!(matches(stored, "U*U"));
    assert!(!matches(stored, "U*U\0x"));
}

#[test]
fn memory_includes_all_buffers_of_a_check() {
    for (stored, expected) in [
        (bcrypt("15"), 5),
        (sha1("2000000"), 1),
        (sha256("1"), 1),
        // 4 blocks of 128 bytes, 1 x (2 + 1 + 1).
        (scrypt("2", "1", "1"), 1),
        // 9 blocks.
        (scrypt("4", "1", "4"), 2),
        // 16 MiB, and 8 x (5 + 1) blocks.
        (scrypt("16384", "8", "5"), 16_390),
        (scrypt("16384", "8", "16"), 16_401),
        (scrypt("262144", "8", "1"), 262_146),
        (scrypt("2048", "1024", "1"), 262_400),
    ] {
        assert_eq!(decode(&stored).memory(), expected, "{stored}");
    }
}

#[test]
fn costs_at_the_bounds_are_accepted() {
    for stored in [
        bcrypt("04"),
        bcrypt("15"),
        sha1("1"),
        sha1("2000000"),
        sha256("2000000"),
        scrypt("2", "1", "1"),
        scrypt("16384", "8", "16"),
        scrypt("131072", "8", "2"),
        scrypt("262144", "8", "1"),
        scrypt("2097152", "1", "1"),
        scrypt("2048", "1024", "1"),
    ] {
        decode(&stored);
    }
}

#[test]
fn costs_out_of_bounds_are_refused() {
    let digits = "9".repeat(1 << 20);
    let two_to_the_200 = "1606938044258990275541962092341162602522202993782792835301376";
    for stored in [
        bcrypt("16"),
        bcrypt("31"),
        bcrypt("32"),
        bcrypt("99"),
        format!("bcrypt${}", bcrypt("16")),
        format!("bcrypt_sha256${}", bcrypt("16")),
        sha1("2000001"),
        sha256("2000001"),
        sha256("4294967295"),
        // 1 and 0 as 32 bits.
        sha256("4294967297"),
        sha256("4294967296"),
        sha256("18446744073709551617"),
        sha256(two_to_the_200),
        sha256(&digits),
        scrypt("524288", "8", "1"),
        // The memory is within the bounds, and the work is not.
        scrypt("262144", "8", "2"),
        scrypt("262144", "8", "16"),
        scrypt("32768", "8", "9"),
        scrypt("2", "1024", "1025"),
        scrypt("262144", "9", "1"),
        scrypt("2097153", "1", "1"),
        scrypt("4194304", "1", "1"),
        scrypt("2147483648", "1", "1"),
        scrypt("4294967295", "4294967295", "1"),
        // N x r is 0 as 32 bits.
        scrypt("2147483648", "2", "1"),
        scrypt("4194304", "1024", "1"),
        scrypt("4294967296", "4294967296", "1"),
        scrypt("4294967298", "1", "1"),
        scrypt("2", "4294967297", "1"),
        scrypt("2", "1", "4294967297"),
        scrypt(two_to_the_200, "1", "1"),
        scrypt("2", two_to_the_200, "1"),
        scrypt("2", "1", two_to_the_200),
        scrypt("2", "1025", "1"),
        scrypt("2", "1048576", "16"),
        scrypt("2", "1", "17"),
        scrypt("2", "1", &digits),
    ] {
        assert_refused(&stored, CostOutOfBounds);
    }
}

#[test]
fn parameters_that_the_scheme_does_not_allow_are_corrupt() {
    for stored in [
        bcrypt("00"),
        bcrypt("03"),
        sha1("0"),
        sha256("0"),
        scrypt("0", "1", "1"),
        scrypt("1", "1", "1"),
        scrypt("3", "1", "1"),
        scrypt("16383", "8", "1"),
        scrypt("2", "0", "1"),
        scrypt("2", "1", "0"),
        scrypt("2147483648", "0", "1"),
        scrypt("4294967296", "0", "1"),
        scrypt("0", "0", "0"),
    ] {
        assert_refused(&stored, Corrupt);
    }
}

#[test]
fn text_of_any_length_is_safe() {
    let long = "a".repeat(1 << 20);
    for name in [
        "$2b",
        "bcrypt",
        "bcrypt_sha256",
        "pbkdf2_sha1",
        "pbkdf2_sha256",
        "scrypt",
    ] {
        assert_refused(&format!("{name}${long}"), Corrupt);
        assert_refused(&format!("{name}{}", "$".repeat(1 << 20)), Corrupt);
        assert_refused(&format!("{name}${}", "é$".repeat(1 << 19)), Corrupt);
    }
    // The length of a salt is not limited. It is hashed once.
    assert!(!matches(&sha256("1").replace("salt", &long), "password"));
}

#[test]
fn other_schemes_are_unknown() {
    for stored in [
        "",
        "$",
        "$$",
        "2b",
        "$2b",
        "scrypt",
        "correct horse battery staple",
        "!lEngGLSkTrKCSZfRUAu1",
        "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "argon2$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$6$rounds=5000$salt$hash",
        "md5$salt$hash",
        "pbkdf2_sha512$1$salt$hash",
        "$2$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        "$2x$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        "$2B$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        "$$2b$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        " $2b$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        "BCRYPT$$2b$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        "scrypt\0$2$salt$1$1$",
        "пароль$",
    ] {
        assert!(
            matches!(ForeignHash::decode(stored), Ok(None)),
            "{stored:?}"
        );
    }
}
