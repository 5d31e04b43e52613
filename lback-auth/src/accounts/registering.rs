//! Registration.

use std::fmt;
use std::sync::Arc;

use lback_signals::{Scope, Signal};

use super::event::FlowEvent;
use super::throttle::MailKind;
use super::{
    Accepted, Accounts, AccountsError, AccountsTransaction, Request, UserRegistering,
    without_transaction,
};
use crate::accounts::UserRegistered;
use crate::auth_user::AuthUser;
use crate::hasher::Hasher;
use crate::normal_form::NormalForm;
use crate::operations::passwords;
use crate::password::Password;
use crate::policy::PasswordOwner;
use crate::request_context::RequestContext;
use crate::store::{AccountStore, AuditEntry, Inserted, UnverifiedHolders};
use crate::user::UserError;
use crate::user::{check_username, valid_email};

/// A registration with a hashed password, prepared by [`Accounts::prepare_registration`].
#[must_use = "nothing is done until it is passed to `register_in`"]
pub struct Registration<U> {
    user: U,
    password: Password,
    request: Request,
    /// The audit entries of the announcement.
    audit_entries: Vec<AuditEntry>,
}

impl<U> fmt::Debug for Registration<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").finish_non_exhaustive()
    }
}

impl<S: AccountStore> Accounts<S> {
    /// Stores a new account and requests a verification token for its address, unless another account has the address.
    ///
    /// The result is the same if the address is taken. The owner of the address is not notified.
    ///
    /// An account whose address was never verified reserves neither its username nor its address: see
    /// [`UnverifiedSignIn::Refused`](crate::UnverifiedSignIn::Refused). The link in the mail therefore confirms the
    /// address and not the password, which another user may have set by a later registration: let the user sign in
    /// after following the link, and do not start a session by the link.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`](AccountsError::Invalid), [`Rejected`](AccountsError::Rejected),
    /// [`Vetoed`](AccountsError::Vetoed), [`Throttled`](AccountsError::Throttled),
    /// [`Password`](AccountsError::Password), [`UsernameTaken`](AccountsError::UsernameTaken),
    /// [`Store`](AccountsError::Store), [`NotEnqueued`](AccountsError::NotEnqueued) or
    /// [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// Sends [`UserRegistering`], which receivers can veto, before the account is written;
    /// [`UserPasswordSet`](crate::UserPasswordSet) inside the transaction; after the commit
    /// [`UserDeleted`](crate::UserDeleted) for each replaced account, and [`UserRegistered`]. A veto counts as an
    /// attempt. A password that the policy rejects counts for the client, but not for the address. A worker later sends
    /// [`AddressMailDue`](crate::AddressMailDue).
    pub async fn register(&self, user: S::User, password: &str) -> Result<Accepted, AccountsError> {
        without_transaction(async {
            let registration = self.prepare_registration(user, password).await?;
            let mut transaction = self.begin().await?;
            let inserted = self.register_in(&mut transaction, registration).await?;
            // A refusal has audit entries too.
            transaction.commit().await?;
            match inserted {
                Inserted::Stored { .. } | Inserted::EmailTaken => Ok(Accepted),
                Inserted::UsernameTaken => Err(AccountsError::UsernameTaken),
                Inserted::Unstorable => Err(UserError::Unstorable.into()),
            }
        })
        .await
    }

    /// Checks everything about a registration except whether its username and address are taken, and hashes its
    /// password.
    ///
    /// # Errors
    ///
    /// As for [`register`](Self::register).
    pub async fn prepare_registration(
        &self,
        user: S::User,
        password: &str,
    ) -> Result<Registration<S::User>, AccountsError> {
        without_transaction(async {
            check_names(user.username(), user.email())?;
            let email = user.email().to_owned();
            let request = self
                .prepare_request(MailKind::Registration, email, None)
                .await?;
            // The policy may run expensive checks of the application, so the attempt is counted first.
            let owner = PasswordOwner::new(user.username(), user.email());
            if let Err(rejected) = self.settings.policy.check(password, owner).await {
                let mut transaction = self.begin().await?;
                transaction.return_subject(request.attempt()).await?;
                transaction.commit().await?;
                return Err(rejected.into());
            }
            let audit_entries = self.announce(&user).await?;
            match Hasher::current().hash_async(password).await {
                Ok(password) => Ok(Registration {
                    user,
                    password,
                    request,
                    audit_entries,
                }),
                Err(error) => {
                    let mut transaction = self.begin().await?;
                    transaction.return_attempt(request.attempt()).await?;
                    let error = transaction.dispatch(|| passwords::report_not_set(&user, error));
                    transaction.commit().await?;
                    Err(error.into())
                }
            }
        })
        .await
    }

