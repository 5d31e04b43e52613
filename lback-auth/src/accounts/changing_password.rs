//! Change of a password, authorized by the current one.

use std::fmt;

use lback_signals::Signal;

use super::event::FlowEvent;
use super::throttle::Waits;
use super::{
    Accounts, AccountsError, AccountsTransaction, MAX_TRIES, PasswordChange, SessionEndReason,
    UserPasswordChanged, without_transaction,
};
use crate::auth_user::AuthUser;
use crate::hasher::Hasher;
use crate::hasher::Outcome;
use crate::normal_form::NormalForm;
use crate::operations::passwords;
use crate::password::{Password, PasswordError};
use crate::session::IssuedSession;
use crate::store::{AccountStore, Attempt, EndSessions, Expected};
use crate::user_id::UserId;

/// A change whose passwords are checked, prepared by [`Accounts::prepare_password_change`].
#[must_use = "nothing is done until it is passed to `change_password_in`"]
pub struct CheckedChange<U> {
    attempt: Attempt,
    user: U,
    /// The check of the current password.
    outcome: Result<Outcome, PasswordError>,
    /// The hash of the new password, if the current one is right.
    new: Option<Result<Password, PasswordError>>,
    /// The logins of the account.
    logins: Vec<NormalForm>,
}

impl<U> fmt::Debug for CheckedChange<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedChange").finish_non_exhaustive()
    }
}

impl<S: AccountStore> Accounts<S> {
    /// Changes the password of a signed-in account, authorized by the current password. Ends all sessions and tokens of
    /// the account, except the [session of the context](crate::RequestContext::with_session). That session gets a new
    /// token, which is returned for its cookie.
    ///
    /// Attempts are rate-limited like those to sign in, so that an open session cannot be used to guess the password.
    ///
    /// # Errors
    ///
    /// Returns [`NoSuchAccount`](AccountsError::NoSuchAccount), [`Rejected`](AccountsError::Rejected),
    /// [`Throttled`](AccountsError::Throttled), [`WrongPassword`](AccountsError::WrongPassword),
    /// [`Password`](AccountsError::Password), [`Conflict`](AccountsError::Conflict),
    /// [`Entropy`](AccountsError::Entropy), [`Store`](AccountsError::Store),
    /// [`NotEnqueued`](AccountsError::NotEnqueued) or [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// Sends [`UserPasswordChecked`](crate::UserPasswordChecked) and [`UserPasswordSet`](crate::UserPasswordSet)
    /// inside the transaction; after the commit [`UserSessionEnded`](crate::UserSessionEnded) for each ended session, and
    /// [`UserPasswordChanged`](crate::UserPasswordChanged).
    pub async fn change_password(
        &self,
        id: &UserId,
        current: &str,
        new: &str,
    ) -> Result<Option<IssuedSession>, AccountsError> {
        without_transaction(async {
            let mut checked = self.prepare_password_change(id, current, new).await?;
            let mut tries = 1;
            loop {
                let attempt = checked.attempt;
                let mut transaction = self.begin().await?;
                let changed = self.change_password_in(&mut transaction, checked).await;
                match changed {
                    Err(AccountsError::Conflict) if tries < MAX_TRIES => {
                        transaction.rollback().await?;
                        checked = self.check_change(attempt, id, current, new).await?;
                        tries += 1;
                    }
                    // The commit stores the audit entries, and returns the attempt if it does not count.
                    Err(error @ (AccountsError::WrongPassword | AccountsError::Password(_))) => {
                        transaction.commit().await?;
                        return Err(error);
                    }
                    changed => {
                        return transaction
                            .finish(changed)
                            .await
                            .map(|(_, session)| session);
                    }
                }
            }
        })
        .await
    }

    /// Counts an attempt, checks the new password against the policy, checks the current password, and hashes the
    /// new one.
    ///
    /// # Errors
    ///
    /// As for [`change_password`](Self::change_password), except for the result of the check and the hash, which
    /// [`change_password_in`](Self::change_password_in) returns.
    pub async fn prepare_password_change(
        &self,
        id: &UserId,
        current: &str,
        new: &str,
    ) -> Result<CheckedChange<S::User>, AccountsError> {
        without_transaction(async {
            let user = self.find_active(id).await?;
            let attempt = self.change_attempt(id);
            self.reserve(&attempt).await?;
            // The policy may run expensive checks of the application, so the attempt is counted first.
            if let Err(rejected) = self.settings.policy.check(new, &user).await {
                let mut transaction = self.begin().await?;
                transaction.return_subject(&attempt).await?;
                transaction.commit().await?;
                return Err(rejected.into());
            }
            self.check_change(attempt, id, current, new).await
        })
        .await
    }

