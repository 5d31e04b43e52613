//! Signing and verifying the sessions of an account.

use super::AuthUser;
use crate::session::{SessionAuthHash, SessionKey, SessionState};
use crate::user_id::UserId;

impl SessionKey {
    /// Returns whether the current key or a retired one has signed the hash for this account as it is
    /// now. `false` for an account that is not stored, and for one that was changed as
    /// [`session_auth_hash`](AuthUser::session_auth_hash) lists.
    ///
    /// A deactivated account has hashes too: check [`is_active`](AuthUser::is_active) as well.
    ///
    /// Takes the same time for each hash: all keys are tried, and compared in constant time.
    #[must_use]
    pub fn verify(&self, user: &impl AuthUser, hash: &SessionAuthHash) -> bool {
        let id = user.id();
        id.is_some_and(|id| self.verify_state(&state(user, &id), hash))
    }

    /// Signs the account as it is now with the current key. `None` if it is not stored.
    pub(super) fn sign(&self, user: &impl AuthUser) -> Option<SessionAuthHash> {
        let id = user.id()?;
        Some(self.sign_state(&state(user, &id)))
    }
}

fn state<'a>(user: &'a impl AuthUser, id: &'a UserId) -> SessionState<'a> {
    SessionState {
        model: user.model_name(),
        id,
        is_active: user.is_active(),
        epoch: user.__fields().password.epoch(),
    }
}
