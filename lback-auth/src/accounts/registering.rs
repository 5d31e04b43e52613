//! Registering.

use std::fmt;
use std::sync::Arc;

use lback_signals::{Scope, Signal};

use super::throttle::Kind;
use super::told::Told;
use super::{
    Accepted, Accounts, AccountsError, AccountsTransaction, Request, UserRegistering, outside,
};
use crate::auth_user::passwords;
use crate::user::{check_username, valid_email};
use crate::{
    AccountStore, AuditEntry, AuthUser, Hasher, Inserted, NormalForm, Password, PasswordOwner,
    RequestContext, UserError, UserRegistered,
};

/// An account that may be registered, with its password hashed: what
/// [`Accounts::prepare_registration`] makes.
#[must_use = "nothing is done until it is passed to `register_in`"]
pub struct Registration<U> {
    user: U,
    password: Password,
    request: Request,
    /// What was noted of its announcement.
    noted: Vec<AuditEntry>,
}

impl<U> fmt::Debug for Registration<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").finish_non_exhaustive()
    }
}

impl<S: AccountStore> Accounts<S> {
    /// Registers an account, which is stored, and has a token sent to its address
    /// ([`UserEmailVerificationTokenGenerated`](crate::UserEmailVerificationTokenGenerated)), if
    /// nobody else has that.
    ///
    /// The answer is the same if somebody has. It hears nothing of that, and neither does the owner of
    /// the address, who may want to be told by other means.
    ///
    /// An account whose address was never verified reserves neither its username nor its address: see
    /// [`UnverifiedSignIn::Refused`](crate::UnverifiedSignIn::Refused). So the link in the mail confirms
    /// the address and not the password, which may belong to a person who has registered later: let people
    /// sign in afterwards, and do not sign them in by the link.
    ///
    /// # Errors
    ///
    /// [`Invalid`](AccountsError::Invalid), [`Rejected`](AccountsError::Rejected),
    /// [`Vetoed`](AccountsError::Vetoed), [`Throttled`](AccountsError::Throttled),
    /// [`Password`](AccountsError::Password), [`UsernameTaken`](AccountsError::UsernameTaken),
    /// [`Store`](AccountsError::Store) or [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// [`UserRegistering`], which may veto, and is sent before the account is written. A veto counts as an
    /// attempt, and a password that the policy rejects counts for the client and not for the address;
    /// [`UserPasswordSet`](crate::UserPasswordSet) inside the transaction;
    /// [`UserDeleted`](crate::UserDeleted) of each account that has given way, and [`UserRegistered`].
    pub async fn register(&self, user: S::User, password: &str) -> Result<Accepted, AccountsError> {
        outside(async {
            let registration = self.prepare_registration(user, password).await?;
            let mut transaction = self.begin().await?;
            let inserted = self.register_in(&mut transaction, registration).await?;
            // That it was refused is noted, too.
            transaction.commit().await?;
            match inserted {
                Inserted::Stored { .. } | Inserted::EmailTaken => Ok(Accepted),
                Inserted::UsernameTaken => Err(AccountsError::UsernameTaken),
                Inserted::Unstorable => Err(UserError::Unstorable.into()),
            }
        })
        .await
    }

    /// Looks whether an account may be registered, as far as that can be told without looking whether
    /// its name and address are taken, and hashes its password.
    ///
    /// # Errors
    ///
    /// As for [`register`](Self::register).
    pub async fn prepare_registration(
        &self,
        user: S::User,
        password: &str,
    ) -> Result<Registration<S::User>, AccountsError> {
        outside(async {
            acceptable(user.username(), user.email())?;
            let email = user.email().to_owned();
            let request = self
                .prepare_request(Kind::Registration, email, None)
                .await?;
            // What an application looks at costs as much as it likes, so it is counted before.
            let owner = PasswordOwner::new(user.username(), user.email());
            if let Err(rejected) = self.settings.policy.check(password, owner).await {
                let mut transaction = self.begin().await?;
                transaction.return_subject(request.attempt()).await?;
                transaction.commit().await?;
                return Err(rejected.into());
            }
            let noted = self.announce(&user).await?;
            match Hasher::current().hash_async(password).await {
                Ok(password) => Ok(Registration {
                    user,
                    password,
                    request,
                    noted,
                }),
                Err(error) => {
                    let mut transaction = self.begin().await?;
                    transaction.return_attempt(request.attempt()).await?;
                    let error = transaction.inside(|| passwords::report_not_set(&user, error));
                    transaction.commit().await?;
                    Err(error.into())
                }
            }
        })
        .await
    }

    /// Registers an account as a part of a transaction, and tells what came of it; whoever asked for it
    /// must not hear that an address is taken.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store).
    pub async fn register_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        registration: Registration<S::User>,
    ) -> Result<Inserted<S::User>, AccountsError> {
        let Registration {
            mut user,
            password,
            request,
            noted,
        } = registration;
        transaction.note_all(noted);
        *user.__fields_mut().password = password.clone();
        let has_its_address_as_name =
            NormalForm::of(user.username()) == NormalForm::of(user.email());
        let replaces = self.settings.requires_verified_email();
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let inserted = match store.insert(rows, &user, replaces, self.now()).await? {
            // That the name is taken shows, and that the address is must not.
            Inserted::UsernameTaken if has_its_address_as_name => Inserted::EmailTaken,
            inserted => inserted,
        };
        let signal = UserRegistered::info().name();
        match &inserted {
            Inserted::Stored { user, replaced } => {
                for replaced in replaced {
                    transaction.tell(Told::Replaced(replaced.clone()));
                }
                let mut stored = user.clone();
                transaction.inside(|| passwords::replace(&mut stored, password));
                transaction.tell(Told::Registered(stored));
                self.file_in(transaction, request).await?;
            }
            Inserted::EmailTaken => {
                transaction.note(signal, "email_taken", None);
                self.file_in(transaction, request).await?;
            }
            // Which is looked at before.
            Inserted::Unstorable => {}
            // Which shows, and no mail comes of it.
            Inserted::UsernameTaken => {
                transaction.note(signal, "username_taken", None);
                transaction.return_subject(request.attempt()).await?;
            }
        }
        transaction.end_flow();
        Ok(inserted)
    }

    /// Asks the receivers, and says what is to be noted of that.
    ///
    /// A veto is noted at once. An attempt has been counted for it, so that nobody fills the log.
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
        transaction.note_all(audit.entries());
        transaction.commit().await?;
        Err(AccountsError::Vetoed(veto))
    }
}

/// Checks the name and the address of an account that is to be registered.
fn acceptable(username: &str, email: &str) -> Result<(), UserError> {
    storable(email)?;
    check_username(username, email)?;
    has_normal_form(username)
}

/// Checks that mail can be sent to an address, and that every store can keep it.
pub(super) fn storable(email: &str) -> Result<(), UserError> {
    valid_email(email)?;
    has_normal_form(email)
}

fn has_normal_form(text: &str) -> Result<(), UserError> {
    if NormalForm::of(text).is_empty() {
        return Err(UserError::Unstorable);
    }
    Ok(())
}
