//! Journal of the received signals.

use std::sync::Mutex;

use lback_auth::{
    AddressMailDue, AuthUser, RequestContext, UserAuthenticated, UserAuthenticationFailed,
    UserDeactivated, UserDeleted, UserEmailChanged, UserEmailVerificationFailed, UserEmailVerified,
    UserPasswordChanged, UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet,
    UserPasswordSetFailed, UserPasswordUpgraded, UserReactivated, UserRegistered, UserRegistering,
    UserSessionEnded, UserSessionStarted,
};
use lback_signals::{Res, Signal, receiver};

/// The signals and mails of a test.
#[derive(Default)]
pub(crate) struct Journal {
    lines: Mutex<Vec<String>>,
    mails: Mutex<Vec<Mail>>,
}

/// A token that was mailed to an address.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) token: String,
}

impl Journal {
    fn write(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }

    fn mail(&self, to: &str, token: &str) {
        let (to, token) = (to.to_owned(), token.to_owned());
        self.mails.lock().unwrap().push(Mail { to, token });
    }

    /// Takes the lines.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }

    /// Takes the mails.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.mails.lock().unwrap())
    }
}

#[receiver(signal = [
    UserPasswordSet,
    UserPasswordSetFailed,
    UserPasswordCheckFailed,
    UserPasswordUpgraded,
    UserEmailVerified,
    UserEmailVerificationFailed,
    UserRegistered,
    UserAuthenticated,
    UserDeactivated,
    UserReactivated,
    UserDeleted,
])]
fn note<S: Signal<Sender = dyn AuthUser>>(event: &S, journal: Option<Res<'_, Journal>>) {
    if let Some(journal) = journal {
        journal.write(format!(
            "{} {}",
            S::info().name(),
            event.sender().username()
        ));
    }
}

#[receiver(signal = UserRegistering)]
fn note_registering(
    event: &UserRegistering<'_>,
    journal: Option<Res<'_, Journal>>,
) -> Result<(), &'static str> {
    if let Some(journal) = journal {
        journal.write(format!("user_registering {}", event.username));
    }
    if event.username == "root" {
        return Err("the username root is reserved");
    }
    assert_ne!(event.username, "bomb", "the database is at 10.0.0.7");
    Ok(())
}

#[receiver(signal = UserPasswordChecked)]
fn note_check(event: &UserPasswordChecked<'_>, journal: Option<Res<'_, Journal>>) {
    if let Some(journal) = journal {
        let (user, success) = (event.user.username(), event.success);
        journal.write(format!("user_password_checked {user} {success}"));
    }
}

#[receiver(signal = UserAuthenticationFailed)]
fn note_failure(
    event: &UserAuthenticationFailed<'_>,
    journal: Option<Res<'_, Journal>>,
    context: Option<Res<'_, RequestContext>>,
) {
    if let Some(journal) = journal {
        let user = event.user.map_or("-", |user| user.username());
        let client = context.as_deref().and_then(RequestContext::client);
        let client = client.map_or_else(String::new, |client| format!(" from {client}"));
        let reason = event.reason.as_str();
        journal.write(format!(
            "user_authentication_failed {user} {reason}{client}"
        ));
    }
}

#[receiver(signal = UserPasswordChanged)]
fn note_change(event: &UserPasswordChanged<'_>, journal: Option<Res<'_, Journal>>) {
    if let Some(journal) = journal {
        let (user, how) = (event.user.username(), event.how.as_str());
        journal.write(format!("user_password_changed {user} {how}"));
    }
}

#[receiver(signal = UserSessionStarted)]
fn note_session(event: &UserSessionStarted<'_>, journal: Option<Res<'_, Journal>>) {
    if let Some(journal) = journal {
        let (user, session) = (event.user.username(), event.session);
        let (client, agent) = (event.is_new_client, event.is_new_user_agent);
        journal.write(format!(
            "user_session_started {user} {session} {client} {agent}"
        ));
    }
}

#[receiver(signal = UserSessionEnded)]
fn note_end(event: &UserSessionEnded<'_>, journal: Option<Res<'_, Journal>>) {
    if let Some(journal) = journal {
        let (user, session) = (event.user.username(), event.session);
        let reason = event.reason.as_str();
        journal.write(format!("user_session_ended {user} {session} {reason}"));
    }
}

#[receiver(signal = UserEmailChanged)]
fn note_address(event: &UserEmailChanged<'_>, journal: Option<Res<'_, Journal>>) {
    if let Some(journal) = journal {
        let (old, new) = (event.old, event.user.email());
        journal.write(format!("user_email_changed {old} {new}"));
    }
}

#[receiver(signal = AddressMailDue)]
async fn mail(event: &AddressMailDue<'_>, journal: Option<Res<'_, Journal>>) {
    if let Some(journal) = journal {
        let (user, purpose) = (event.user.username(), event.purpose.as_str());
        journal.write(format!("address_mail_due {user} {purpose} {}", event.to));
        journal.mail(event.to, event.token.expose());
    }
}
