//! Change of an address.

use std::fmt;

use lback_signals::Signal;

use super::event::FlowEvent;
use super::throttle::MailKind;
use super::{
    Accepted, Accounts, AccountsError, AccountsTransaction, Request, SessionEndReason,
    without_transaction,
};
use crate::auth_user::AuthUser;
use crate::email_verification::VerifiedBy;
use crate::request_context::RequestContext;
use crate::signals::UserEmailVerified;
use crate::store::{AccountStore, EmailSet, EndSessions, TokenKey, UnverifiedHolders};
use crate::token::TokenPurpose;
use crate::user_id::UserId;

/// A change of address whose token is checked, prepared by [`Accounts::prepare_email_confirmation`].
#[must_use = "nothing is done until it is passed to `confirm_email_change_in`"]
pub struct EmailConfirmation {
    token: TokenKey,
    /// The current address.
    old: String,
}

impl fmt::Debug for EmailConfirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailConfirmation").finish_non_exhaustive()
    }
}

impl<S: AccountStore> Accounts<S> {
    /// Requests a token for a new address. The account keeps its address until the token is
    /// [confirmed](Self::confirm_email_change). A confirmed change, a new password, a deactivation, and
    /// [`end_session`](Self::end_session) and its like cancel the request.
    ///
    /// If another account has the address, the result is the same, but no token is sent. Ask for the password first:
    /// a user who can change the address can reset the password. [`confirm_password`](Self::confirm_password) rotates
    /// the token of the session, so call this method in the next request, or in a scope whose context has the new token.
    ///
    /// # Errors
    ///
    /// Returns [`NoSuchAccount`](AccountsError::NoSuchAccount), [`NoSession`](AccountsError::NoSession) if the
    /// [session of the context](crate::RequestContext::with_session) has ended or its token was rotated, and the errors
    /// of [`request_email_verification`](Self::request_email_verification).
    ///
    /// # Signals
    ///
    /// A worker later sends [`AddressMailDue`](crate::AddressMailDue).
    pub async fn change_email(&self, id: &UserId, email: &str) -> Result<Accepted, AccountsError> {
        without_transaction(async {
            self.enqueue(self.prepare_email_change(id, email).await?)
                .await
        })
        .await
    }

    /// Counts a request for [`change_email_in`](Self::change_email_in).
    ///
    /// # Errors
    ///
    /// As for [`change_email`](Self::change_email).
    pub async fn prepare_email_change(
        &self,
        id: &UserId,
        email: &str,
    ) -> Result<Request, AccountsError> {
        without_transaction(async {
            let found = self.store().find(id).await?;
            let user = found
                .filter(AuthUser::is_active)
                .ok_or(AccountsError::NoSuchAccount)?;
            // A session that ended before the account was read could otherwise leave a request that the end should
            // have cancelled.
            if let Some(session) = RequestContext::current().session() {
                let found = self.valid_session(&session, self.now()).await?;
                found.ok_or(AccountsError::NoSession)?;
            }
            self.prepare_request(MailKind::Change, email.to_owned(), Some(&user))
                .await
        })
        .await
    }

    /// Runs [`change_email`](Self::change_email) in a transaction.
    ///
    /// The commit stores the request.
    ///
    /// # Errors
    ///
    /// None so far.
    #[expect(clippy::unused_async, reason = "each flow in a transaction is async")]
    pub async fn change_email_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        request: Request,
    ) -> Result<Accepted, AccountsError> {
        Ok(self.enqueue_in(transaction, request))
    }

    /// Sets the address to which a token was mailed, and marks it as verified. Consumes the token, and ends all
    /// sessions and other tokens of the account, since these were mailed to the old address.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidToken`](AccountsError::InvalidToken), also if another account has taken the address meanwhile;
    /// [`Store`](AccountsError::Store), [`NotEnqueued`](AccountsError::NotEnqueued) or
    /// [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// Sends [`UserEmailVerified`] inside the transaction; after the commit
    /// [`UserSessionEnded`](crate::UserSessionEnded) for each session, [`UserDeleted`](crate::UserDeleted) if another
    /// account was replaced, and [`UserEmailChanged`](crate::UserEmailChanged).
    pub async fn confirm_email_change(&self, token: &str) -> Result<(), AccountsError> {
        without_transaction(async {
            let confirmation = self.prepare_email_confirmation(token).await?;
            let mut transaction = self.begin().await?;
            let changed = self
                .confirm_email_change_in(&mut transaction, confirmation)
                .await;
            transaction.finish(changed).await.map(drop)
        })
        .await
    }

    /// Checks the token, and finds its account.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidToken`](AccountsError::InvalidToken) or [`Store`](AccountsError::Store).
    pub async fn prepare_email_confirmation(
        &self,
        token: &str,
    ) -> Result<EmailConfirmation, AccountsError> {
        without_transaction(async {
            let purpose = TokenPurpose::EmailChange;
            let key = TokenKey::of(purpose, token).ok_or(AccountsError::InvalidToken)?;
            let user = self.owner_of(purpose, token).await?;
            let old = user.email().to_owned();
            Ok(EmailConfirmation { token: key, old })
        })
        .await
    }

    /// Runs [`confirm_email_change`](Self::confirm_email_change) in a transaction.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidToken`](AccountsError::InvalidToken) or [`Store`](AccountsError::Store). Roll back the
    /// transaction then.
    pub async fn confirm_email_change_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        confirmation: EmailConfirmation,
    ) -> Result<S::User, AccountsError> {
        let EmailConfirmation { token, old } = confirmation;
        let holders = UnverifiedHolders::replace_if(self.settings.requires_verified_email());
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let Some(owner) = store.consume_token(rows, &token, self.now()).await? else {
            transaction.end_flow();
            return Err(AccountsError::InvalidToken);
        };
        let set = store
            .set_email(rows, &owner.id, &old, &owner.email, holders)
            .await?;
        let EmailSet::Set { user, replaced } = set else {
            return Err(AccountsError::InvalidToken);
        };
        let user = self
            .end_tokens_and_requests_in(transaction, &owner.id, &user)
            .await?;
        let reason = SessionEndReason::EmailConfirmed;
        self.end_in(transaction, &owner.id, EndSessions::All, reason)
            .await?;
        transaction.dispatch(|| UserEmailVerified::new(&user, VerifiedBy::Token).send());
        if let Some(replaced) = replaced {
            transaction.send_after_commit(FlowEvent::Replaced(replaced));
        }
        transaction.send_after_commit(FlowEvent::EmailChanged(user.clone(), old));
        transaction.end_flow();
        Ok(user)
    }
}
