//! Mails: their texts, the receivers that send them, and their destinations.

mod delivery;
mod message;
mod receivers;
mod secrets;
mod server;
#[cfg(test)]
mod tests;
mod unsent;

use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use lback_auth::VerificationToken;
use lback_signals::resource;
use lettre::message::Mailbox;

use self::delivery::Delivery;
use self::message::{Mail, Templates};
use self::unsent::Unsent;

/// How long a mail server may take for one mail.
const SERVER_PATIENCE: Duration = Duration::from_secs(10);

/// The destination and the sender of mails, and the mails that could not be sent: a resource of the receivers.
pub(super) struct Mailer {
    delivery: Delivery,
    from: Mailbox,
    templates: Templates,
    /// Mails that failed, which are retried.
    unsent: Mutex<Vec<Unsent>>,
}

impl Mailer {
    /// Creates a mailer. `to` is a folder, or a server as `smtp://…` or `smtps://…`; `from` is the sender. The folder or
    /// the server is not used before the first mail.
    ///
    /// # Errors
    ///
    /// Returns an error if one of them is invalid. Its text contains no part of a URL.
    pub(super) fn new(to: &str, from: &str) -> anyhow::Result<Self> {
        Self::with_patience(to, from, SERVER_PATIENCE)
    }

    fn with_patience(to: &str, from: &str, server_patience: Duration) -> anyhow::Result<Self> {
        let delivery = Delivery::new(to, server_patience).context("`--mail` cannot be used")?;
        let from = from.parse().ok().context(
            "`--mail-from` is no address: write `accounts@example.org`, or \
             `Accounts <accounts@example.org>`",
        )?;
        Ok(Self {
            delivery,
            from,
            templates: Templates::new()?,
            unsent: Mutex::default(),
        })
    }

    /// Sends a mail.
    ///
    /// # Errors
    ///
    /// Returns an error if it was not sent. The text contains no secret.
    async fn send(&self, mail: Mail) -> Result<(), Unsent> {
        let Err(why) = self.try_to_send(&mail).await else {
            return Ok(());
        };
        let token = mail.token.as_ref().map(VerificationToken::expose);
        let secrets = self.delivery.secrets().iter().map(|secret| &***secret);
        let unsent = Unsent::new(&mail, &why, secrets.chain(token));
        let mut all = self.unsent.lock().unwrap_or_else(PoisonError::into_inner);
        // A worker may have tried the same mail before.
        if !all.contains(&unsent) {
            all.push(unsent.clone());
        }
        Err(unsent)
    }

    async fn try_to_send(&self, mail: &Mail) -> anyhow::Result<()> {
        let message = self.templates.message(mail, &self.from)?;
        self.delivery.deliver(&message, mail.kind).await
    }
}

/// Takes the messages about mails that could not be sent since the last call.
pub(super) fn take_unsent() -> Vec<String> {
    let unsent = resource::<Mailer>().map(|mailer| {
        let mut unsent = mailer.unsent.lock().unwrap_or_else(PoisonError::into_inner);
        mem::take(&mut *unsent)
    });
    let unsent = unsent.unwrap_or_default();
    unsent.iter().map(ToString::to_string).collect()
}
