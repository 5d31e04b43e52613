//! Verifying an address.

use lback_signals::Signal;

use super::{Accounts, AccountsError, AccountsTransaction, outside};
use crate::{AccountStore, TokenKey, TokenPurpose, UserEmailVerified, VerifiedBy};

impl<S: AccountStore> Accounts<S> {
    /// Verifies the address that a token was mailed to, which is used up then.
    ///
    /// Have it done by a POST; for the page before that there is [`peek`](Self::peek).
    ///
    /// # Errors
    ///
    /// [`InvalidToken`](AccountsError::InvalidToken), [`Store`](AccountsError::Store) or
    /// [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// [`UserEmailVerified`] inside the transaction.
    pub async fn verify_email(&self, token: &str) -> Result<(), AccountsError> {
        outside(async {
            let mut transaction = self.begin().await?;
            let verified = self.verify_email_in(&mut transaction, token).await;
            transaction.end(verified).await.map(drop)
        })
        .await
    }

    /// [`verify_email`](Self::verify_email) as a part of a transaction.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`](AccountsError::InvalidToken) or [`Store`](AccountsError::Store). Roll back
    /// then.
    pub async fn verify_email_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        token: &str,
    ) -> Result<S::User, AccountsError> {
        let key = TokenKey::of(TokenPurpose::EmailVerification, token)
            .ok_or(AccountsError::InvalidToken)?;
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let Some(owner) = store.consume_token(rows, &key, self.now()).await? else {
            transaction.end_flow();
            return Err(AccountsError::InvalidToken);
        };
        let verified = store.mark_verified(rows, &owner.id, &owner.email).await?;
        let user = verified.ok_or(AccountsError::InvalidToken)?;
        transaction.inside(|| UserEmailVerified::new(&user, VerifiedBy::Token).send());
        transaction.end_flow();
        Ok(user)
    }
}
