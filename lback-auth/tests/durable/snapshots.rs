//! The stored form of an account.

use lback_auth::{AuthUser, EmailVerification, Password, User, UserId, UserParts};
use lback_signals::durable::SnapshotSender;

const PAYLOAD: &str = r#"{"id":"7","username":"ada","email":"ada@example.org","is_active":false,"is_email_verified":true,"has_usable_password":true}"#;

fn ada() -> User {
    let mut parts = UserParts::new("ada".to_owned(), "ada@example.org".to_owned());
    parts.id = Some(UserId::new(7));
    parts.active = false;
    parts.email_verification = EmailVerification::verified("ada@example.org");
    parts.password = Password::from_stored(Some("$argon2id$secret".to_owned()));
    User::from_parts(parts)
}

#[test]
fn a_snapshot_has_what_the_account_shows_and_nothing_else() {
    let ada: &dyn AuthUser = &ada();
    assert_eq!(serde_json::to_string(ada).unwrap(), PAYLOAD);
    assert_eq!(ada.subject().as_deref(), Some("account 7"));
}

#[test]
fn a_snapshot_shows_what_the_account_has_shown() {
    let read: Box<dyn AuthUser> = serde_json::from_str(PAYLOAD).unwrap();
    for snapshot in [&*read, &*(*read).to_owned()] {
        assert_eq!(snapshot.id(), Some(UserId::new(7)));
        assert_eq!(snapshot.model_name(), "account");
        assert_eq!(
            (snapshot.username(), snapshot.email()),
            ("ada", "ada@example.org")
        );
        assert!(!snapshot.is_active() && snapshot.is_email_verified());
        assert!(snapshot.has_usable_password());
        assert!(snapshot.downcast_ref::<User>().is_none());
        assert_eq!(serde_json::to_string(snapshot).unwrap(), PAYLOAD);
    }
}

#[test]
fn a_snapshot_of_an_account_that_is_not_stored_has_no_id() {
    let payload = PAYLOAD.replace(r#""7""#, "null");
    let read: Box<dyn AuthUser> = serde_json::from_str(&payload).unwrap();
    assert_eq!((read.id(), read.subject()), (None, None));
    assert!(serde_json::from_str::<Box<dyn AuthUser>>("{}").is_err());
}
