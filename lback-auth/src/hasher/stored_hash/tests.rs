use super::*;
use crate::password::PasswordError::{Corrupt, CostOutOfBounds, UnknownScheme};

/// Reads a text with the bounds of the default settings.
fn decode(stored: &str) -> Result<StoredHash, PasswordError> {
    StoredHash::decode(stored, &recipe())
}

fn recipe() -> Recipe {
    Recipe::new(19_456, 2, 1, None).expect("parameters")
}

const SALT: &str = "c29tZXNhbHQ";
const OUTPUT: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Returns a hash that is well-formed from the salt on.
fn start(start: &str) -> String {
    format!("{start}${SALT}${OUTPUT}")
}

/// Returns a hash that is well-formed except for the parameters.
fn cost(params: &str) -> String {
    start(&format!("$argon2id$v=19${params}"))
}

/// Returns a hash that is well-formed except for salt and output.
fn parts(salt: &str, output: &str) -> String {
    format!("$argon2id$v=19$m=8,t=1,p=1${salt}${output}")
}

#[track_caller]
fn assert_refused(stored: &str, expected: PasswordError) {
    let shown: String = stored.chars().take(100).collect();
    assert_eq!(decode(stored).err(), Some(expected), "{shown:?}");
}

#[test]
fn well_formed_hashes_are_read() {
    for stored in [
        cost("m=8,t=1,p=1"),
        start("$argon2i$v=16$m=8,t=1,p=1"),
        start("$argon2d$m=8,t=1,p=1"),
        parts("AAAAAAAAAAA", "AAAAAAAAAAAAAA"),
    ] {
        assert!(decode(&stored).is_ok(), "{stored}");
    }
}

#[test]
fn costs_at_the_bounds_are_accepted() {
    for params in [
        "m=262144,t=2,p=1",
        "m=262144,t=2,p=16",
        "m=8,t=77824,p=1",
        "m=128,t=1,p=16",
    ] {
        assert!(decode(&cost(params)).is_ok(), "{params}");
    }
}

#[test]
fn costs_out_of_bounds_are_refused() {
    for params in [
        "m=4294967295,t=1,p=1",
        "m=262145,t=1,p=1",
        "m=262144,t=3,p=1",
        "m=8,t=77825,p=1",
        "m=8,t=4294967295,p=1",
        "m=4294967295,t=4294967295,p=1",
        "m=262145,t=0,p=1",
        "m=136,t=1,p=17",
        "m=8,t=1,p=17",
        "m=8,t=1,p=4294967295",
    ] {
        assert_refused(&cost(params), CostOutOfBounds);
    }
}

#[test]
fn parameters_that_argon2_does_not_allow_are_refused() {
    for params in [
        "m=8,t=1,p=0",
        "m=8,t=0,p=1",
        "m=0,t=1,p=1",
        "m=7,t=1,p=1",
        "m=15,t=1,p=2",
    ] {
        assert_refused(&cost(params), Corrupt);
    }
    for version in ["v=0", "v=17", "v=20", "v=4294967295"] {
        assert_refused(&start(&format!("$argon2id${version}$m=8,t=1,p=1")), Corrupt);
    }
}

#[test]
fn parameters_must_be_the_three_in_order() {
    for params in [
        "m=8,t=1",
        "m=8,p=1",
        "t=1,p=1",
        "m=8",
        "m",
        "",
        ",",
        "m=8,t=1,p=1,",
        ",m=8,t=1,p=1",
        "m=8,,t=1,p=1",
        "m=8,t=1,p=1,keyid=A",
        "m=8,t=1,p=1,keyid=AB",
        "m=8,t=1,p=1,keyid=AAAAAAAAAAAA",
        "m=8,t=1,p=1,keyid=AAAA,keyid=AAAA",
        "m=8,keyid=AAAA,t=1,p=1",
        "keyid=AAAA,m=8,t=1,p=1",
        "m=8,t=1,p=1,data=AAAA",
        "m=8,t=1,p=1,keyid=",
        "m=8,t=1,p=1,data=",
        "m=8,t=1,p=1,x=1",
        "x=1,m=8,t=1,p=1",
        "m=8,m=8,t=1,p=1",
        "m=8,t=1,p=1,p=1",
        "t=1,m=8,p=1",
        "M=8,t=1,p=1",
    ] {
        assert_refused(&cost(params), Corrupt);
    }
    let long = format!("m=8,t=1,p=1,x={}", "a".repeat(200));
    assert_refused(&cost(&long), Corrupt);
}

