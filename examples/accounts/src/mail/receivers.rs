//! Receivers that send mails. A worker awaits them, and calls them again after an error.

use lback_auth::{AddressMailDue, TokenPurpose, UserEmailChanged, UserPasswordChanged};
use lback_signals::{Res, receiver};

use super::Mailer;
use super::message::{Kind, Mail};
use super::unsent::Unsent;

#[receiver(signal = AddressMailDue)]
async fn mail_token(event: &AddressMailDue<'_>, mailer: Res<'_, Mailer>) -> Result<(), Unsent> {
    let kind = match event.purpose {
        TokenPurpose::EmailVerification => Kind::Verification,
        TokenPurpose::PasswordReset => Kind::PasswordReset,
        TokenPurpose::EmailChange => Kind::EmailChange,
    };
    let mail = Mail::new(kind, event.user, event.to);
    mailer.send(mail.with_token(event.token)).await
}

#[receiver(signal = UserPasswordChanged, durable(name = "warn-of-a-new-password"))]
async fn warn_of_a_new_password(
    event: &UserPasswordChanged<'_>,
    mailer: Res<'_, Mailer>,
) -> Result<(), Unsent> {
    let mail = Mail::new(Kind::PasswordChanged, event.user, event.user.email());
    mailer.send(mail).await
}

#[receiver(signal = UserEmailChanged, durable(name = "warn-the-address-before"))]
async fn warn_the_address_before(
    event: &UserEmailChanged<'_>,
    mailer: Res<'_, Mailer>,
) -> Result<(), Unsent> {
    let mail = Mail::new(Kind::EmailChanged, event.user, event.old);
    mailer.send(mail).await
}
