//! Processing of filed requests, after the caller has its answer.

use lback_signals::{Scope, Signal};

use super::event::FlowEvent;
use super::{Accounts, AccountsError, AccountsTransaction, MAX_TRIES, without_transaction};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::signals::UserEmailVerificationTokenGenerated;
use crate::store::{AccountStore, AddressRequest, RequestNumber, UnverifiedHolders};
use crate::token::{PendingToken, TokenPurpose};
use crate::user_id::UserId;

impl<S: AccountStore> Accounts<S> {
    /// Processes the filed requests one after the other, and returns their number.
    ///
    /// With [`RequestAnswering::Spawned`](crate::RequestAnswering::Spawned), the default, each filed request spawns a
    /// task on the tokio runtime that calls this, in the scope in which these `Accounts` were built and outside any
    /// transaction. Call it yourself
    ///
    /// - when the program starts and at intervals, for requests that an ended process left behind;
    /// - before the program ends, to wait for running tasks;
    /// - after each request that no task answers, but only once the client has its answer: processing takes longer
    ///   for an existing account.
    ///
    /// Each request is processed in a scope with the [`RequestContext`](crate::RequestContext) in which it was
    /// filed.
    ///
    /// # Errors
    ///
    /// Returns the first [`Store`](AccountsError::Store), [`CommitUnknown`](AccountsError::CommitUnknown) or
    /// [`Entropy`](AccountsError::Entropy) after all requests are processed. Failed requests are kept, unless the
    /// commit is unknown. Requests older than the lifetime of their token are dropped.
    pub async fn answer_requests(&self) -> Result<u64, AccountsError> {
        without_transaction(async {
            let _answering = self.answering.lock().await;
            let (mut last, mut answered, mut failed) = (None, 0, None);
            while let Some((number, request)) = self.store.next_request(last).await? {
                let scope = Scope::new().provide(request.context.clone());
                match scope.run_async(self.answer(number, &request)).await {
                    Ok(()) => answered += 1,
                    // A failed request must not block those after it.
                    Err(error) => failed = failed.or(Some(error)),
                }
                last = Some(number);
            }
            failed.map_or(Ok(answered), Err)
        })
        .await
    }

    /// Spawns a task that processes the filed requests, if there is a tokio runtime.
    pub(super) fn spawn_answering(&self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let accounts = self.clone();
        let answering = async move {
            let answered = accounts.answer_requests().await;
            if let Err(error) = answered {
                lback_signals::__private::write_unless_traced(|| {
                    format!(
                        "requests about addresses failed: {error}; call `Accounts::answer_requests` to retry"
                    )
                });
                #[cfg(feature = "tracing")]
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "requests about addresses failed; call `Accounts::answer_requests` to retry"
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
        for _ in 0..MAX_TRIES {
            if self.try_answer(number, request).await? {
                return Ok(());
            }
        }
        Err(AccountsError::Conflict)
    }

    /// Returns `false` if the account has changed meanwhile, so that the request must be tried again.
    async fn try_answer(
        &self,
        number: RequestNumber,
        request: &AddressRequest,
    ) -> Result<bool, AccountsError> {
        let AddressRequest { purpose, email, .. } = request;
        let (purpose, user) = (*purpose, self.recipient(request).await?);
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
            // Another process has taken it.
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
                TokenPurpose::EmailVerification => transaction.dispatch(|| {
                    UserEmailVerificationTokenGenerated::new(&user, &token).send();
                }),
                TokenPurpose::PasswordReset => {
                    transaction.send_after_commit(FlowEvent::PasswordResetRequested(user, token));
                }
                TokenPurpose::EmailChange => {
                    transaction.send_after_commit(FlowEvent::EmailChangeRequested(user, to, token));
                }
            }
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Returns the account for which the token is issued, if any.
    async fn recipient(&self, request: &AddressRequest) -> Result<Option<S::User>, AccountsError> {
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

    /// Returns whether another account may replace this one.
    fn is_replaceable(&self, user: &S::User) -> bool {
        UnverifiedHolders::replace_if(self.settings.requires_verified_email()).may_replace(user)
    }
}

/// Stores a token, if the account's password and session epoch have not changed and it is active.
///
/// The compare-and-set locks the account until the transaction ends, so that a flow which ends the account's
/// tokens runs entirely before this or sees the new token.
async fn put_token<S: AccountStore>(
    transaction: &mut AccountsTransaction<S>,
    id: &UserId,
    user: &S::User,
    purpose: TokenPurpose,
    pending: &PendingToken,
) -> Result<bool, AccountsError> {
    let (store, rows) = transaction.store();
    let password = user.__fields().password;
    let locked = store.lock_if_unchanged(rows, id, password).await?;
    if !locked.is_some_and(|user| user.is_active()) {
        return Ok(false);
    }
    Ok(store.put_token(rows, id, purpose, pending).await?)
}
