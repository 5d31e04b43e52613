//! Confirmation of the password in a session.

use super::starting_sessions::rotate;
use super::{Accounts, AccountsError, without_transaction};
use crate::auth_user::AuthUser;
use crate::hasher::Hasher;
use crate::operations::passwords;
use crate::session::IssuedSession;
use crate::store::AccountStore;

impl<S: AccountStore> Accounts<S> {
    /// Checks the password of a session's account, and gives the session a new token. The session is then
    /// [recently authenticated](Self::is_recently_authenticated).
    ///
    /// Attempts are rate-limited like those to change the password, so that an open session cannot be used to guess it.
    ///
    /// # Errors
    ///
    /// Returns [`NoSession`](AccountsError::NoSession), [`Throttled`](AccountsError::Throttled),
    /// [`WrongPassword`](AccountsError::WrongPassword), [`Password`](AccountsError::Password),
    /// [`Conflict`](AccountsError::Conflict), [`Entropy`](AccountsError::Entropy), [`Store`](AccountsError::Store),
    /// [`NotEnqueued`](AccountsError::NotEnqueued) or [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// Sends [`UserPasswordChecked`](crate::UserPasswordChecked) inside the transaction.
    pub async fn confirm_password(
        &self,
        token: &str,
        password: &str,
    ) -> Result<IssuedSession, AccountsError> {
        without_transaction(async {
            let (digest, session, mut user) = self.session_of(token).await?;
            let id = session.user;
            let attempt = self.change_attempt(&id);
            self.reserve(&attempt).await?;
            let stored = user.__fields().password.stored();
            let outcome = Hasher::current().examine_async(password, stored).await;
            let checked = user.__fields().password.clone();

            let mut transaction = self.begin().await?;
            let recorded = transaction.dispatch(|| passwords::record_check(&mut user, outcome));
            let is_right = match recorded {
                Ok(is_right) => is_right,
                Err(error) => {
                    transaction.return_attempt(&attempt).await?;
                    transaction.commit().await?;
                    return Err(error.into());
                }
            };
            if !is_right {
                // The commit stores the audit entry.
                transaction.commit().await?;
                return Err(AccountsError::WrongPassword);
            }
            let (store, rows) = transaction.store();
            let locked = store.lock_if_unchanged(rows, &id, &checked).await?;
            if !locked.is_some_and(|user| user.is_active()) {
                return transaction.finish(Err(AccountsError::Conflict)).await;
            }
            let client = attempt.client.map(|(key, _)| key);
            transaction
                .clear_attempts(&[attempt.subject.0], client)
                .await?;
            let rotated = rotate(self, &mut transaction, &id, &digest, true).await;
            let rotated = rotated.and_then(|rotated| rotated.ok_or(AccountsError::NoSession));
            transaction.finish(rotated).await
        })
        .await
    }
}
