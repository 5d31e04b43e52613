//! Changing an address.

use std::fmt;

use lback_signals::Signal;

use super::throttle::Kind;
use super::told::Told;
use super::{Accepted, Accounts, AccountsError, AccountsTransaction, Request, outside};
use crate::{
    AccountStore, AuthUser, EmailSet, TokenKey, TokenPurpose, UserEmailVerified, UserId, VerifiedBy,
};

/// A change of address whose token has been looked at: what
/// [`Accounts::prepare_email_confirmation`] makes.
#[must_use = "nothing is done until it is passed to `confirm_email_change_in`"]
pub struct EmailConfirmation {
    token: TokenKey,
    /// The address until then.
    old: String,
}

impl fmt::Debug for EmailConfirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailConfirmation").finish_non_exhaustive()
    }
}

impl<S: AccountStore> Accounts<S> {
    /// Has a token sent to another address that an account is to have. It takes effect when the token
    /// comes back ([`confirm_email_change`](Self::confirm_email_change)); until then the account keeps
    /// the address that it has. What ends the account's sessions ends this too.
    ///
    /// The answer is the same if somebody else has the address; no token is sent then. Ask for the
    /// password first: who may change the address can reset it.
    ///
    /// # Errors
    ///
    /// [`NoSuchAccount`](AccountsError::NoSuchAccount), also if it is out of use; and as for
    /// [`request_email_verification`](Self::request_email_verification).
    ///
    /// # Signals
    ///
    /// Later, [`UserEmailChangeRequested`](crate::UserEmailChangeRequested).
    pub async fn change_email(&self, id: &UserId, email: &str) -> Result<Accepted, AccountsError> {
        outside(async { self.file(self.prepare_email_change(id, email).await?).await }).await
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
        outside(async {
            let found = self.store().find(id).await?;
            let user = found
                .filter(AuthUser::is_active)
                .ok_or(AccountsError::NoSuchAccount)?;
            self.prepare_request(Kind::Change, email.to_owned(), Some(&user))
                .await
        })
        .await
    }

    /// [`change_email`](Self::change_email) as a part of a transaction.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store).
    pub async fn change_email_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        request: Request,
    ) -> Result<Accepted, AccountsError> {
        self.file_in(transaction, request).await
    }

    /// Gives an account the address that a token was mailed to, verified. The token is used up, and all
    /// others of the account's end, since they went to the address before.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`](AccountsError::InvalidToken), also if somebody else has the address by now;
    /// [`Store`](AccountsError::Store) or [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// [`UserEmailVerified`] inside the transaction; [`UserDeleted`](crate::UserDeleted), if another
    /// account has given way, and [`UserEmailChanged`](crate::UserEmailChanged).
    pub async fn confirm_email_change(&self, token: &str) -> Result<(), AccountsError> {
        outside(async {
            let confirmation = self.prepare_email_confirmation(token).await?;
            let mut transaction = self.begin().await?;
            let changed = self
                .confirm_email_change_in(&mut transaction, confirmation)
                .await;
            transaction.end(changed).await.map(drop)
        })
        .await
    }

    /// Looks whether a token is good, and whose.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`](AccountsError::InvalidToken) or [`Store`](AccountsError::Store).
    pub async fn prepare_email_confirmation(
        &self,
        token: &str,
    ) -> Result<EmailConfirmation, AccountsError> {
        outside(async {
            let purpose = TokenPurpose::EmailChange;
            let key = TokenKey::of(purpose, token).ok_or(AccountsError::InvalidToken)?;
            let user = self.owner_of(purpose, token).await?;
            let old = user.email().to_owned();
            Ok(EmailConfirmation { token: key, old })
        })
        .await
    }

    /// [`confirm_email_change`](Self::confirm_email_change) as a part of a transaction.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`](AccountsError::InvalidToken) or [`Store`](AccountsError::Store). Roll back
    /// then.
    pub async fn confirm_email_change_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        confirmation: EmailConfirmation,
    ) -> Result<S::User, AccountsError> {
        let EmailConfirmation { token, old } = confirmation;
        let replaces = self.settings.requires_verified_email();
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let Some(owner) = store.consume_token(rows, &token, self.now()).await? else {
            transaction.end_flow();
            return Err(AccountsError::InvalidToken);
        };
        let set = store
            .set_email(rows, &owner.id, &old, &owner.email, replaces)
            .await?;
        let EmailSet::Set { user, replaced } = set else {
            return Err(AccountsError::InvalidToken);
        };
        store.end_tokens(rows, &owner.id).await?;
        transaction.inside(|| UserEmailVerified::new(&user, VerifiedBy::Token).send());
        if let Some(replaced) = replaced {
            transaction.tell(Told::Replaced(replaced));
        }
        transaction.tell(Told::EmailChanged(user.clone(), old));
        transaction.end_flow();
        Ok(user)
    }
}
