//! Accounts of sessions that an application stores itself.

use super::{Accounts, AccountsError};
use crate::auth_user::AuthUser;
use crate::session::SessionAuthHash;
#[cfg(doc)]
use crate::session::SessionKey;
use crate::store::AccountStore;
use crate::user_id::UserId;

impl<S: AccountStore> Accounts<S> {
    /// Returns the hash to store in a session together with the account's id, computed with the current key of
    /// [`new`](Self::new). `None` if the account has no id.
    ///
    /// This is for applications with their own store of sessions. The recommended way is a session in the store of the
    /// accounts: [`sign_in`](Self::sign_in).
    ///
    /// [`user_of_session`](Self::user_of_session) verifies the hash on each request of the session.
    #[must_use]
    pub fn session_auth_hash(&self, user: &S::User) -> Option<SessionAuthHash> {
        user.session_auth_hash(&self.settings.key)
    }

    /// Returns the account of a session in its current state. `None` if the session has ended: the account is deleted
    /// or deactivated; since the session began, its password was set, its address was changed, it was deactivated, or
    /// its [stored sessions were revoked](Self::end_sessions); or the session's [key](SessionKey) was removed. Hashes
    /// are [verified](SessionKey::verify) in constant time.
    ///
    /// ```
    /// use lback_auth::{
    ///     Accounts, AuthUser, Authentication, Hasher, MemoryStore, SessionAuthHash, SessionKey,
    ///     UnverifiedSignIn, User,
    /// };
    /// use lback_signals::Scope;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let secret = [7; 32];
    /// # let scope = Scope::new().provide(Hasher::insecure_for_tests());
    /// # scope.run_async(async {
    /// let key = SessionKey::new(&secret)?; // 32 random bytes, kept secret by the application
    /// let accounts = Accounts::builder(MemoryStore::new(), key)
    ///     .unverified_sign_in(UnverifiedSignIn::Allowed)
    ///     .build()?;
    /// let ada = User::new("ada", "ada@example.org")?;
    /// accounts.register(ada, "correct horse battery staple").await?;
    ///
    /// let signed_in = accounts.authenticate("ada", "correct horse battery staple").await?;
    /// let Authentication::Granted(ada) = signed_in else {
    ///     return Err("ada is not signed in".into());
    /// };
    /// let (id, hash) = (ada.id().unwrap(), accounts.session_auth_hash(&ada).unwrap());
    /// let kept = *hash.as_bytes(); // 32 bytes, in the session
    ///
    /// let hash = SessionAuthHash::from_bytes(kept);
    /// assert!(accounts.user_of_session(&id, &hash).await?.is_some());
    ///
    /// accounts.deactivate(&id).await?;
    /// assert!(accounts.user_of_session(&id, &hash).await?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`Store`](AccountsError::Store).
    pub async fn user_of_session(
        &self,
        id: &UserId,
        hash: &SessionAuthHash,
    ) -> Result<Option<S::User>, AccountsError> {
        let user = self.store.find(id).await?;
        Ok(user.filter(|user| user.is_active() && self.settings.key.verify(user, hash)))
    }
}
