//! The hashes that sessions store.

use lback_auth::{
    AuthUser, EmailVerification, Password, SessionAuthHash, SessionKey, User, UserId,
};

/// Another account type, whose name has the same length.
#[derive(Clone, AuthUser)]
struct Host {
    #[auth(id)]
    id: u32,
    #[auth(username, email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

#[test]
fn a_session_hash_depends_on_account_and_key() {
    let user = |id| {
        let mut user = User::new("ada", "ada@example.org").unwrap();
        user.set_id(UserId::new(id));
        user
    };
    let key = |byte| SessionKey::new(&[byte; 32]).unwrap();
    let session = |id, byte| user(id).session_auth_hash(&key(byte)).unwrap();
    assert_eq!(session(7, 1), session(7, 1));
    assert_ne!(session(7, 1), session(8, 1));
    assert_ne!(session(7, 1), session(7, 2));
    let kept = SessionAuthHash::from_bytes(*session(7, 1).as_bytes());
    assert_eq!(kept, session(7, 1));
    assert!(
        User::new("ada", "ada@example.org")
            .unwrap()
            .session_auth_hash(&key(1))
            .is_none()
    );
    assert!(SessionKey::new(&[1; 15]).is_err());

    // A store has to keep the epoch.
    let mut deactivated = user(7);
    deactivated.set_active(false);
    deactivated.set_active(true);
    let epoch = deactivated.password().epoch();
    let mut parts = user(7).into_parts();
    parts.password = parts.password.with_epoch(epoch);
    let loaded = User::from_parts(parts);
    assert_ne!(loaded.session_auth_hash(&key(1)), Some(session(7, 1)));
    let deactivated = deactivated.session_auth_hash(&key(1));
    assert_eq!(loaded.session_auth_hash(&key(1)), deactivated);
}

fn host() -> Host {
    Host {
        id: 7,
        email: "ada@example.org".to_owned(),
        password: Password::unusable(),
        verification: EmailVerification::unverified(),
        active: true,
    }
}

/// An application may deactivate the account by an UPDATE that keeps the epoch.
#[test]
fn a_session_hash_depends_on_whether_the_account_is_active() {
    let key = SessionKey::new(&[1; 32]).unwrap();
    let (active, mut inactive) = (host(), host());
    inactive.active = false;
    let session = active.session_auth_hash(&key).unwrap();
    assert!(key.verify(&active, &session));
    assert!(!key.verify(&inactive, &session));
}

#[test]
fn a_session_hash_depends_on_the_type_of_account() {
    let key = SessionKey::new(&[1; 32]).unwrap();
    let host = host();
    let mut user = User::new("ada", "ada@example.org").unwrap();
    user.set_id(UserId::new(7));
    assert_eq!(host.id(), user.id());
    assert_ne!(host.session_auth_hash(&key), user.session_auth_hash(&key));
}
