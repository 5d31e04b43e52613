//! Ending sessions.

use super::event::FlowEvent;
use super::starting_sessions::rotate;
use super::{Accounts, AccountsError, AccountsTransaction, SessionEndReason, without_transaction};
use crate::auth_user::AuthUser;
use crate::session::{IssuedSession, SessionDigest, SessionId};
use crate::store::{AccountStore, EndSessions};
use crate::user_id::UserId;

impl<S: AccountStore> Accounts<S> {
    /// Ends the session of a token. Does nothing if it has already ended. Delete the cookie, too.
    ///
    /// The store keeps the session without its digest for [some time](crate::Session::KEPT_AFTER_EXPIRY), to recognize
    /// its client.
    ///
    /// # Errors
    ///
    /// Returns [`Store`](AccountsError::Store), [`NotEnqueued`](AccountsError::NotEnqueued) or
    /// [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// Sends [`UserSessionEnded`](crate::UserSessionEnded).
    pub async fn sign_out(&self, token: &str) -> Result<(), AccountsError> {
        let Some(digest) = SessionDigest::of(token) else {
            return Ok(());
        };
        without_transaction(async {
            let mut transaction = self.begin().await?;
            let reason = SessionEndReason::SignedOut;
            let signed_out = self.sign_out_in(&mut transaction, &digest, reason).await;
            transaction.finish(signed_out).await
        })
        .await
    }

    /// Ends a session of an account, and returns whether it was valid. An account cannot end a session of another one.
    ///
    /// If it was valid, this also ends the account's tokens and its requests for another address, since a hijacked
    /// session may have asked for them.
    ///
    /// # Errors
    ///
    /// Returns [`NoSuchAccount`](AccountsError::NoSuchAccount), [`Store`](AccountsError::Store),
    /// [`NotEnqueued`](AccountsError::NotEnqueued) or [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// Sends [`UserSessionEnded`](crate::UserSessionEnded).
    pub async fn end_session(
        &self,
        id: &UserId,
        session: SessionId,
    ) -> Result<bool, AccountsError> {
        let ended = self.revoke(id, EndSessions::One(session)).await?;
        Ok(ended > 0)
    }

    /// Ends all sessions of the account of a token except that of the token, and returns the number of those that were
    /// valid. Also ends the account's tokens and its requests for another address.
    ///
    /// # Errors
    ///
    /// Returns [`NoSession`](AccountsError::NoSession) and the errors of [`end_session`](Self::end_session).
    ///
    /// # Signals
    ///
    /// Sends [`UserSessionEnded`](crate::UserSessionEnded) for each.
    pub async fn end_other_sessions(&self, token: &str) -> Result<u64, AccountsError> {
        let (digest, session, _) = self.session_of(token).await?;
        self.revoke(&session.user, EndSessions::Except(digest))
            .await
    }

    /// Ends all sessions of an account, and returns the number of those that were valid. Also ends the account's tokens
    /// and its requests for another address.
    ///
    /// # Errors
    ///
    /// As for [`end_session`](Self::end_session).
    ///
    /// # Signals
    ///
    /// Sends [`UserSessionEnded`](crate::UserSessionEnded) for each.
    pub async fn end_sessions(&self, id: &UserId) -> Result<u64, AccountsError> {
        self.revoke(id, EndSessions::All).await
    }

    async fn revoke(&self, id: &UserId, which: EndSessions) -> Result<u64, AccountsError> {
        without_transaction(async {
            let mut transaction = self.begin().await?;
            let ended = self.revoke_in(&mut transaction, id, which).await;
            transaction.finish(ended).await
        })
        .await
    }

    async fn revoke_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
        which: EndSessions,
    ) -> Result<u64, AccountsError> {
        let reason = SessionEndReason::Revoked;
        let (user, ended) = self.end_in(transaction, id, which, reason).await?;
        if ended > 0 || !matches!(which, EndSessions::One(_)) {
            self.end_tokens_and_requests_in(transaction, id, &user)
                .await?;
        }
        Ok(ended)
    }

    /// Ends the tokens of an account, and its requests for another address, which an ended session may have made.
    /// Returns the account with its new epoch.
    pub(super) async fn end_tokens_and_requests_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
        user: &S::User,
    ) -> Result<S::User, AccountsError> {
        let epoch = user.__fields().password.epoch().next();
        let (store, rows) = transaction.store();
        store.delete_tokens(rows, id).await?;
        let user = store.set_active(rows, id, user.is_active(), epoch).await?;
        user.ok_or(AccountsError::NoSuchAccount)
    }

    /// Ends a session of any account, and keeps its row without the digest.
    pub(super) async fn sign_out_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        digest: &SessionDigest,
        reason: SessionEndReason,
    ) -> Result<(), AccountsError> {
        let now = self.now();
        let (store, rows) = transaction.store();
        if let Some((session, user)) = store.sign_out(rows, digest).await?
            && now < session.idle_expires_at
        {
            transaction.send_after_commit(FlowEvent::SessionEnded(user, session.id, reason));
        }
        Ok(())
    }

    /// Ends sessions of an account, and returns it and the number of those that were valid.
    pub(super) async fn end_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
        which: EndSessions,
        reason: SessionEndReason,
    ) -> Result<(S::User, u64), AccountsError> {
        let now = self.now();
        let (store, rows) = transaction.store();
        let found = store.end_sessions(rows, id, which).await?;
        let (user, mut ended) = found.ok_or(AccountsError::NoSuchAccount)?;
        ended.retain(|session| session.is_open_at(now));
        for session in &ended {
            let event = FlowEvent::SessionEnded(user.clone(), session.id, reason);
            transaction.send_after_commit(event);
        }
        Ok((user, ended.len() as u64))
    }

    /// Ends the sessions of an account whose password has changed, except that of the caller, which gets a new token.
    pub(super) async fn end_others_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
    ) -> Result<Option<IssuedSession>, AccountsError> {
        let rotated = match transaction.context().session() {
            Some(caller) => rotate(self, transaction, id, &caller, true).await?,
            None => None,
        };
        // Without a new token, the session of the caller ends too: it may be valid again later, if a clock was ahead.
        let kept = rotated.as_ref().map(|session| session.token.digest());
        let which = kept.map_or(EndSessions::All, EndSessions::Except);
        let reason = SessionEndReason::PasswordChanged;
        self.end_in(transaction, id, which, reason).await?;
        Ok(rotated)
    }
}
