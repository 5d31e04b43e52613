//! Requests about an address: filed for any, and looked at later.

use std::fmt;

use lback_signals::{Scope, Signal};

use super::registering::storable;
use super::throttle::Kind;
use super::told::Told;
use super::{Accepted, Accounts, AccountsError, AccountsTransaction};
use crate::{
    AccountStore, AddressRequest, Attempt, AuthUser, Expected, NormalForm, PendingToken,
    RequestNumber, SessionEpoch, TokenPurpose, UserEmailVerificationTokenGenerated, UserId,
};

/// A request that may be filed: what [`Accounts::prepare_email_verification_request`] and its like
/// make.
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
    /// Later, [`UserEmailVerificationTokenGenerated`] inside a transaction.
    pub async fn request_email_verification(&self, email: &str) -> Result<Accepted, AccountsError> {
        self.file(self.prepare_email_verification_request(email).await?)
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
        self.prepare_request(Kind::Verification, email.to_owned(), None)
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
        self.file(self.prepare_password_reset_request(email).await?)
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
        self.prepare_request(Kind::Reset, email.to_owned(), None)
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

    /// Looks at the requests that have been filed, one after the other, and says how many there were.
    ///
    /// In a runtime of tokio, this is done by itself after each request, in a task of its own, which runs
    /// in the scope in which these `Accounts` were [made](Self::new) and in no transaction. Call it when the program starts and once in a while, for what a
    /// process that has ended left behind, and before the program ends, to wait for what is under way;
    /// and after each request where there is no such runtime.
    ///
    /// A request is looked at in a scope that has the [`RequestContext`](crate::RequestContext) of
    /// whoever made it.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store), [`CommitUnknown`](AccountsError::CommitUnknown) or
    /// [`Entropy`](AccountsError::Entropy): the first, when all have been looked at. Requests that failed
    /// stay, unless the commit is unknown. One that is older than its token would have lived is dropped.
    pub async fn answer_requests(&self) -> Result<u64, AccountsError> {
        let _answering = self.answering.lock().await;
        let (mut last, mut answered, mut failed) = (None, 0, None);
        while let Some((number, request)) = self.store.next_request(last).await? {
            let scope = Scope::new().provide(request.context.clone());
            match scope.run_async(self.answer(number, request)).await {
                Ok(()) => answered += 1,
                // One must not hold up those after it.
                Err(error) => failed = failed.or(Some(error)),
            }
            last = Some(number);
        }
        failed.map_or(Ok(answered), Err)
    }

    /// Looks at what has been filed, in a task of its own.
    pub(super) fn answer_soon(&self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let accounts = self.clone();
        let answering = async move {
            let answered = accounts.answer_requests().await;
            #[cfg(feature = "tracing")]
            if let Err(error) = answered {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "requests about addresses could not be looked at yet");
            }
            #[cfg(not(feature = "tracing"))]
            drop(answered);
        };
        runtime.spawn(self.scope.wrap(answering));
    }

    /// Counts a request, so that nobody is flooded with mail.
    pub(super) async fn prepare_request(
        &self,
        kind: Kind,
        email: String,
        user: Option<&S::User>,
    ) -> Result<Request, AccountsError> {
        storable(&email, &email)?;
        let attempt = self.mail_attempt(kind, &NormalForm::of(&email));
        self.reserve(&attempt).await?;
        let user = user.and_then(|user| Some((user.id()?, user.__password().epoch())));
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

    async fn answer(
        &self,
        number: RequestNumber,
        request: AddressRequest,
    ) -> Result<(), AccountsError> {
        let AddressRequest { purpose, email, .. } = &request;
        let (purpose, user) = (*purpose, self.addressee(&request).await?);
        let issued = user
            .map(|user| {
                let to = match purpose {
                    TokenPurpose::EmailChange => email.clone(),
                    _ => user.email().to_owned(),
                };
                let lifetime = self.settings.lifetime(purpose);
                PendingToken::issue(purpose, &to, lifetime, self.now())
                    .map(|(token, pending)| (user, to, token, pending))
                    .map_err(|_| AccountsError::Entropy)
            })
            .transpose()?;

        let mut transaction = self.begin().await?;
        let (store, rows) = transaction.store();
        if !store.take_request(rows, number).await? {
            // Another process has.
            return transaction.rollback().await;
        }
        if let Some((user, to, token, pending)) = issued
            && let Some(id) = user.id()
            && self.is_unchanged(&mut transaction, &id, &user).await?
            && self.put(&mut transaction, &id, purpose, &pending).await?
        {
            match purpose {
                TokenPurpose::EmailVerification => transaction.inside(|| {
                    UserEmailVerificationTokenGenerated::new(&user, &token).send();
                }),
                TokenPurpose::PasswordReset => {
                    transaction.tell(Told::PasswordResetRequested(user, token));
                }
                TokenPurpose::EmailChange => {
                    transaction.tell(Told::EmailChangeRequested(user, to, token));
                }
            }
        }
        transaction.commit().await
    }

    /// Whether the account's password, sessions and activity are still what they were, and stay so until
    /// the transaction ends: whatever ends its tokens comes before this one or sees it.
    async fn is_unchanged(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
        user: &S::User,
    ) -> Result<bool, AccountsError> {
        let (store, rows) = transaction.store();
        let password = user.__password();
        let kept = store.set_password(rows, id, Expected::Stored(password), password);
        Ok(kept.await?.is_some_and(|user| user.is_active()))
    }

    async fn put(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
        purpose: TokenPurpose,
        pending: &PendingToken,
    ) -> Result<bool, AccountsError> {
        let (store, rows) = transaction.store();
        Ok(store.put_token(rows, id, purpose, pending).await?)
    }

    /// The account that a token is to be issued for, if there is one.
    async fn addressee(&self, request: &AddressRequest) -> Result<Option<S::User>, AccountsError> {
        let age = (self.now() - request.requested_at).unsigned_abs();
        if age > self.settings.lifetime(request.purpose) {
            return Ok(None);
        }
        let holder = self
            .store
            .find_by_email(&NormalForm::of(&request.email))
            .await?;
        let user = match (request.purpose, &request.user) {
            (TokenPurpose::EmailChange, Some(id)) => {
                let is_free = holder.is_none_or(|holder| {
                    holder.id().as_ref() == Some(id) || self.is_replaceable(&holder)
                });
                let user = if is_free {
                    self.store.find(id).await?
                } else {
                    None
                };
                user.filter(|user| Some(user.__password().epoch()) == request.epoch)
            }
            (TokenPurpose::EmailChange, None) => None,
            (TokenPurpose::EmailVerification, _) => {
                holder.filter(|holder| !holder.is_email_verified())
            }
            (TokenPurpose::PasswordReset, _) => holder,
        };
        Ok(user.filter(AuthUser::is_active))
    }

    /// Whether it stands in nobody's way.
    fn is_replaceable(&self, user: &S::User) -> bool {
        let was_verified = user.__email_verification().verified_email().is_some();
        self.settings.requires_verified_email && user.is_active() && !was_verified
    }
}
