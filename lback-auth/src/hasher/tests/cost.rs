//! The work of checking a wrong password.

use super::*;

/// Returns the work of one call.
fn work(hasher: &Hasher, call: impl FnOnce(&Hasher) -> Result<Verdict, PasswordError>) -> u64 {
    let before = hasher.stats().work();
    assert_eq!(call(hasher), Ok(Verdict::Invalid));
    hasher.stats().work() - before
}

fn hasher(memory: u32, passes: u32, lanes: u32) -> HasherBuilder {
    let builder = Hasher::builder().memory(memory).passes(passes);
    builder.lanes(lanes)
}

fn stored(memory: u32, passes: u32, lanes: u32) -> String {
    let hash = "c29tZXNhbHRzb21lc2FsdA$kjP8uWKJBGjGGWcsBNKPPSpCFGY";
    format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${hash}")
}

#[test]
fn a_wrong_password_on_a_cheaper_hash_is_as_much_work_as_an_unknown_account() {
    for (today, cheaper) in [
        ((64, 3, 1), (8, 1, 1)),
        ((64, 3, 1), (63, 3, 1)),
        ((64, 3, 1), (64, 2, 1)),
        ((64, 3, 1), (16, 11, 1)),
        ((64, 3, 1), (191, 1, 1)),
        ((128, 1, 4), (64, 1, 1)),
        ((128, 1, 4), (32, 3, 4)),
        ((100, 7, 2), (699, 1, 1)),
    ] {
        let hasher = hasher(today.0, today.1, today.2).build().unwrap();
        let unknown = work(&hasher, |hasher| hasher.verify_decoy("guess"));
        assert_eq!(unknown, u64::from(today.0 * today.1));
        let cheaper = stored(cheaper.0, cheaper.1, cheaper.2);
        let before = hasher.stats().hashes();
        let wrong = work(&hasher, |hasher| hasher.verify("guess", &cheaper));
        assert_eq!(hasher.stats().hashes() - before, 2);
        // Argon2 needs at least 8 KiB per lane, and runs whole passes.
        let most = unknown + u64::from(today.1 + 8 * today.2);
        assert!((unknown..most).contains(&wrong), "{wrong} for {unknown}");
    }
}

#[test]
fn a_hash_as_expensive_as_the_decoy_needs_no_padding() {
    let hasher = hasher(64, 3, 1).build().unwrap();
    for (memory, passes) in [(64, 3), (192, 1), (24, 8), (512, 1)] {
        let stored = stored(memory, passes, 1);
        let wrong = work(&hasher, |hasher| hasher.verify("guess", &stored));
        assert_eq!(wrong, u64::from(memory * passes));
    }
}

#[test]
fn a_wrong_password_is_as_much_work_as_a_custom_decoy() {
    let builder = hasher(64, 1, 1).decoy(stored(1024, 2, 1));
    let hasher = builder.build().unwrap();
    let unknown = work(&hasher, |hasher| hasher.verify_decoy("guess"));
    assert_eq!(unknown, 2048);
    let new = hasher.hash("right").unwrap();
    for stored in [new.stored().unwrap(), &stored(8, 1, 1)] {
        let wrong = work(&hasher, |hasher| hasher.verify("guess", stored));
        // The padding uses the memory of a new hash, and as many passes as fit into the missing work.
        assert!((2048..2048 + 32).contains(&wrong), "{wrong}");
    }
}

#[cfg(feature = "foreign-hashes")]
#[test]
fn foreign_hashes_are_padded_too() {
    let zeros = |len| format!("{}=", "A".repeat(len));
    let hasher = hasher(4096, 2, 1).build().unwrap();
    let unknown = work(&hasher, |hasher| hasher.verify_decoy("guess"));
    for cheaper in [
        "$2b$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        &format!("pbkdf2_sha1$100$salt${}", zeros(27)),
        &format!("pbkdf2_sha256$100$salt${}", zeros(43)),
        &format!("scrypt$16$salt$1$1${}=", zeros(86)),
    ] {
        let wrong = work(&hasher, |hasher| hasher.verify("guess", cheaper));
        assert!((unknown..unknown + 16).contains(&wrong), "{cheaper}");
    }
}
