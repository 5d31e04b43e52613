//! Mails: their texts, and the receivers that send them.

mod delivery;

use std::path::Path;

use anyhow::{Context, ensure};
use askama::Template;
use lback_auth::axum::Origin;
use lback_auth::{AddressMailDue, TokenPurpose, UserEmailChanged, UserPasswordChanged};
use lback_signals::durable::DeliveryError;
use lback_signals::{Res, receiver};
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox};

use self::delivery::Delivery;
pub(crate) use self::delivery::Unsent;
use crate::cli::MailServer;

/// The sender of mails in a folder, which nothing sends.
const FOLDER_SENDER: &str = "Analytical Engines <accounts@localhost.localdomain>";

/// The sender and the destination of mails: a resource of the receivers.
#[derive(Clone)]
pub(crate) struct Mailer {
    delivery: Delivery,
    from: Mailbox,
    origin: Origin,
}

impl Mailer {
    /// Creates a mailer that sends to a server, or without one writes into a folder.
    pub(crate) fn new(
        server: Option<&MailServer>,
        folder: &Path,
        from: Option<&str>,
        origin: Origin,
    ) -> anyhow::Result<Self> {
        ensure!(
            server.is_none() || from.is_some(),
            "`--mail` needs a sender: write `--mail-from accounts@example.org`"
        );
        let from = from
            .unwrap_or(FOLDER_SENDER)
            .parse()
            .ok()
            .context("`--mail-from` is no address: write `accounts@example.org`")?;
        Ok(Self {
            delivery: Delivery::new(server.map(MailServer::url), folder)?,
            from,
            origin,
        })
    }

    async fn send(&self, to: &str, subject: &str, text: String) -> Result<(), Unsent> {
        let to = to.parse().map_err(|_| Unsent::Address)?;
        let body =
            Body::new_with_encoding(text, self.delivery.encoding()).map_err(|_| Unsent::Text)?;
        let auto_submitted = HeaderName::new_from_ascii_str("Auto-Submitted");
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            // Suppresses automatic replies (RFC 3834).
            .raw_header(HeaderValue::new(auto_submitted, "auto-generated".into()))
            .body(body)
            .map_err(|_| Unsent::Text)?;
        self.delivery.deliver(message).await
    }
}

#[derive(Template)]
#[template(path = "mail/verification.txt")]
struct Verification<'a> {
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/password_reset.txt")]
struct PasswordReset<'a> {
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/email_change.txt")]
struct EmailChange<'a> {
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/password_changed.txt")]
struct PasswordChanged<'a> {
    name: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "mail/email_changed.txt")]
struct EmailChanged<'a> {
    name: &'a str,
}

/// Mails a link with a token. After an error it is called again, with a new token.
///
/// The mail contains no text that a user has chosen, such as the name. Otherwise a stranger could have that text mailed
/// to any address.
#[receiver(signal = AddressMailDue)]
async fn mail_link(event: &AddressMailDue<'_>, mailer: Res<'_, Mailer>) -> Result<(), Unsent> {
    let link = |page| format!("{}{page}?token={}", mailer.origin, event.token.expose());
    let (subject, text) = match event.purpose {
        TokenPurpose::EmailVerification => {
            let link = &link("/verify");
            ("Verify your address", Verification { link }.render())
        }
        TokenPurpose::PasswordReset => {
            let link = &link("/reset");
            ("Choose a new password", PasswordReset { link }.render())
        }
        TokenPurpose::EmailChange => {
            let link = &link("/confirm-address");
            ("Confirm your new address", EmailChange { link }.render())
        }
    };
    match mailer.send(event.to, subject, text?).await {
        // Another attempt would be refused, too.
        Err(error) if error.is_permanent() => {
            tracing::warn!(%error, "a mail with a link was not sent");
            Ok(())
        }
        sent => sent,
    }
}

/// Tells the owner of an account that its password was changed.
#[receiver(signal = UserPasswordChanged, durable(name = "warn-of-a-new-password"))]
async fn warn_of_a_new_password(
    event: &UserPasswordChanged<'_>,
    mailer: Res<'_, Mailer>,
) -> Result<(), DeliveryError> {
    let link = &format!("{}/forgotten", mailer.origin);
    let text = PasswordChanged {
        name: event.user.username(),
        link,
    }
    .render();
    warn(
        &mailer,
        event.user.email(),
        "Your password was changed",
        text,
    )
    .await
}

/// Tells the earlier address of an account that it was changed.
#[receiver(signal = UserEmailChanged, durable(name = "warn-the-address-before"))]
async fn warn_the_address_before(
    event: &UserEmailChanged<'_>,
    mailer: Res<'_, Mailer>,
) -> Result<(), DeliveryError> {
    let text = EmailChanged {
        name: event.user.username(),
    }
    .render();
    warn(&mailer, event.old, "Your address was changed", text).await
}

async fn warn(
    mailer: &Mailer,
    to: &str,
    subject: &str,
    text: askama::Result<String>,
) -> Result<(), DeliveryError> {
    let sent = mailer.send(to, subject, text?).await;
    // A dead letter, which an operator retries or discards.
    sent.map_err(|error| {
        if error.is_permanent() {
            DeliveryError::permanent(error)
        } else {
            error.into()
        }
    })
}
