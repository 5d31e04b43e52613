//! Keys and peppers that are rotated.

use lback_auth::{
    AuthUser, Hasher, PasswordError, Pepper, SessionAuthHash, SessionKey, User, UserId,
};

const PASSWORD: &str = "correct horse battery staple";

/// The keys and peppers of a rotation.
const OLD: [u8; 32] = [1; 32];
const NEW: [u8; 32] = [2; 32];

fn stored() -> User {
    let mut user = User::new("ada", "ada@example.org").unwrap();
    user.set_id(UserId::new(7));
    user
}

#[test]
fn a_retired_key_verifies_and_does_not_sign() {
    let user = stored();
    let old = SessionKey::new(&OLD).unwrap();
    let new = SessionKey::new(&NEW).unwrap();
    let rotated = new.clone().with_retired(&OLD).unwrap();
    let (by_old, by_new) = (user.session_auth_hash(&old), user.session_auth_hash(&new));
    let (by_old, by_new) = (by_old.unwrap(), by_new.unwrap());

    assert_eq!(user.session_auth_hash(&rotated), Some(by_new));
    assert!(rotated.verify(&user, &by_old));
    assert!(rotated.verify(&user, &by_new));
    // Removed, the key ends its sessions.
    assert!(!new.verify(&user, &by_old));
    assert!(new.verify(&user, &by_new));
    // A process that has the new key as a retired one verifies what another has signed with it.
    let before = old.clone().with_retired(&NEW).unwrap();
    assert_eq!(user.session_auth_hash(&before), Some(by_old));
    assert!(before.verify(&user, &by_new));
    assert!(!old.verify(&user, &by_new));
    // Each key of a longer ring verifies.
    let longer = SessionKey::new(&[3; 32]).unwrap();
    let longer = longer
        .with_retired(&NEW)
        .unwrap()
        .with_retired(&OLD)
        .unwrap();
    assert!(longer.verify(&user, &by_new) && longer.verify(&user, &by_old));

    assert!(new.with_retired(&[1; 15]).is_err());
}

#[test]
fn a_forged_hash_is_refused_by_each_key() {
    let user = stored();
    let old = SessionKey::new(&OLD).unwrap();
    let rotated = SessionKey::new(&NEW).unwrap().with_retired(&OLD).unwrap();
    for key in [&old, &rotated] {
        let signed = *user.session_auth_hash(key).unwrap().as_bytes();
        for bit in 0..256 {
            let mut forged = signed;
            forged[bit / 8] ^= 1 << (bit % 8);
            let forged = SessionAuthHash::from_bytes(forged);
            assert!(!rotated.verify(&user, &forged), "bit {bit}");
        }
    }
    let unknown = SessionKey::new(&[9; 32]).unwrap();
    let unknown = user.session_auth_hash(&unknown).unwrap();
    assert!(!rotated.verify(&user, &unknown));
    let unstored = User::new("ada", "ada@example.org").unwrap();
    let signed = user.session_auth_hash(&old).unwrap();
    assert!(!rotated.verify(&unstored, &signed));
}

#[test]
fn a_session_by_a_retired_key_ends_with_the_password() {
    let mut user = stored();
    let old = SessionKey::new(&OLD).unwrap();
    let rotated = SessionKey::new(&NEW).unwrap().with_retired(&OLD).unwrap();
    let session = user.session_auth_hash(&old).unwrap();
    assert!(rotated.verify(&user, &session));
    let hasher = Hasher::insecure_for_tests();
    hasher.set_password(&mut user, PASSWORD).unwrap();
    assert!(!rotated.verify(&user, &session));
}

fn peppered(pepper: Pepper) -> Hasher {
    let builder = Hasher::builder().memory(8).passes(1).pepper(pepper);
    builder.build().unwrap()
}

#[test]
fn a_hash_of_a_retired_pepper_is_upgraded_before_its_removal() {
    let old = peppered(Pepper::new("old", &OLD).unwrap());
    let rotated = Pepper::new("new", &NEW).unwrap();
    let rotated = peppered(rotated.with_retired("old", &OLD).unwrap());
    let new = peppered(Pepper::new("new", &NEW).unwrap());
    let mut user = stored();
    old.set_password(&mut user, PASSWORD).unwrap();
    let before = (
        user.password().stored().unwrap().to_owned(),
        user.password().epoch(),
    );

    // Removed too early.
    let lost = new.check_and_upgrade(&mut user, PASSWORD);
    assert_eq!(lost, Err(PasswordError::UnknownPepper));
    assert_eq!(user.password().stored(), Some(&*before.0));

    assert_eq!(rotated.check_and_upgrade(&mut user, "wrong"), Ok(false));
    assert_eq!(user.password().stored(), Some(&*before.0));
    assert_eq!(rotated.check_and_upgrade(&mut user, PASSWORD), Ok(true));
    assert_ne!(user.password().stored(), Some(&*before.0));
    assert_eq!(user.password().epoch(), before.1, "sessions stay");
    // The old one can be removed now.
    assert_eq!(new.check_password(&user, PASSWORD), Ok(true));
    assert_eq!(new.check_password(&user, "wrong"), Ok(false));
    let old = old.check_password(&user, PASSWORD);
    assert_eq!(old, Err(PasswordError::UnknownPepper));
}

#[test]
fn a_process_with_the_new_pepper_retired_checks_its_hashes() {
    let before = Pepper::new("old", &OLD).unwrap();
    let before = peppered(before.with_retired("new", &NEW).unwrap());
    let rotated = Pepper::new("new", &NEW).unwrap();
    let rotated = peppered(rotated.with_retired("old", &OLD).unwrap());
    let mut user = stored();
    rotated.set_password(&mut user, PASSWORD).unwrap();
    assert_eq!(before.check_password(&user, PASSWORD), Ok(true));
    before.set_password(&mut user, PASSWORD).unwrap();
    assert_eq!(rotated.check_password(&user, PASSWORD), Ok(true));
}
