//! Signing in.

use std::fmt;
use std::time::Duration;

use lback_signals::Signal;
use zeroize::Zeroizing;

use super::throttle::Refusal;
use super::told::{Told, Tried};
use super::{
    Accounts, AccountsError, AccountsTransaction, Authentication, AuthenticationFailure, ROUNDS,
    TypedLogin, outside,
};
use crate::auth_user::passwords;
use crate::hasher::Outcome;
use crate::{
    AccountStore, Attempt, AuthUser, Expected, Hasher, NormalForm, Password, PasswordError,
    UserPasswordUpgraded,
};

/// A login and a password that have been looked at: what
/// [`Accounts::prepare_authentication`] makes.
#[must_use = "nothing is done until it is passed to `authenticate_in`"]
pub struct CheckedLogin<U> {
    attempt: Attempt,
    /// What was typed, cut.
    typed: Zeroizing<String>,
    found: Found<U>,
}

impl<U> fmt::Debug for CheckedLogin<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedLogin").finish_non_exhaustive()
    }
}

enum Found<U> {
    Throttled {
        retry_after: Duration,
        /// Of this wait.
        is_first: bool,
    },
    /// Nobody's login, and the password has been checked against a decoy.
    Unknown(Result<Outcome, PasswordError>),
    /// Likewise, for an account that is out of use.
    Inactive(U, Result<Outcome, PasswordError>),
    Checked {
        user: U,
        outcome: Result<Outcome, PasswordError>,
        /// Of a right password whose hash is stale.
        upgraded: Option<Password>,
    },
}

impl<S: AccountStore> Accounts<S> {
    /// Looks whether somebody who signs in with a username or an address is its owner.
    ///
    /// A login that no account has, and an account that is out of use or has no password, cost one decoy
    /// hash in the same queue, and the same statements. A wrong password on a hash that is cheaper than
    /// new ones costs as much work; that it is dearer [shows](crate::HasherBuilder::decoy). The attempt is counted before it is looked at,
    /// and given back if the password is right, or if there was no time to look.
    ///
    /// A right password whose hash is not as it would be made today is hashed anew, unless the
    /// account has another one by then. Look at
    /// [`must_change_password`](AuthUser::must_change_password) of an account that is granted.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store) or [`CommitUnknown`](AccountsError::CommitUnknown). Nobody
    /// is let in then.
    ///
    /// # Signals
    ///
    /// [`UserAuthenticated`](crate::UserAuthenticated) or
    /// [`UserAuthenticationFailed`](crate::UserAuthenticationFailed). Inside the
    /// transaction those of [`check_and_upgrade`](AuthUser::check_and_upgrade), if there is such an
    /// account in use. None for [`Busy`](Authentication::Busy).
    pub async fn authenticate(
        &self,
        login: &str,
        password: &str,
    ) -> Result<Authentication<S::User>, AccountsError> {
        outside(async {
            let mut checked = self.check_login(login, password).await?;
            if let Found::Throttled {
                retry_after,
                is_first: false,
            } = checked.found
            {
                // There is nothing to write.
                let tried = Tried::<S::User>::Login(checked.typed);
                tried.signal(AuthenticationFailure::Throttled).send();
                return Ok(Authentication::Throttled { retry_after });
            }
            let normal_form = NormalForm::of(login);
            for _ in 1..ROUNDS {
                let mut transaction = self.begin().await?;
                let attempt = checked.attempt;
                if let Some(outcome) = self.settle(&mut transaction, checked).await? {
                    transaction.commit().await?;
                    return Ok(outcome);
                }
                transaction.rollback().await?;
                let found = self.look(&normal_form, password).await?;
                checked = CheckedLogin {
                    attempt,
                    typed: cut(login),
                    found,
                };
            }
            let mut transaction = self.begin().await?;
            let outcome = self.authenticate_in(&mut transaction, checked).await?;
            transaction.commit().await?;
            Ok(outcome)
        })
        .await
    }

    /// Counts an attempt to sign in, and checks the password.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store).
    pub async fn prepare_authentication(
        &self,
        login: &str,
        password: &str,
    ) -> Result<CheckedLogin<S::User>, AccountsError> {
        outside(async { self.check_login(login, password).await }).await
    }

