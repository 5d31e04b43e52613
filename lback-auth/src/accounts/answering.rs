//! Looking at requests, when the answer to whoever made them is out.

use lback_signals::{Scope, Signal};

use super::told::Told;
use super::{Accounts, AccountsError, AccountsTransaction, ROUNDS, outside};
use crate::{
    AccountStore, AddressRequest, AuthUser, Expected, NormalForm, PendingToken, RequestNumber,
    TokenPurpose, UserEmailVerificationTokenGenerated, UserId,
};

impl<S: AccountStore> Accounts<S> {
    /// Looks at the requests that have been filed, one after the other, and says how many there were.
    ///
    /// With [`RequestAnswering::Spawned`](crate::RequestAnswering::Spawned), the default, a task on the
    /// tokio runtime does this after each request. It runs in the scope in which these `Accounts` were
    /// built and in no transaction. Call this method
    ///
    /// - at the start of the program and at intervals, for the requests of a process that has ended;
    /// - before the end of the program, to wait for requests in progress;
    /// - after each request that no task answers, and after the client has its response: an existing
    ///   account takes longer.
    ///
    /// A request is answered in a scope with the [`RequestContext`](crate::RequestContext) in which it was
    /// made.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store), [`CommitUnknown`](AccountsError::CommitUnknown) or
    /// [`Entropy`](AccountsError::Entropy): the first, when all have been looked at. Requests that
    /// failed stay, unless the commit is unknown. One that is older than its token would have lived
    /// is dropped.
    pub async fn answer_requests(&self) -> Result<u64, AccountsError> {
        outside(async {
            let _answering = self.answering.lock().await;
            let (mut last, mut answered, mut failed) = (None, 0, None);
            while let Some((number, request)) = self.store.next_request(last).await? {
                let scope = Scope::new().provide(request.context.clone());
                match scope.run_async(self.answer(number, &request)).await {
                    Ok(()) => answered += 1,
                    // One must not hold up those after it.
                    Err(error) => failed = failed.or(Some(error)),
                }
                last = Some(number);
            }
            failed.map_or(Ok(answered), Err)
        })
        .await
    }

    /// Looks at what has been filed, in a task of its own.
    pub(super) fn answer_soon(&self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let accounts = self.clone();
        let answering = async move {
            let answered = accounts.answer_requests().await;
            if let Err(error) = answered {
                lback_signals::__private::write_unless_traced(|| {
                    format!("requests about addresses could not be looked at yet: {error}")
                });
                #[cfg(feature = "tracing")]
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "requests about addresses could not be looked at yet"
                );
            }
        };
        runtime.spawn(self.scope.wrap(answering));
    }

    async fn answer(
        &self,
        number: RequestNumber,
        request: &AddressRequest,
    ) -> Result<(), AccountsError> {
        for _ in 0..ROUNDS {
            if self.try_to_answer(number, request).await? {
                return Ok(());
            }
        }
        Err(AccountsError::Conflict)
    }

    /// `false` if the account was changed meanwhile, so that it has to be looked at again.
    async fn try_to_answer(
        &self,
        number: RequestNumber,
        request: &AddressRequest,
    ) -> Result<bool, AccountsError> {
        let AddressRequest { purpose, email, .. } = request;
        let (purpose, user) = (*purpose, self.addressee(request).await?);
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
            transaction.rollback().await?;
            return Ok(true);
        }
        if let Some((user, to, token, pending)) = issued
            && let Some(id) = user.id()
        {
            if !put_token(&mut transaction, &id, &user, purpose, &pending).await? {
                transaction.rollback().await?;
                return Ok(false);
            }
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
        transaction.commit().await?;
        Ok(true)
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
                user.filter(|user| Some(user.__fields().password.epoch()) == request.epoch)
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
        let verification = user.__fields().email_verification;
        let was_verified = verification.verified_email().is_some();
        self.settings.requires_verified_email() && user.is_active() && !was_verified
    }
}

/// Keeps a token, if the account's password, sessions and activity are still what they were. They
/// stay so until the transaction ends: whatever ends the account's tokens comes before this or sees
/// it.
async fn put_token<S: AccountStore>(
    transaction: &mut AccountsTransaction<S>,
    id: &UserId,
    user: &S::User,
    purpose: TokenPurpose,
    pending: &PendingToken,
) -> Result<bool, AccountsError> {
    let (store, rows) = transaction.store();
    let password = user.__fields().password;
    let kept = store.set_password(rows, id, Expected::Stored(password), password);
    if !kept.await?.is_some_and(|user| user.is_active()) {
        return Ok(false);
    }
    Ok(store.put_token(rows, id, purpose, pending).await?)
}
