//! Receivers in the background that send mails, so that no command waits for a mail server.
//!
//! All of them wait for the commit, since a mail cannot be taken back. The flows send most of these
//! signals when they have committed; if they are a part of something larger, that has not.

use lback_auth::{
    UserEmailChangeRequested, UserEmailChanged, UserEmailVerificationTokenGenerated,
    UserPasswordChanged, UserPasswordResetRequested,
};
use lback_signals::{Res, receiver};

use super::Mailer;
use super::message::{Kind, Mail};
use super::unsent::Unsent;

#[receiver(signal = UserEmailVerificationTokenGenerated, after_commit, background)]
async fn mail_verification(
    event: &UserEmailVerificationTokenGenerated<'_>,
    mailer: Option<Res<'_, Mailer>>,
) -> Result<(), Unsent> {
    let mail = Mail::new(Kind::Verification, event.user, event.user.email());
    send(mailer, mail.with_token(event.token)).await
}

#[receiver(signal = UserPasswordResetRequested, after_commit, background)]
async fn mail_reset(
    event: &UserPasswordResetRequested<'_>,
    mailer: Option<Res<'_, Mailer>>,
) -> Result<(), Unsent> {
    let mail = Mail::new(Kind::PasswordReset, event.user, event.user.email());
    send(mailer, mail.with_token(event.token)).await
}

#[receiver(signal = UserEmailChangeRequested, after_commit, background)]
async fn mail_change(
    event: &UserEmailChangeRequested<'_>,
    mailer: Option<Res<'_, Mailer>>,
) -> Result<(), Unsent> {
    let mail = Mail::new(Kind::EmailChange, event.user, event.email);
    send(mailer, mail.with_token(event.token)).await
}

#[receiver(signal = UserPasswordChanged, after_commit, background)]
async fn warn_of_a_new_password(
    event: &UserPasswordChanged<'_>,
    mailer: Option<Res<'_, Mailer>>,
) -> Result<(), Unsent> {
    let mail = Mail::new(Kind::PasswordChanged, event.user, event.user.email());
    send(mailer, mail).await
}

#[receiver(signal = UserEmailChanged, after_commit, background)]
async fn warn_the_address_before(
    event: &UserEmailChanged<'_>,
    mailer: Option<Res<'_, Mailer>>,
) -> Result<(), Unsent> {
    let mail = Mail::new(Kind::EmailChanged, event.user, event.old);
    send(mailer, mail).await
}

async fn send(mailer: Option<Res<'_, Mailer>>, mail: Mail) -> Result<(), Unsent> {
    match mailer {
        Some(mailer) => mailer.send(mail).await,
        None => Ok(()),
    }
}
