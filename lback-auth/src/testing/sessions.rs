//! The end of sessions.

use super::{Account, PASSWORD, STALE, WRONG};
use crate::hasher::Hasher;
use crate::session::SessionKey;

/// Checks that setting a password, removing it and deactivation end all sessions, and that a check and an upgrade of
/// the hash end none.
///
/// # Panics
///
/// Panics if a check fails.
pub fn sessions_end_when_they_should<T: Account>(new: impl Fn() -> T) {
    let hasher = Hasher::insecure_for_tests();
    let key = SessionKey::new(&[7; 32]).expect("long enough");
    let mut user = new();
    user.store(Some(STALE));
    // An account without an id has no sessions, but it has an epoch.
    let session = |user: &T| {
        let password = user.__fields().password;
        (user.session_auth_hash(&key), password.epoch())
    };
    let first = session(&user);
    assert!(user.id().is_none() == first.0.is_none());

    assert_eq!(hasher.check_password(&user, WRONG), Ok(false));
    assert_eq!(hasher.check_and_upgrade(&mut user, PASSWORD), Ok(true));
    assert!(user.stored() != Some(STALE), "it was upgraded");
    assert!(session(&user) == first, "an upgrade ends no session");

    let changes: [(&str, Change<T>); 4] = [
        ("setting the same password again", |user, hasher| {
            hasher.set_password(user, PASSWORD).expect("it can be set");
        }),
        ("deactivation", |user, _| user.deactivate()),
        ("activation", |user, _| *user.__fields_mut().active = true),
        ("no password", |user, _| user.set_unusable_password()),
    ];
    let mut seen = vec![first];
    for (what, change) in changes {
        change(&mut user, &hasher);
        let now = session(&user);
        // Activation does not change the epoch, but must not restore ended sessions.
        if user.id().is_some() || what != "activation" {
            assert!(
                !seen.contains(&now),
                "sessions from before {what} are still valid"
            );
        }
        seen.push(now);
    }
}

/// A change that may end sessions.
type Change<T> = fn(&mut T, &Hasher);
