//! The built-in durable receiver, which issues the tokens of requested mails.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use lback_signals::{
    AsyncSignal, BoxError, Context, FailureKind, FromSignal, Needs, Rejection, Res, Scope, Signal,
    receiver,
};

use super::mail_request::AddressMailRequested;
use super::signals::AddressMailDue;
use super::{Accounts, AccountsError, AccountsTransaction, MAX_TRIES, without_transaction};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::{AccountStore, UnverifiedHolders};
use crate::token::{PendingToken, TokenPurpose, VerificationToken};
use crate::user_id::UserId;

/// Issues the tokens of requested mails: a resource of the built-in durable receiver `lback.issue-token`, which a
/// [`Worker`](lback_signals::durable::Worker) runs.
///
/// Each attempt of a request
///
/// 1. looks up the account. A request ends without a mail if no active account has the address, if the address to
///    verify is verified, if the sessions of an account that changes its address have ended, or if the request is older
///    than the lifetime of its token;
/// 2. stores a new token in its own transaction, in place of the account's token of the same purpose, with an entry
///    `address_mail_due` in the audit log whose outcome is the purpose. If another account has the new address, the
///    request ends here, without the entry: the earlier token would otherwise stay valid, and disclose that;
/// 3. awaits the receivers of [`AddressMailDue`], in a scope with the [`RequestContext`](crate::RequestContext) of the
///    request.
///
/// The request is completed when all of them have returned `Ok`. After an error, a panic or the end of the process it is
/// attempted again, up to 20 times with a growing delay. So a mail may be sent more than once, and the token of the last
/// one is valid. Without a linked receiver of `AddressMailDue` the requests wait, and
/// [`Wiring::check`](lback_signals::Wiring::check) reports a
/// [`WiringProblem::NoReceiver`](lback_signals::WiringProblem::NoReceiver).
///
/// Provide it to the process or to the scope of the worker. [`Accounts`] has an example.
#[derive(Clone)]
pub struct TokenIssuer(Arc<dyn Issue>);

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenIssuer(..)")
    }
}

/// [`Accounts`] of any store.
trait Issue: Send + Sync {
    fn issue<'a>(&'a self, request: &'a AddressMailRequested) -> Issuing<'a>;
}

type Issuing<'a> = Pin<Box<dyn Future<Output = Result<Option<Issued>, AccountsError>> + Send + 'a>>;

/// A stored token.
struct Issued {
    user: Box<dyn AuthUser>,
    to: String,
    token: VerificationToken,
}

/// Declares that the receiver relies on the receivers of [`AddressMailDue`].
struct MailReceivers;

impl<S: Signal> FromSignal<'_, S> for MailReceivers {
    fn from_signal(_: &S, _: &Context) -> Result<Self, Rejection> {
        Ok(Self)
    }

    fn needs(needs: &mut Needs) {
        needs.receivers_of::<AddressMailDue<'_>>();
    }
}

#[receiver(signal = AddressMailRequested, durable(name = "lback.issue-token"))]
async fn issue_token(
    request: &AddressMailRequested,
    issuer: Res<'_, TokenIssuer>,
    _receivers: MailReceivers,
) -> Result<(), BoxError> {
    let scope = Scope::new().provide(request.context());
    let issuing = async {
        let Some(Issued { user, to, token }) = issuer.0.issue(request).await? else {
            return Ok(());
        };
        let due = AddressMailDue::new(&*user, request.purpose, &to, &token);
        mail(due).await
    };
    scope.run_async(issuing).await
}

/// Sends [`AddressMailDue`] and awaits its receivers.
///
/// # Errors
///
/// Returns the error of the first one that failed, or an error if none has run.
async fn mail(due: AddressMailDue<'_>) -> Result<(), BoxError> {
    match due.try_send_async().await {
        Ok(report) if report.delivered() > 0 => Ok(()),
        Ok(_) => Err("each receiver of `address_mail_due` is disabled, muted or skipped".into()),
        Err(failure) => Err(match failure.into_kind() {
            FailureKind::Error(error) => error,
            kind => kind.to_string().into(),
        }),
    }
}

