//! Changing a password by the one before.

use std::fmt;

use lback_signals::Signal;

use super::throttle::Waits;
use super::told::Told;
use super::{
    Accounts, AccountsError, AccountsTransaction, PasswordChange, ROUNDS, UserPasswordChanged,
    outside,
};
use crate::auth_user::passwords;
use crate::hasher::Outcome;
use crate::{
    AccountStore, Attempt, AuthUser, Expected, Hasher, NormalForm, Password, PasswordError, UserId,
};

/// A change whose passwords have been looked at: what [`Accounts::prepare_password_change`] makes.
#[must_use = "nothing is done until it is passed to `change_password_in`"]
pub struct CheckedChange<U> {
    attempt: Attempt,
    user: U,
    /// Of the present one.
    outcome: Result<Outcome, PasswordError>,
    /// The new one's hash, if the present one is right.
    new: Option<Result<Password, PasswordError>>,
    /// Those that mean the account.
    logins: Vec<NormalForm>,
}

impl<U> fmt::Debug for CheckedChange<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedChange").finish_non_exhaustive()
    }
}

impl<S: AccountStore> Accounts<S> {
    /// Gives an account that somebody is signed in to another password, if they know the present one.
    /// All sessions and open tokens of the account end, so begin a session anew.
    ///
    /// Attempts are counted as those to sign in are, so that who finds a session open cannot try
    /// passwords.
    ///
    /// # Errors
    ///
    /// [`NoSuchAccount`](AccountsError::NoSuchAccount), also if it is out of use;
    /// [`Rejected`](AccountsError::Rejected), [`Throttled`](AccountsError::Throttled),
    /// [`WrongPassword`](AccountsError::WrongPassword), [`Password`](AccountsError::Password),
    /// [`Conflict`](AccountsError::Conflict), [`Store`](AccountsError::Store) or
    /// [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// [`UserPasswordSet`](crate::UserPasswordSet) inside the transaction;
    /// [`UserPasswordChanged`](crate::UserPasswordChanged). For a wrong one
    /// [`UserPasswordChecked`](crate::UserPasswordChecked).
    pub async fn change_password(
        &self,
        id: &UserId,
        current: &str,
        new: &str,
    ) -> Result<(), AccountsError> {
        outside(async {
            let mut checked = self.prepare_password_change(id, current, new).await?;
            let mut round = 1;
            loop {
                let attempt = checked.attempt;
                let mut transaction = self.begin().await?;
                let changed = self.change_password_in(&mut transaction, checked).await;
                match changed {
                    Err(AccountsError::Conflict) if round < ROUNDS => {
                        transaction.rollback().await?;
                        checked = self.check_change(attempt, id, current, new).await?;
                        round += 1;
                    }
                    // A refused attempt counts, or does not, and is noted.
                    Err(error @ (AccountsError::WrongPassword | AccountsError::Password(_))) => {
                        transaction.commit().await?;
                        return Err(error);
                    }
                    changed => return transaction.end(changed).await.map(drop),
                }
            }
        })
        .await
    }

    /// Counts an attempt, looks whether the new password is allowed, checks the present password and
    /// hashes the new one.
    ///
    /// # Errors
    ///
    /// As for [`change_password`](Self::change_password), but for what the passwords come to, which
    /// [`change_password_in`](Self::change_password_in) tells.
    pub async fn prepare_password_change(
        &self,
        id: &UserId,
        current: &str,
        new: &str,
    ) -> Result<CheckedChange<S::User>, AccountsError> {
        outside(async {
            let user = self.active(id).await?;
            let attempt = self.change_attempt(id);
            self.reserve(&attempt).await?;
            // What an application looks at costs as much as it likes, so it is counted before.
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

    /// [`change_password`](Self::change_password) as a part of a transaction.
    ///
    /// # Errors
    ///
    /// [`WrongPassword`](AccountsError::WrongPassword) and [`Password`](AccountsError::Password),
    /// after which the transaction is to be committed, so that it is noted;
    /// [`Conflict`](AccountsError::Conflict) and [`Store`](AccountsError::Store), after which it is
    /// to be rolled back.
    pub async fn change_password_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        checked: CheckedChange<S::User>,
    ) -> Result<S::User, AccountsError> {
        let CheckedChange {
            attempt,
            mut user,
            outcome,
            new,
            logins,
        } = checked;
        let checked = transaction.inside(|| passwords::record_check(&mut user, outcome));
        let new = match (checked, new) {
            (Ok(_), None) => {
                let signal = UserPasswordChanged::info().name();
                transaction.note(signal, "wrong_password", user.id());
                return Err(AccountsError::WrongPassword);
            }
            (Ok(_), Some(Ok(new))) => new,
            (Ok(_), Some(Err(error))) => {
                let error = transaction.inside(|| passwords::report_not_set(&user, error));
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
        self.put_password(
            transaction,
            &id,
            expected,
            new,
            waits,
            PasswordChange::Change,
        )
        .await
    }

    /// Puts a new password in place, and ends all that the one before was good for.
    pub(super) async fn put_password(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
        expected: Expected<'_>,
        password: Password,
        waits: Waits,
        how: PasswordChange,
    ) -> Result<S::User, AccountsError> {
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let set = store.set_password(rows, id, expected, &password).await?;
        let mut user = set
            .filter(AuthUser::is_active)
            .ok_or(AccountsError::Conflict)?;
        store.end_tokens(rows, id).await?;
        let keys = self.keys_of(&user, id, &waits.logins);
        transaction.settle_attempts(&keys, waits.client).await?;
        transaction.inside(|| passwords::replace(&mut user, password));
        transaction.tell(Told::PasswordChanged(user.clone(), how));
        transaction.end_flow();
        Ok(user)
    }

    async fn check_change(
        &self,
        attempt: Attempt,
        id: &UserId,
        current: &str,
        new: &str,
    ) -> Result<CheckedChange<S::User>, AccountsError> {
        let user = self.active(id).await?;
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

    async fn active(&self, id: &UserId) -> Result<S::User, AccountsError> {
        let found = self.store.find(id).await?;
        found
            .filter(AuthUser::is_active)
            .ok_or(AccountsError::NoSuchAccount)
    }
}
