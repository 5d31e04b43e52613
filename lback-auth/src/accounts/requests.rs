//! Requests that send a token to an address. They are enqueued for any address, and delivered later.

use std::fmt;

use lback_signals::Signal;

use super::mail_request::AddressMailRequested;
use super::registering::check_email;
use super::throttle::MailKind;
use super::{Accepted, Accounts, AccountsError, AccountsTransaction, without_transaction};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::session::SessionEpoch;
use crate::store::{AccountStore, Attempt};
use crate::token::TokenPurpose;
use crate::user_id::UserId;

/// A counted request, prepared by [`Accounts::prepare_email_verification_request`] and similar methods.
#[must_use = "nothing is done until it is passed to the flow whose name ends in `_in`"]
pub struct Request {
    purpose: TokenPurpose,
    email: String,
    /// For a change of address: the account and its session epoch.
    user: Option<(UserId, SessionEpoch)>,
    attempt: Attempt,
}

impl Request {
    pub(super) fn attempt(&self) -> &Attempt {
        &self.attempt
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").finish_non_exhaustive()
    }
}

impl<S: AccountStore> Accounts<S> {
    /// Requests a token that verifies an address. It is sent if an active account has the address and it is not
    /// verified, and replaces the previous token.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`](AccountsError::Invalid), [`Throttled`](AccountsError::Throttled),
    /// [`Store`](AccountsError::Store), [`NotEnqueued`](AccountsError::NotEnqueued) or
    /// [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// A worker later sends [`AddressMailDue`](crate::AddressMailDue).
    pub async fn request_email_verification(&self, email: &str) -> Result<Accepted, AccountsError> {
        without_transaction(async {
            self.enqueue(self.prepare_email_verification_request(email).await?)
                .await
        })
        .await
    }

    /// Counts a request for [`request_email_verification_in`](Self::request_email_verification_in).
    ///
    /// # Errors
    ///
    /// As for [`request_email_verification`](Self::request_email_verification).
    pub async fn prepare_email_verification_request(
        &self,
        email: &str,
    ) -> Result<Request, AccountsError> {
        without_transaction(async {
            self.prepare_request(MailKind::Verification, email.to_owned(), None)
                .await
        })
        .await
    }

    /// Runs [`request_email_verification`](Self::request_email_verification) in a transaction.
    ///
    /// The commit stores the request.
    ///
    /// # Errors
    ///
    /// None so far.
    #[expect(clippy::unused_async, reason = "each flow in a transaction is async")]
    pub async fn request_email_verification_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        request: Request,
    ) -> Result<Accepted, AccountsError> {
        Ok(self.enqueue_in(transaction, request))
    }

    /// Requests a token that resets a password. It is sent if an active account has the address, to the address as
    /// stored, and replaces the previous token.
    ///
    /// # Errors
    ///
    /// As for [`request_email_verification`](Self::request_email_verification).
    ///
    /// # Signals
    ///
    /// A worker later sends [`AddressMailDue`](crate::AddressMailDue).
    pub async fn request_password_reset(&self, email: &str) -> Result<Accepted, AccountsError> {
        without_transaction(async {
            self.enqueue(self.prepare_password_reset_request(email).await?)
                .await
        })
        .await
    }

    /// Counts a request for [`request_password_reset_in`](Self::request_password_reset_in).
    ///
    /// # Errors
    ///
    /// As for [`request_password_reset`](Self::request_password_reset).
    pub async fn prepare_password_reset_request(
        &self,
        email: &str,
    ) -> Result<Request, AccountsError> {
        without_transaction(async {
            self.prepare_request(MailKind::Reset, email.to_owned(), None)
                .await
        })
        .await
    }

    /// Runs [`request_password_reset`](Self::request_password_reset) in a transaction.
    ///
    /// The commit stores the request.
    ///
    /// # Errors
    ///
    /// None so far.
    #[expect(clippy::unused_async, reason = "each flow in a transaction is async")]
    pub async fn request_password_reset_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        request: Request,
    ) -> Result<Accepted, AccountsError> {
        Ok(self.enqueue_in(transaction, request))
    }

    /// Counts a request, which limits the mails to an address.
    pub(super) async fn prepare_request(
        &self,
        kind: MailKind,
        email: String,
        user: Option<&S::User>,
    ) -> Result<Request, AccountsError> {
        check_email(&email)?;
        let attempt = self.mail_attempt(kind, &NormalForm::of(&email));
        self.reserve(&attempt).await?;
        let user = user.and_then(|user| Some((user.id()?, user.__fields().password.epoch())));
        Ok(Request {
            purpose: kind.purpose(),
            email,
            user,
            attempt,
        })
    }

    pub(super) async fn enqueue(&self, request: Request) -> Result<Accepted, AccountsError> {
        let mut transaction = self.begin().await?;
        let accepted = self.enqueue_in(&mut transaction, request);
        transaction.commit().await?;
        Ok(accepted)
    }

    /// Enqueues the request, which the commit stores.
    pub(super) fn enqueue_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        request: Request,
    ) -> Accepted {
        let Request {
            purpose,
            email,
            user,
            ..
        } = request;
        let context = transaction.context();
        let request = AddressMailRequested::new(purpose, email, user, self.now(), context);
        transaction.dispatch(|| request.send());
        Accepted
    }
}
