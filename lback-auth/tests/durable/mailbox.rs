//! The receiver of mails.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use lback_auth::{AddressMailDue, RequestContext, TokenPurpose};
use lback_signals::{Res, receiver};

/// The mails of a test.
#[derive(Default)]
pub(crate) struct Mailbox {
    mails: Mutex<Vec<Mail>>,
    /// The number of next mails that cannot be sent.
    failures: AtomicU32,
    /// The users and tokens of mails that could not be sent.
    unsent: Mutex<Vec<(String, String)>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) user: String,
    pub(crate) purpose: TokenPurpose,
    pub(crate) to: String,
    pub(crate) token: String,
    pub(crate) request_id: Option<String>,
}

impl Mailbox {
    pub(crate) fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.mails.lock().unwrap())
    }

    /// Makes the next mails fail.
    pub(crate) fn fail(&self, mails: u32) {
        self.failures.store(mails, Ordering::SeqCst);
    }

    /// Takes the users and tokens of mails that could not be sent.
    pub(crate) fn unsent(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.unsent.lock().unwrap())
    }
}

#[receiver(signal = AddressMailDue)]
pub(crate) async fn mail(
    event: &AddressMailDue<'_>,
    mailbox: Option<Res<'_, Mailbox>>,
    context: Option<Res<'_, RequestContext>>,
) -> Result<(), io::Error> {
    let Some(mailbox) = mailbox else {
        return Ok(());
    };
    let user = event.user.username().to_owned();
    let token = event.token.expose().to_owned();
    let left = |left: u32| left.checked_sub(1);
    let failure = mailbox
        .failures
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, left);
    if failure.is_ok() {
        mailbox.unsent.lock().unwrap().push((user, token));
        return Err(io::Error::other("no answer of the mail server"));
    }
    mailbox.mails.lock().unwrap().push(Mail {
        user,
        purpose: event.purpose,
        to: event.to.to_owned(),
        token,
        request_id: context.and_then(|context| context.request_id().map(str::to_owned)),
    });
    Ok(())
}
