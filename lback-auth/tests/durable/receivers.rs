//! The durable receivers. Each notes the signal under the username, which is unique among the tests.

use std::sync::Mutex;

use lback_auth::{
    AuthUser, User, UserAuthenticated, UserDeactivated, UserDeleted, UserEmailChanged,
    UserEmailVerified, UserPasswordChanged, UserPasswordSet, UserReactivated, UserRegistered,
    UserSessionEnded, UserSessionStarted,
};
use lback_signals::{Signal, receiver};

static NOTES: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

fn note<S: Signal>(user: &dyn AuthUser, details: &str) {
    let name = S::info().name();
    let note = (user.username().to_owned(), format!("{name}{details}"));
    NOTES.lock().unwrap().push(note);
}

/// Returns the notes of an account.
pub(crate) fn notes(username: &str) -> Vec<String> {
    let notes = NOTES.lock().unwrap();
    let of_account = notes.iter().filter(|(name, _)| name == username);
    of_account.map(|(_, note)| note.clone()).collect()
}

#[receiver(signal = UserRegistered, durable(name = "note-registered"))]
fn note_registered(event: &UserRegistered<'_>) {
    assert!(event.user.downcast_ref::<User>().is_none());
    let copy = event.user.to_owned();
    let id = copy.id().expect("it is stored");
    let flags = [
        copy.is_active(),
        copy.is_email_verified(),
        copy.has_usable_password(),
    ];
    let details = format!(" {id} {} {flags:?}", copy.email());
    note::<UserRegistered<'_>>(event.user, &details);
}

#[receiver(signal = UserPasswordSet, durable(name = "note-password-set"))]
fn note_password_set(event: &UserPasswordSet<'_>) {
    note::<UserPasswordSet<'_>>(event.user, "");
}

#[receiver(signal = UserEmailVerified, durable(name = "note-email-verified"))]
async fn note_email_verified(event: &UserEmailVerified<'_>) {
    let verified = event.user.is_email_verified();
    note::<UserEmailVerified<'_>>(event.user, &format!(" {verified} {:?}", event.how));
}

#[receiver(signal = UserAuthenticated, durable(name = "note-authenticated"))]
async fn note_authenticated(event: &UserAuthenticated<'_>) {
    note::<UserAuthenticated<'_>>(event.user, "");
}

#[receiver(signal = UserPasswordChanged, durable(name = "note-password-changed"))]
async fn note_password_changed(event: &UserPasswordChanged<'_>) {
    note::<UserPasswordChanged<'_>>(event.user, &format!(" {:?}", event.how));
}

#[receiver(signal = UserEmailChanged, durable(name = "note-email-changed"))]
async fn note_email_changed(event: &UserEmailChanged<'_>) {
    let details = format!(" {} {}", event.old, event.user.email());
    note::<UserEmailChanged<'_>>(event.user, &details);
}

#[receiver(signal = UserDeactivated, durable(name = "note-deactivated"))]
async fn note_deactivated(event: &UserDeactivated<'_>) {
    note::<UserDeactivated<'_>>(event.user, &format!(" {}", event.user.is_active()));
}

#[receiver(signal = UserReactivated, durable(name = "note-reactivated"))]
async fn note_reactivated(event: &UserReactivated<'_>) {
    note::<UserReactivated<'_>>(event.user, &format!(" {}", event.user.is_active()));
}

#[receiver(signal = UserSessionStarted, durable(name = "note-session-started"))]
async fn note_session_started(event: &UserSessionStarted<'_>) {
    let news = (event.is_new_client, event.is_new_user_agent);
    note::<UserSessionStarted<'_>>(event.user, &format!(" {news:?}"));
}

#[receiver(signal = UserSessionEnded, durable(name = "note-session-ended"))]
async fn note_session_ended(event: &UserSessionEnded<'_>) {
    note::<UserSessionEnded<'_>>(event.user, &format!(" {:?}", event.reason));
}

#[receiver(signal = UserDeleted, durable(name = "note-deleted"))]
async fn note_deleted(event: &UserDeleted<'_>) {
    note::<UserDeleted<'_>>(event.user, "");
}