    /// Runs [`change_password`](Self::change_password) in a transaction.
    ///
    /// # Errors
    ///
    /// Returns [`WrongPassword`](AccountsError::WrongPassword) or [`Password`](AccountsError::Password): commit the
    /// transaction then, which stores the audit entries. Returns [`Conflict`](AccountsError::Conflict),
    /// [`Entropy`](AccountsError::Entropy) or [`Store`](AccountsError::Store): roll back the transaction then.
    pub async fn change_password_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        checked: CheckedChange<S::User>,
    ) -> Result<(S::User, Option<IssuedSession>), AccountsError> {
        let CheckedChange {
            attempt,
            mut user,
            outcome,
            new,
            logins,
        } = checked;
        let checked = transaction.dispatch(|| passwords::record_check(&mut user, outcome));
        let new = match (checked, new) {
            (Ok(_), None) => {
                let signal = UserPasswordChanged::info().name();
                transaction.audit_outcome(signal, "wrong_password", user.id());
                return Err(AccountsError::WrongPassword);
            }
            (Ok(_), Some(Ok(new))) => new,
            (Ok(_), Some(Err(error))) => {
                let error = transaction.dispatch(|| passwords::report_not_set(&user, error));
                transaction.return_attempt(&attempt).await?;
                return Err(error.into());
            }
            (Err(error), _) => {
                transaction.return_attempt(&attempt).await?;
                return Err(error.into());
            }
        };
        let id = user.id().ok_or(AccountsError::NoSuchAccount)?;
        let expected = Expected::Stored(user.__fields().password);
        let waits = Waits {
            logins,
            client: attempt.client.map(|(key, _)| key),
        };
        self.replace_password(
            transaction,
            &id,
            expected,
            new,
            waits,
            PasswordChange::Change,
        )
        .await
    }

    /// Stores a new password, and ends the account's tokens, waits and sessions. Returns the session of the caller.
    pub(super) async fn replace_password(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
        expected: Expected<'_>,
        password: Password,
        waits: Waits,
        how: PasswordChange,
    ) -> Result<(S::User, Option<IssuedSession>), AccountsError> {
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let set = store.set_password(rows, id, expected, &password).await?;
        let mut user = set
            .filter(AuthUser::is_active)
            .ok_or(AccountsError::Conflict)?;
        store.delete_tokens(rows, id).await?;
        let keys = self.cleared_keys(&user, id, &waits.logins);
        transaction.clear_attempts(&keys, waits.client).await?;
        let session = match how {
            PasswordChange::Change => self.end_others_in(transaction, id).await?,
            PasswordChange::Reset => {
                let reason = SessionEndReason::PasswordReset;
                self.end_in(transaction, id, EndSessions::All, reason)
                    .await?;
                None
            }
        };
        transaction.dispatch(|| passwords::replace(&mut user, password));
        transaction.send_after_commit(FlowEvent::PasswordChanged(user.clone(), how));
        transaction.end_flow();
        Ok((user, session))
    }

    async fn check_change(
        &self,
        attempt: Attempt,
        id: &UserId,
        current: &str,
        new: &str,
    ) -> Result<CheckedChange<S::User>, AccountsError> {
        let user = self.find_active(id).await?;
        let hasher = Hasher::current();
        let stored = user.__fields().password.stored();
        let outcome = hasher.examine_async(current, stored).await;
        let new = match outcome {
            Ok(Outcome::Invalid) | Err(_) => None,
            Ok(_) => Some(hasher.hash_async(new).await),
        };
        Ok(CheckedChange {
            attempt,
            logins: self.logins_of(&user).await?,
            user,
            outcome,
            new,
        })
    }

    async fn find_active(&self, id: &UserId) -> Result<S::User, AccountsError> {
        let found = self.store.find(id).await?;
        found
            .filter(AuthUser::is_active)
            .ok_or(AccountsError::NoSuchAccount)
    }
}