    /// Registers an account in a transaction. Do not disclose to the client that an address is taken.
    ///
    /// # Errors
    ///
    /// Returns [`Store`](AccountsError::Store).
    pub async fn register_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        registration: Registration<S::User>,
    ) -> Result<Inserted<S::User>, AccountsError> {
        let Registration {
            mut user,
            password,
            request,
            audit_entries,
        } = registration;
        transaction.audit_entries(audit_entries);
        *user.__fields_mut().password = password.clone();
        let has_its_address_as_name =
            NormalForm::of(user.username()) == NormalForm::of(user.email());
        let holders = UnverifiedHolders::replace_if(self.settings.requires_verified_email());
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let inserted = match store.insert(rows, &user, holders, self.now()).await? {
            // A taken username is disclosed, but a taken address must not be.
            Inserted::UsernameTaken if has_its_address_as_name => Inserted::EmailTaken,
            inserted => inserted,
        };
        let signal = UserRegistered::info().name();
        match &inserted {
            Inserted::Stored { user, replaced } => {
                for replaced in replaced {
                    transaction.send_after_commit(FlowEvent::Replaced(replaced.clone()));
                }
                let mut stored = user.clone();
                transaction.dispatch(|| passwords::replace(&mut stored, password));
                transaction.send_after_commit(FlowEvent::Registered(stored));
                self.enqueue_in(transaction, request);
            }
            Inserted::EmailTaken => {
                transaction.audit_outcome(signal, "email_taken", None);
                self.enqueue_in(transaction, request);
            }
            // `prepare_registration` has checked this.
            Inserted::Unstorable => {}
            // Disclosed, and no mail is sent.
            Inserted::UsernameTaken => {
                transaction.audit_outcome(signal, "username_taken", None);
                transaction.return_subject(request.attempt()).await?;
            }
        }
        transaction.end_flow();
        Ok(inserted)
    }

    /// Sends the announcement, and returns the audit entries.
    ///
    /// On a veto, the entries are committed at once. The attempt was counted, so a client cannot fill the log.
    async fn announce(&self, user: &S::User) -> Result<Vec<AuditEntry>, AccountsError> {
        let audit = Arc::new(self.audit_buffer(RequestContext::current()));
        let announcement = UserRegistering::new(user.username(), user.email());
        let scope = Scope::new().provide_dyn(Arc::clone(&audit));
        let announced = scope.run(|| announcement.try_send());
        let outcome = if announced.is_ok() {
            "allowed"
        } else {
            "vetoed"
        };
        audit.note(UserRegistering::info().name(), outcome, None);
        let Err(veto) = announced else {
            return Ok(audit.entries());
        };
        let transaction = self.begin().await?;
        transaction.audit_entries(audit.entries());
        transaction.commit().await?;
        Err(AccountsError::Vetoed(veto))
    }
}

/// Checks the username and the address of a new account.
fn check_names(username: &str, email: &str) -> Result<(), UserError> {
    check_email(email)?;
    check_username(username, email)?;
    check_normal_form(username)
}

/// Checks that mail can be sent to an address, and that every store can hold it.
pub(super) fn check_email(email: &str) -> Result<(), UserError> {
    valid_email(email)?;
    check_normal_form(email)
}

fn check_normal_form(text: &str) -> Result<(), UserError> {
    if NormalForm::of(text).is_empty() {
        return Err(UserError::Unstorable);
    }
    Ok(())
}
