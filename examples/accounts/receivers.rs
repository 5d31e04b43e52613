//! What listens: mails, and a log of who was not let in.

use std::sync::{Arc, Mutex};

use anyhow::Context;
use lback_auth::{
    RequestContext, UserAuthenticationFailed, UserEmailChangeRequested, UserEmailChanged,
    UserEmailVerificationTokenGenerated, UserPasswordChanged, UserPasswordResetRequested,
    UserRegistering,
};
use lback_signals::{Res, receiver};

/// Stands for a server of mail: it prints what it is given, and keeps the last token.
#[derive(Clone, Default)]
pub(crate) struct Mailbox(Arc<Mutex<Option<String>>>);

impl Mailbox {
    /// What a link in the last mail leads to.
    pub(crate) fn take(&self) -> anyhow::Result<String> {
        let last = self.0.lock().ok().and_then(|mut last| last.take());
        last.context("no mail has come")
    }

    fn link(&self, to: &str, what: &str, token: &str) {
        println!("  mail to {to}: {what}");
        if let Ok(mut last) = self.0.lock() {
            *last = Some(token.to_owned());
        }
    }
}

#[receiver(signal = UserRegistering)]
fn keep_names_of_our_own(event: &UserRegistering<'_>) -> Result<(), &'static str> {
    if event.username.eq_ignore_ascii_case("root") {
        return Err("this name is ours");
    }
    Ok(())
}

#[receiver(signal = UserEmailVerificationTokenGenerated, after_commit)]
fn mail_verification(
    event: &UserEmailVerificationTokenGenerated<'_>,
    mailbox: Option<Res<'_, Mailbox>>,
) {
    if let Some(mailbox) = mailbox {
        let what = "follow this link to verify your address";
        mailbox.link(event.user.email(), what, event.token.expose());
    }
}

#[receiver(signal = UserPasswordResetRequested)]
fn mail_reset(event: &UserPasswordResetRequested<'_>, mailbox: Option<Res<'_, Mailbox>>) {
    if let Some(mailbox) = mailbox {
        let what = "follow this link to set a new password";
        mailbox.link(event.user.email(), what, event.token.expose());
    }
}

#[receiver(signal = UserEmailChangeRequested)]
fn mail_change(event: &UserEmailChangeRequested<'_>, mailbox: Option<Res<'_, Mailbox>>) {
    if let Some(mailbox) = mailbox {
        mailbox.link(
            event.email,
            "follow this link to make this your address",
            event.token.expose(),
        );
    }
}

#[receiver(signal = UserPasswordChanged)]
fn warn_of_a_new_password(event: &UserPasswordChanged<'_>) {
    let to = event.user.email();
    println!("  mail to {to}: your password was changed; if not by you, answer this");
}

#[receiver(signal = UserEmailChanged)]
fn warn_the_address_before(event: &UserEmailChanged<'_>) {
    let (to, new) = (event.old, event.user.email());
    println!("  mail to {to}: your address is {new} now; if not by you, answer this");
}

#[receiver(signal = UserAuthenticationFailed)]
fn log_failures(event: &UserAuthenticationFailed<'_>, context: Option<Res<'_, RequestContext>>) {
    let user = event.user.map_or("nobody", |user| user.username());
    let client = context.as_deref().and_then(RequestContext::client);
    println!(
        "  log: {user} was not let in ({}), from {client:?}",
        event.reason.as_str()
    );
}
