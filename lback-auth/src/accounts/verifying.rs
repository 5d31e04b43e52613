//! Verification of an address.

use lback_signals::Signal;

use super::{Accounts, AccountsError, AccountsTransaction, SessionEndReason, without_transaction};
use crate::email_verification::VerifiedBy;
use crate::signals::UserEmailVerified;
use crate::store::{AccountStore, EndSessions, TokenKey};
use crate::token::TokenPurpose;

impl<S: AccountStore> Accounts<S> {
    /// Verifies the address to which a token was mailed, and consumes the token. Ends all sessions of the account: with
    /// [`UnverifiedSignIn::Allowed`](crate::UnverifiedSignIn::Allowed), a stranger may have registered with the address
    /// and signed in before its owner follows the link.
    ///
    /// Call it on POST. On GET, for the page that shows the form, call [`peek`](Self::peek).
    ///
    /// # Errors
    ///
    /// Returns [`InvalidToken`](AccountsError::InvalidToken), [`Store`](AccountsError::Store),
    /// [`NotEnqueued`](AccountsError::NotEnqueued) or [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// Sends [`UserEmailVerified`] inside the transaction, and [`UserSessionEnded`](crate::UserSessionEnded) for each
    /// session after the commit.
    pub async fn verify_email(&self, token: &str) -> Result<(), AccountsError> {
        without_transaction(async {
            let mut transaction = self.begin().await?;
            let verified = self.verify_email_in(&mut transaction, token).await;
            transaction.finish(verified).await.map(drop)
        })
        .await
    }

    /// Runs [`verify_email`](Self::verify_email) in a transaction.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidToken`](AccountsError::InvalidToken) or [`Store`](AccountsError::Store). Roll back the
    /// transaction then.
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
        let reason = SessionEndReason::EmailConfirmed;
        self.end_in(transaction, &owner.id, EndSessions::All, reason)
            .await?;
        transaction.dispatch(|| UserEmailVerified::new(&user, VerifiedBy::Token).send());
        transaction.end_flow();
        Ok(user)
    }
}