#[test]
fn parameters_must_be_plain_decimals() {
    for memory in [
        "",
        "4294967296",
        "-8",
        "+8",
        "08",
        "0x8",
        "8.0",
        "8=8",
        " 8",
        "８",
        "\u{0}",
    ] {
        assert_refused(&cost(&format!("m={memory},t=1,p=1")), Corrupt);
    }
}

#[test]
fn parts_missing_empty_or_in_excess_are_refused() {
    for stored in [
        "$argon2id",
        "$argon2id$",
        "$argon2id$v=19",
        "$argon2id$v=19$",
        "$argon2id$v=19$m=8,t=1,p=1",
        "$argon2id$v=19$m=8,t=1,p=1$",
        "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ",
        "$argon2id$v=19$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$$$$",
    ] {
        assert_refused(stored, Corrupt);
    }
    for beginning in [
        "argon2id$v=19$m=8,t=1,p=1",
        "$argon2id$$m=8,t=1,p=1",
        "$argon2id$v=$m=8,t=1,p=1",
        "$argon2id$v=19$v=19$m=8,t=1,p=1",
        "$argon2id$v=19,m=8,t=1,p=1",
        "$argon2id$m=8,t=1,p=1$v=19",
    ] {
        assert_refused(&start(beginning), Corrupt);
    }
    for end in ["$", "$x", "=", "\n", " ", "\0", "é"] {
        assert_refused(&(parts(SALT, OUTPUT) + end), Corrupt);
    }
}

#[test]
fn salt_and_output_must_be_base64_of_a_fair_length() {
    for salt in [
        "",
        // 7 bytes; 49 bytes; more bits than bytes; padded; base64url; not ASCII.
        "c29tZXNhbA",
        &"A".repeat(66),
        "c29tZXNhbHR",
        "c29tZXNhbHQ=",
        "c29t-_NhbHQ",
        "c29tZXNhbH\u{E9}",
        "c29tZXNh\0HQ",
    ] {
        assert_refused(&parts(salt, OUTPUT), Corrupt);
    }
    for output in [
        "",
        "AAAA",
        &"A".repeat(12),
        &"A".repeat(41),
        &"A".repeat(87),
    ] {
        assert_refused(&parts(SALT, output), Corrupt);
    }
}

#[test]
fn text_that_names_no_scheme_is_corrupt() {
    for stored in [
        "",
        "\0",
        "$",
        "$$",
        "$$argon2id$v=19$m=8,t=1,p=1",
        "correct horse battery staple",
        "пароль",
        "!lEngGLSkTrKCSZfRUAu1",
    ] {
        assert_refused(stored, Corrupt);
    }
}

#[test]
fn text_that_names_another_scheme_is_told_apart() {
    for stored in [
        "$2x$05$FaKxqsTp2GvzydJAAvhHn.1nXT.lMLohnBgUqfPmAyR1oqM47GSN.",
        "$6$rounds=5000$salt$hash",
        "pbkdf2_sha512$1000$RcCpXEoEyXZ3rR0DmriGMq$BAqtjDU7jBPDIB75/GvvR15E92L4g0OJleOvEbx6iQw=",
        "$argon2$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$ARGON2ID$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id\0$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        " $argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "pa$$word",
    ] {
        assert_refused(stored, UnknownScheme);
    }
}