impl<S: AccountStore> Issue for Accounts<S> {
    fn issue<'a>(&'a self, request: &'a AddressMailRequested) -> Issuing<'a> {
        Box::pin(without_transaction(async {
            for _ in 0..MAX_TRIES {
                match self.try_issue(request).await {
                    Err(AccountsError::Conflict) => {}
                    tried => return tried,
                }
            }
            Err(AccountsError::Conflict)
        }))
    }
}

impl<S: AccountStore> Accounts<S> {
    /// Returns the resource by which a worker issues the tokens of requested mails.
    #[must_use]
    pub fn token_issuer(&self) -> TokenIssuer {
        TokenIssuer(Arc::new(self.clone()))
    }

    /// Stores a token for the account, if there is one.
    ///
    /// # Errors
    ///
    /// Returns [`Conflict`](AccountsError::Conflict) if the account has changed meanwhile.
    async fn try_issue(
        &self,
        request: &AddressMailRequested,
    ) -> Result<Option<Issued>, AccountsError> {
        let purpose = request.purpose;
        let Some((user, is_taken)) = self.recipient(request).await? else {
            return Ok(None);
        };
        let Some(id) = user.id() else {
            return Ok(None);
        };
        let to = match purpose {
            TokenPurpose::EmailChange => request.email.clone(),
            TokenPurpose::EmailVerification | TokenPurpose::PasswordReset => {
                user.email().to_owned()
            }
        };
        let lifetime = self.settings.lifetime(purpose);
        let (token, pending) = PendingToken::issue(purpose, &to, lifetime, self.now())
            .map_err(|_| AccountsError::Entropy)?;
        let mut transaction = self.begin().await?;
        if !put_token(&mut transaction, &id, &user, purpose, &pending).await? {
            transaction.rollback().await?;
            return Err(AccountsError::Conflict);
        }
        if is_taken {
            transaction.commit().await?;
            return Ok(None);
        }
        transaction.audit_outcome(AddressMailDue::info().name(), purpose.as_str(), Some(id));
        transaction.commit().await?;
        let user = Box::new(user);
        Ok(Some(Issued { user, to, token }))
    }

    /// Returns the account for which the token is issued, if any, and whether another account has the new address.
    async fn recipient(
        &self,
        request: &AddressMailRequested,
    ) -> Result<Option<(S::User, bool)>, AccountsError> {
        if request.age(self.now()) > self.settings.lifetime(request.purpose) {
            return Ok(None);
        }
        let holder = self
            .store
            .find_by_email(&NormalForm::of(&request.email))
            .await?;
        let mut is_taken = false;
        let user = match (request.purpose, request.account()) {
            (TokenPurpose::EmailChange, Some(id)) => {
                is_taken = holder.is_some_and(|holder| {
                    holder.id().as_ref() != Some(&id) && !self.is_replaceable(&holder)
                });
                let user = self.store.find(&id).await?;
                user.filter(|user| request.is_of_epoch(user.__fields().password.epoch()))
            }
            (TokenPurpose::EmailChange, None) => None,
            (TokenPurpose::EmailVerification, _) => {
                holder.filter(|holder| !holder.is_email_verified())
            }
            (TokenPurpose::PasswordReset, _) => holder,
        };
        let user = user.filter(AuthUser::is_active);
        Ok(user.map(|user| (user, is_taken)))
    }

    /// Returns whether another account may replace this one.
    fn is_replaceable(&self, user: &S::User) -> bool {
        UnverifiedHolders::replace_if(self.settings.requires_verified_email()).may_replace(user)
    }
}

/// Stores a token, if the account's password and session epoch have not changed and it is active.
///
/// The compare-and-set locks the account until the transaction ends, so that a flow which ends the account's
/// tokens runs entirely before this or sees the new token.
async fn put_token<S: AccountStore>(
    transaction: &mut AccountsTransaction<S>,
    id: &UserId,
    user: &S::User,
    purpose: TokenPurpose,
    pending: &PendingToken,
) -> Result<bool, AccountsError> {
    let (store, rows) = transaction.store();
    let password = user.__fields().password;
    let locked = store.lock_if_unchanged(rows, id, password).await?;
    if !locked.is_some_and(|user| user.is_active()) {
        return Ok(false);
    }
    Ok(store.put_token(rows, id, purpose, pending).await?)
}
