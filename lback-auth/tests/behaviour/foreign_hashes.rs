//! Foreign hashes, upgraded if they verify the whole password.

use lback_auth::{AuthUser, Hasher, Password, User, UserParts};

/// bcrypt hash of 72 times `a`, made by bcrypt 5.0 for Python.
const OF_72_BYTES: &str = "$2b$05$TZLuSexVbeNalSjjZZfQuuHLlbz9h1RDnnrC9CPcnNDszCvEFBLwK";

fn stored(hash: &str) -> User {
    let mut parts = UserParts::new("ada", "ada@example.org");
    parts.password = Password::from_stored(Some(hash.to_owned()));
    User::from_parts(parts)
}

#[test]
fn a_truncated_match_is_not_upgraded() {
    let hasher = Hasher::insecure_for_tests();
    let mut user = stored(OF_72_BYTES);
    let check = |user: &mut User, guess: &str| hasher.check_and_upgrade(user, guess);
    let unproven = "a".repeat(72) + "whatever";

    assert_eq!(check(&mut user, &unproven), Ok(true));
    assert!(user.must_change_password());
    assert_eq!(user.password().stored(), Some(OF_72_BYTES));
    // A wrong guess does not change the flag.
    assert_eq!(check(&mut user, "wrong"), Ok(false));
    assert!(user.must_change_password());

    assert_eq!(check(&mut user, &unproven[..72]), Ok(true));
    assert!(!user.must_change_password());
    assert!(user.password().stored().unwrap().starts_with("$argon2id$"));
    assert_eq!(check(&mut user, &unproven), Ok(false));

    let mut user = stored(OF_72_BYTES);
    assert_eq!(check(&mut user, &unproven), Ok(true));
    hasher.set_password(&mut user, &unproven).unwrap();
    assert!(!user.must_change_password());
}

#[cfg(feature = "tokio")]
#[test]
fn an_awaited_check_records_that_the_password_must_change() {
    let hasher = Hasher::insecure_for_tests();
    let mut user = stored(OF_72_BYTES);
    let unproven = "a".repeat(72) + "whatever";
    let mut check = |guess: &str| {
        let checked = pollster::block_on(hasher.check_and_upgrade_async(&mut user, guess));
        (checked, user.must_change_password())
    };
    assert_eq!(check(&unproven), (Ok(true), true));
    assert_eq!(check("wrong"), (Ok(false), true));
    assert_eq!(check(&unproven[..72]), (Ok(true), false));
}

/// In HMAC and bcrypt, some texts with a zero byte collide with others without.
#[test]
fn a_colliding_guess_is_not_upgraded() {
    let hasher = Hasher::insecure_for_tests();
    let right = "correct horse battery staple";
    for (hash, guess) in [
        (
            "pbkdf2_sha256$1000$RcCpXEoEyXZ3rR0DmriGMq$BAqtjDU7jBPDIB75/GvvR15E92L4g0OJleOvEbx6iQw=",
            format!("{right}\0"),
        ),
        (
            "scrypt$4096$eN8jFL3GLow3HwM94LU3hY$8$5$yojQHek1BMZoXXFMdHycGpoyHHDn02GIWQOEuNL0xn5nPieG218im1Tma7rCbiPYYsKg7MVxHTpbIH3rXlLWMg==",
            format!("{right}\0"),
        ),
        (
            "$2b$05$FaKxqsTp2GvzydJAAvhHn.1nXT.lMLohnBgUqfPmAyR1oqM47GSN.",
            format!("{right}\0{right}"),
        ),
    ] {
        let mut user = stored(hash);
        let checked = hasher.check_and_upgrade(&mut user, &guess);
        assert_eq!((checked, user.must_change_password()), (Ok(true), true));
        assert_eq!(user.password().stored(), Some(hash));
        assert_eq!(hasher.check_and_upgrade(&mut user, right), Ok(true));
        assert!(user.password().stored().unwrap().starts_with("$argon2id$"));
        assert_eq!(hasher.check_password(&user, &guess), Ok(false));
    }
}
