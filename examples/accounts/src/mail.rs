//! Mails: what they say, who has them sent, and where they go.

mod delivery;
mod message;
mod receivers;
mod secrets;
mod server;
#[cfg(test)]
mod tests;
mod unsent;

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use lback_auth::VerificationToken;
use lback_signals::{background, resource};
use lettre::message::Mailbox;

use self::delivery::Delivery;
use self::message::{Mail, Templates};
use self::unsent::Unsent;

/// How long a mail server may take for one mail.
const SERVER_PATIENCE: Duration = Duration::from_secs(10);

/// How long the end of the program waits for mails. A server's time is shorter, so that what it did
/// is known by then.
const DRAIN_PATIENCE: Duration = Duration::from_secs(30);

/// Where mails go, who they are from, and which are not out: a resource of the receivers.
pub(super) struct Mailer {
    delivery: Delivery,
    from: Mailbox,
    templates: Templates,
    /// Those at work and those that failed, by their number.
    unsent: Mutex<BTreeMap<u64, Unsent>>,
}

impl Mailer {
    /// `to` is a folder, or a server as `smtp://…` or `smtps://…`; `from` is who mails are from.
    /// Neither the folder nor the server is looked at before there is a mail.
    ///
    /// # Errors
    ///
    /// One of them is not what it should be. The text has nothing of a URL.
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

    /// Sends one. Until that is done, and if it fails, it is one of the unsent.
    async fn send(&self, mail: Mail) -> Result<(), Unsent> {
        let unsent = Unsent::new(&mail);
        let number = self.add(unsent.clone());
        match self.try_to_send(&mail).await {
            Ok(()) => {
                self.unsent().remove(&number);
                Ok(())
            }
            Err(why) => {
                let token = mail.token.as_ref().map(VerificationToken::expose);
                let secrets = self.delivery.secrets().iter().map(|secret| &***secret);
                let unsent = unsent.because(&why, secrets.chain(token));
                self.unsent().insert(number, unsent.clone());
                Err(unsent)
            }
        }
    }

    async fn try_to_send(&self, mail: &Mail) -> anyhow::Result<()> {
        let message = self.templates.message(mail, &self.from)?;
        self.delivery.deliver(&message, mail.kind).await
    }

    fn add(&self, unsent: Unsent) -> u64 {
        let mut all = self.unsent();
        let number = all.last_key_value().map_or(0, |(last, _)| last + 1);
        all.insert(number, unsent);
        number
    }

    fn unsent(&self) -> MutexGuard<'_, BTreeMap<u64, Unsent>> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until all mails are out, and says which are not, and why: for the end of the program, when
/// nothing more will be sent. It ends the background.
pub(super) async fn deliver() -> Vec<String> {
    deliver_within(DRAIN_PATIENCE).await
}

async fn deliver_within(patience: Duration) -> Vec<String> {
    let drained = background::drain_async(patience).await;
    let unsent = resource::<Mailer>().map(|mailer| mem::take(&mut *mailer.unsent()));
    let unsent: Vec<_> = unsent.unwrap_or_default().into_values().collect();
    // Those at work are the first of the undelivered. Of the others nothing more is known.
    let at_work = unsent.iter().filter(|unsent| unsent.is_at_work()).count();
    let others = drained.undelivered().iter().skip(at_work);
    let others = others.map(|undelivered| format!("a mail was not sent in time: {undelivered}"));
    let unsent = unsent.iter().map(ToString::to_string);
    unsent.chain(others).collect()
}