#[test]
fn hashes_of_others_are_read_where_that_is_wanted() {
    for stored in [
        "$2b$05$FaKxqsTp2GvzydJAAvhHn.1nXT.lMLohnBgUqfPmAyR1oqM47GSN.",
        "pbkdf2_sha256$1000$RcCpXEoEyXZ3rR0DmriGMq$BAqtjDU7jBPDIB75/GvvR15E92L4g0OJleOvEbx6iQw=",
    ] {
        let error = decode(stored).err();
        let expected = (!cfg!(feature = "foreign-hashes")).then_some(UnknownScheme);
        assert_eq!(error, expected, "{stored}");
    }
}

#[test]
fn length_is_bounded_whatever_the_text() {
    // The longest that all other checks let through.
    let longest = format!(
        "$argon2id$v=19$m=262144,t=1,p=16${}${}",
        "A".repeat(64),
        "A".repeat(86)
    );
    assert!(decode(&longest).is_ok());

    let other = |len: usize| format!("$2x${}", "a".repeat(len - 4));
    assert_refused(&other(512), UnknownScheme);
    for stored in [
        other(513),
        other(1 << 20),
        "a".repeat(1 << 20),
        parts(SALT, &"A".repeat(1 << 20)),
    ] {
        assert_refused(&stored, Corrupt);
    }
}

#[test]
fn a_decoy_takes_the_work_of_a_new_hash() {
    let recipe = recipe();
    let created = recipe
        .create(b"password", &[7; 16], &mut Memory::default())
        .expect("a hash");
    let created = decode(&created).expect("readable");
    let decoy = StoredHash::decoy(&recipe);
    assert_eq!(decoy.memory(), created.memory());
    assert!(decoy.is_current(&recipe) && created.is_current(&recipe));
}

#[test]
fn a_hash_of_an_unknown_pepper_is_not_corrupt() {
    assert_refused(
        &cost("m=8,t=1,p=1,keyid=AAAA"),
        PasswordError::UnknownPepper,
    );
    assert_refused(&cost("m=262145,t=1,p=1,keyid=AAAA"), CostOutOfBounds);
}

#[test]
fn a_phc_string_behind_the_argon2_of_django_is_read() {
    let django = format!("argon2{}", cost("m=8,t=1,p=1"));
    if cfg!(feature = "foreign-hashes") {
        assert!(decode(&django).is_ok());
        assert_refused(&format!("argon2{}", cost("m=8,t=1,p=17")), CostOutOfBounds);
    } else {
        assert_refused(&django, UnknownScheme);
    }
    for other in [
        "argon2$",
        "argon2$argon2id",
        "argon2id$x",
        "argon2argon2id$v=19",
    ] {
        assert!(decode(other).is_err(), "{other}");
    }
    assert_refused(
        &format!("argon2$argon2{}", cost("m=8,t=1,p=1")),
        UnknownScheme,
    );
}

/// So that both together stay within the memory of the slots.
#[cfg(feature = "foreign-hashes")]
#[test]
fn a_check_with_its_own_memory_leaves_no_data_in_that_of_the_slot() {
    let scrypt = "scrypt$4096$eN8jFL3GLow3HwM94LU3hY$8$5$yojQHek1BMZoXXFMdHycGpoyHHDn02GIWQOEuNL0xn5nPieG218im1Tma7rCbiPYYsKg7MVxHTpbIH3rXlLWMg==";
    let bcrypt = "$2b$05$FaKxqsTp2GvzydJAAvhHn.1nXT.lMLohnBgUqfPmAyR1oqM47GSN.";
    for (stored, left) in [(scrypt, 0), (bcrypt, 4)] {
        let mut memory = Memory::default();
        memory.blocks(4).unwrap()[0].as_mut().fill(7);
        let hash = decode(stored).expect("readable");
        let right = hash.matches(b"correct horse battery staple", &recipe(), &mut memory);
        assert_eq!(right, Ok(true));
        assert_eq!(memory.all().len(), left);
        let mut words = memory.all().iter().flat_map(AsRef::as_ref);
        assert!(words.all(|word| *word == 0));
    }
}