    /// [`authenticate`](Self::authenticate) as a part of a transaction. It is
    /// [`Busy`](Authentication::Busy) too if the account was changed since its password was checked.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store).
    pub async fn authenticate_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        checked: CheckedLogin<S::User>,
    ) -> Result<Authentication<S::User>, AccountsError> {
        let attempt = checked.attempt;
        if let Some(outcome) = self.settle(transaction, checked).await? {
            return Ok(outcome);
        }
        transaction.return_attempt(&attempt).await?;
        Ok(Authentication::Busy)
    }

    async fn check_login(
        &self,
        login: &str,
        password: &str,
    ) -> Result<CheckedLogin<S::User>, AccountsError> {
        let normal_form = NormalForm::of(login);
        let attempt = self.sign_in_attempt(&normal_form);
        let found = match self.refusal(&attempt).await? {
            None => self.look(&normal_form, password).await?,
            Some(Refusal { until, retry_after }) => Found::Throttled {
                retry_after,
                is_first: self.noted_waits.is_first(&attempt, until, self.now()),
            },
        };
        Ok(CheckedLogin {
            attempt,
            typed: cut(login),
            found,
        })
    }

    /// As much hashing, whatever is found, except for an upgrade and a hash that is dearer than the decoy.
    async fn look(
        &self,
        login: &NormalForm,
        password: &str,
    ) -> Result<Found<S::User>, AccountsError> {
        let hasher = Hasher::current();
        let found = self.store.find_by_login(login).await?;
        let active = found.as_ref().filter(|user| user.is_active());
        let stored = active.and_then(|user| user.__fields().password.stored());
        let outcome = hasher.examine_async(password, stored).await;
        Ok(match found {
            None => Found::Unknown(outcome),
            Some(user) if !user.is_active() => Found::Inactive(user, outcome),
            Some(user) => {
                let upgraded = match outcome {
                    Ok(Outcome::Stale) => {
                        let hash = hasher.hash_async(password).await.ok();
                        hash.map(|hash| user.__fields().password.upgraded(hash))
                    }
                    _ => None,
                };
                Found::Checked {
                    user,
                    outcome,
                    upgraded,
                }
            }
        })
    }

    /// What comes of it; `None` if the account was changed meanwhile, so that it has to be looked at
    /// again.
    async fn settle(
        &self,
        transaction: &mut AccountsTransaction<S>,
        checked: CheckedLogin<S::User>,
    ) -> Result<Option<Authentication<S::User>>, AccountsError> {
        let CheckedLogin {
            attempt,
            typed,
            found,
        } = checked;
        let (tried, reason) = match found {
            Found::Throttled {
                retry_after,
                is_first,
            } => {
                let reason = AuthenticationFailure::Throttled;
                let told = Told::AuthenticationFailed(Tried::Login(typed), reason);
                if is_first {
                    transaction.tell(told);
                } else {
                    transaction.tell_only(told);
                }
                return Ok(Some(Authentication::Throttled { retry_after }));
            }
            // Nothing was found out, whoever it is, so nothing is written but that.
            Found::Unknown(Err(_))
            | Found::Inactive(_, Err(_))
            | Found::Checked {
                outcome: Err(PasswordError::Busy | PasswordError::OutOfMemory),
                ..
            } => {
                transaction.return_attempt(&attempt).await?;
                return Ok(Some(Authentication::Busy));
            }
            Found::Unknown(Ok(_)) => (Tried::Login(typed), AuthenticationFailure::UnknownUser),
            Found::Inactive(user, Ok(_)) => (Tried::Account(user), AuthenticationFailure::Inactive),
            Found::Checked {
                user,
                outcome: Ok(outcome),
                upgraded,
            } if outcome != Outcome::Invalid => {
                return self
                    .grant(transaction, &attempt, &user, outcome, upgraded)
                    .await;
            }
            Found::Checked {
                mut user, outcome, ..
            } => {
                let checked = transaction.inside(|| passwords::record_check(&mut user, outcome));
                let reason = match checked {
                    Ok(_) => AuthenticationFailure::WrongPassword,
                    Err(_) => AuthenticationFailure::Unverifiable,
                };
                (Tried::Account(user), reason)
            }
        };
        transaction.tell(Told::AuthenticationFailed(tried, reason));
        Ok(Some(Authentication::Denied))
    }

    /// The password is right, if it is still the account's.
    async fn grant(
        &self,
        transaction: &mut AccountsTransaction<S>,
        attempt: &Attempt,
        user: &S::User,
        outcome: Outcome,
        upgraded: Option<Password>,
    ) -> Result<Option<Authentication<S::User>>, AccountsError> {
        let Some(id) = user.id() else {
            return Ok(None);
        };
        let checked = user.__fields().password;
        let is_upgraded = upgraded.is_some();
        let password = upgraded.unwrap_or_else(|| checked.clone());
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let expected = Expected::Stored(checked);
        let stored = store.set_password(rows, &id, expected, &password).await?;
        let Some(mut user) = stored.filter(AuthUser::is_active) else {
            transaction.end_flow();
            return Ok(None);
        };
        let client = attempt.client.map(|(key, _)| key);
        transaction
            .settle_attempts(&[attempt.subject.0], client)
            .await?;
        transaction.inside(|| {
            // It is right: there is nothing else that this could answer.
            let _ = passwords::record_check(&mut user, Ok(outcome));
            if is_upgraded {
                UserPasswordUpgraded::new(&user).send();
            }
        });
        transaction.end_flow();
        if self.settings.requires_verified_email() && !user.is_email_verified() {
            let reason = AuthenticationFailure::EmailNotVerified;
            transaction.tell(Told::AuthenticationFailed(Tried::Account(user), reason));
            return Ok(Some(Authentication::VerificationRequired));
        }
        transaction.tell(Told::Authenticated(user.clone()));
        Ok(Some(Authentication::Granted(user)))
    }
}

fn cut(typed: &str) -> Zeroizing<String> {
    Zeroizing::new(TypedLogin::new(typed).expose().to_owned())
}
