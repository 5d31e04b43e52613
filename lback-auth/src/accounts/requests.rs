//! Requests about an address: filed for any, and looked at later.

use std::fmt;

use super::registering::storable;
use super::throttle::Kind;
use super::{Accepted, Accounts, AccountsError, AccountsTransaction, outside};
use crate::{
    AccountStore, AddressRequest, Attempt, AuthUser, NormalForm, SessionEpoch, TokenPurpose, UserId,
};

/// A request that may be filed: what [`Accounts::prepare_email_verification_request`] and its like
/// make.
#[must_use = "nothing is done until it is passed to the flow whose name ends in `_in`"]
pub struct Request {
    purpose: TokenPurpose,
    email: String,
    /// The account that is to have the address, and its epoch.
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
    /// Has a token sent that verifies an address, if an account has it that is in use and it is not
    /// verified. The token takes the place of the one before.
    ///
    /// # Errors
    ///
    /// [`Invalid`](AccountsError::Invalid), [`Throttled`](AccountsError::Throttled),
    /// [`Store`](AccountsError::Store) or [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// Later, [`UserEmailVerificationTokenGenerated`](crate::UserEmailVerificationTokenGenerated)
    /// inside a transaction.
    pub async fn request_email_verification(&self, email: &str) -> Result<Accepted, AccountsError> {
        outside(async {
            self.file(self.prepare_email_verification_request(email).await?)
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
        outside(async {
            self.prepare_request(Kind::Verification, email.to_owned(), None)
                .await
        })
        .await
    }

    /// [`request_email_verification`](Self::request_email_verification) as a part of a transaction.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store).
    pub async fn request_email_verification_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        request: Request,
    ) -> Result<Accepted, AccountsError> {
        self.file_in(transaction, request).await
    }

    /// Has a token sent that resets a password, if an account has this address and is in use.
    /// The token takes the place of the one before, and goes to the address as it is stored.
    ///
    /// # Errors
    ///
    /// As for [`request_email_verification`](Self::request_email_verification).
    ///
    /// # Signals
    ///
    /// Later, [`UserPasswordResetRequested`](crate::UserPasswordResetRequested).
    pub async fn request_password_reset(&self, email: &str) -> Result<Accepted, AccountsError> {
        outside(async {
            self.file(self.prepare_password_reset_request(email).await?)
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
        outside(async {
            self.prepare_request(Kind::Reset, email.to_owned(), None)
                .await
        })
        .await
    }

    /// [`request_password_reset`](Self::request_password_reset) as a part of a transaction.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store).
    pub async fn request_password_reset_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        request: Request,
    ) -> Result<Accepted, AccountsError> {
        self.file_in(transaction, request).await
    }

    /// Counts a request, so that nobody is flooded with mail.
    pub(super) async fn prepare_request(
        &self,
        kind: Kind,
        email: String,
        user: Option<&S::User>,
    ) -> Result<Request, AccountsError> {
        storable(&email)?;
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

    pub(super) async fn file(&self, request: Request) -> Result<Accepted, AccountsError> {
        let mut transaction = self.begin().await?;
        let accepted = self.file_in(&mut transaction, request).await?;
        transaction.commit().await?;
        Ok(accepted)
    }

    /// Writes the one row.
    pub(super) async fn file_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        request: Request,
    ) -> Result<Accepted, AccountsError> {
        let Request {
            purpose,
            email,
            user,
            ..
        } = request;
        let (user, epoch) = user.unzip();
        let request = AddressRequest {
            purpose,
            email,
            user,
            epoch,
            requested_at: self.now(),
            context: transaction.context().clone(),
        };
        let (store, rows) = transaction.store();
        store.file_request(rows, &request).await?;
        transaction.has_filed();
        Ok(Accepted)
    }
}
