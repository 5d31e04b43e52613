//! Password reset by a token.

use std::fmt;

use lback_signals::Signal;

use super::throttle::Waits;
use super::{Accounts, AccountsError, AccountsTransaction, PasswordChange, without_transaction};
use crate::auth_user::AuthUser;
use crate::email_verification::VerifiedBy;
use crate::hasher::Hasher;
use crate::normal_form::NormalForm;
use crate::operations::passwords;
use crate::password::Password;
use crate::signals::UserEmailVerified;
use crate::store::{AccountStore, Expected, TokenKey};
use crate::token::TokenPurpose;

/// A reset whose token and password are checked, prepared by [`Accounts::prepare_password_reset`].
#[must_use = "nothing is done until it is passed to `reset_password_in`"]
pub struct CheckedReset {
    token: TokenKey,
    was_verified: bool,
    password: Password,
    /// The logins of the account.
    logins: Vec<NormalForm>,
}

impl fmt::Debug for CheckedReset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedReset").finish_non_exhaustive()
    }
}

impl<S: AccountStore> Accounts<S> {
    /// Sets a new password, authorized by a token that was mailed to the account's address. Consumes the token,
    /// verifies the address, ends all sessions and other tokens of the account, and clears its attempts.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidToken`](AccountsError::InvalidToken); [`Rejected`](AccountsError::Rejected), which does not
    /// consume the token; [`Password`](AccountsError::Password), [`Store`](AccountsError::Store),
    /// [`NotEnqueued`](AccountsError::NotEnqueued) or [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// Sends [`UserPasswordSet`](crate::UserPasswordSet), and [`UserEmailVerified`] if the address was not verified,
    /// inside the transaction; after the commit [`UserSessionEnded`](crate::UserSessionEnded) for each session, and
    /// [`UserPasswordChanged`](crate::UserPasswordChanged).
    pub async fn reset_password(&self, token: &str, password: &str) -> Result<(), AccountsError> {
        without_transaction(async {
            let checked = self.prepare_password_reset(token, password).await?;
            let mut transaction = self.begin().await?;
            let reset = self.reset_password_in(&mut transaction, checked).await;
            transaction.finish(reset).await.map(drop)
        })
        .await
    }

    /// Checks the token and the policy of passwords, and hashes the new password.
    ///
    /// # Errors
    ///
    /// As for [`reset_password`](Self::reset_password).
    pub async fn prepare_password_reset(
        &self,
        token: &str,
        password: &str,
    ) -> Result<CheckedReset, AccountsError> {
        without_transaction(async {
            let key = TokenKey::of(TokenPurpose::PasswordReset, token)
                .ok_or(AccountsError::InvalidToken)?;
            let user = self.owner_of(TokenPurpose::PasswordReset, token).await?;
            self.settings.policy.check(password, &user).await?;
            let logins = self.logins_of(&user).await?;
            match Hasher::current().hash_async(password).await {
                Ok(password) => Ok(CheckedReset {
                    token: key,
                    was_verified: user.is_email_verified(),
                    password,
                    logins,
                }),
                Err(error) => {
                    let transaction = self.begin().await?;
                    let error = transaction.dispatch(|| passwords::report_not_set(&user, error));
                    transaction.commit().await?;
                    Err(error.into())
                }
            }
        })
        .await
    }

    /// Runs [`reset_password`](Self::reset_password) in a transaction.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidToken`](AccountsError::InvalidToken), if it was used or has expired meanwhile;
    /// [`Store`](AccountsError::Store). Roll back the transaction then.
    pub async fn reset_password_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        checked: CheckedReset,
    ) -> Result<S::User, AccountsError> {
        let CheckedReset {
            token,
            was_verified,
            password,
            logins,
        } = checked;
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let Some(owner) = store.consume_token(rows, &token, self.now()).await? else {
            transaction.end_flow();
            return Err(AccountsError::InvalidToken);
        };
        let verified = store.mark_verified(rows, &owner.id, &owner.email).await?;
        if verified.is_none() {
            return Err(AccountsError::InvalidToken);
        }
        // The token authorizes the reset, whatever the current password is.
        let (expected, how) = (Expected::Any, PasswordChange::Reset);
        let waits = Waits {
            logins,
            client: None,
        };
        let put = self.replace_password(transaction, &owner.id, expected, password, waits, how);
        let user = match put.await {
            Err(AccountsError::Conflict) => return Err(AccountsError::InvalidToken),
            put => put?.0,
        };
        if !was_verified {
            transaction.dispatch(|| UserEmailVerified::new(&user, VerifiedBy::Token).send());
        }
        transaction.end_flow();
        Ok(user)
    }
}
