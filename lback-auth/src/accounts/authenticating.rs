//! Signing in.

use std::fmt;
use std::time::Duration;

use lback_signals::Signal;
use zeroize::Zeroizing;

use super::event::{FailedLogin, FlowEvent};
use super::throttle::Refusal;
use super::{
    Accounts, AccountsError, AccountsTransaction, Authentication, AuthenticationFailure, MAX_TRIES,
    TypedLogin, without_transaction,
};
use crate::auth_user::AuthUser;
use crate::hasher::Hasher;
use crate::hasher::Outcome;
use crate::normal_form::NormalForm;
use crate::operations::passwords;
use crate::password::{Password, PasswordError};
use crate::signals::UserPasswordUpgraded;
use crate::store::{AccountStore, Attempt, Expected};

/// A sign-in whose password is checked, prepared by [`Accounts::prepare_authentication`].
#[must_use = "nothing is done until it is passed to `authenticate_in`"]
pub struct CheckedLogin<U> {
    attempt: Attempt,
    /// The login as typed, truncated.
    typed: Zeroizing<String>,
    check: LoginCheck<U>,
}

impl<U> fmt::Debug for CheckedLogin<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedLogin").finish_non_exhaustive()
    }
}

/// Result of counting an attempt and checking its password.
enum LoginCheck<U> {
    Throttled {
        retry_after: Duration,
        /// Whether this is the first refusal of the wait.
        is_first: bool,
    },
    /// No account has the login. The password was checked against the decoy.
    Unknown(Result<Outcome, PasswordError>),
    /// The account is deactivated. The password was checked against the decoy.
    Inactive(U, Result<Outcome, PasswordError>),
    Checked {
        user: U,
        outcome: Result<Outcome, PasswordError>,
        /// The new hash of a right password whose hash is stale.
        upgraded: Option<Password>,
    },
}

/// Result of an authentication before its commit.
pub(super) enum Uncommitted<S: AccountStore> {
    /// Refused, with nothing to write.
    Throttled { retry_after: Duration },
    /// The outcome, valid only after the transaction has committed.
    Finished(Authentication<S::User>, AccountsTransaction<S>),
}

impl<S: AccountStore> Accounts<S> {
    /// Authenticates an account by its username or address, and its password.
    ///
    /// To start a session too, call [`sign_in`](Self::sign_in).
    ///
    /// An unknown login, a deactivated account and an account without a password cost one decoy hash in the same
    /// queue, and run the same statements. A wrong password is as much work even if the account's hash is cheaper
    /// than a new one. A more expensive hash [is observable](crate::HasherBuilder::decoy).
    ///
    /// The attempt is counted before the check, for the login and for the client. If access is granted, the attempts of
    /// the login are cleared, and the client's attempt is taken back. If the hasher is busy, both are taken back.
    /// [`Denied`](Authentication::Denied) and [`VerificationRequired`](Authentication::VerificationRequired) leave both
    /// counted, so that the limits do not tell a stranger who has registered an address whether it was free. A throttled
    /// attempt is not counted.
    ///
    /// If access is granted, a password with a [stale](crate::Verdict::Stale) hash is hashed again, unless it has
    /// changed meanwhile. Check [`must_change_password`](AuthUser::must_change_password) of a granted account.
    ///
    /// # Errors
    ///
    /// Returns [`Store`](AccountsError::Store), [`NotEnqueued`](AccountsError::NotEnqueued) or
    /// [`CommitUnknown`](AccountsError::CommitUnknown). Access is not granted then.
    ///
    /// # Signals
    ///
    /// Sends [`UserAuthenticated`](crate::UserAuthenticated) or
    /// [`UserAuthenticationFailed`](crate::UserAuthenticationFailed) after the commit, and the signals of
    /// [`check_and_upgrade`](AuthUser::check_and_upgrade) inside the transaction if the account exists and is
    /// active. Sends none for [`Busy`](Authentication::Busy).
    pub async fn authenticate(
        &self,
        login: &str,
        password: &str,
    ) -> Result<Authentication<S::User>, AccountsError> {
        without_transaction(async {
            match self.authenticate_uncommitted(login, password).await? {
                Uncommitted::Throttled { retry_after } => {
                    Ok(Authentication::Throttled { retry_after })
                }
                Uncommitted::Finished(outcome, transaction) => {
                    transaction.commit().await?;
                    Ok(outcome)
                }
            }
        })
        .await
    }

    /// Authenticates, and leaves the commit to the caller.
    pub(super) async fn authenticate_uncommitted(
        &self,
        login: &str,
        password: &str,
    ) -> Result<Uncommitted<S>, AccountsError> {
        let mut checked = self.check_login(login, password).await?;
        if let LoginCheck::Throttled {
            retry_after,
            is_first: false,
        } = checked.check
        {
            let failed = FailedLogin::<S::User>::Typed(checked.typed);
            failed.signal(AuthenticationFailure::Throttled).send();
            return Ok(Uncommitted::Throttled { retry_after });
        }
        let normal_form = NormalForm::of(login);
        for _ in 1..MAX_TRIES {
            let mut transaction = self.begin().await?;
            let attempt = checked.attempt;
            if let Some(outcome) = self.finish_login(&mut transaction, checked).await? {
                return Ok(Uncommitted::Finished(outcome, transaction));
            }
            transaction.rollback().await?;
            let found = self.store.find_by_login(&normal_form).await?;
            let check = self.check_password(found, password).await;
            checked = CheckedLogin {
                attempt,
                typed: truncated(login),
                check,
            };
        }
        let mut transaction = self.begin().await?;
        let outcome = self.authenticate_in(&mut transaction, checked).await?;
        Ok(Uncommitted::Finished(outcome, transaction))
    }

    /// Counts an attempt to sign in, and checks the password.
    ///
    /// # Errors
    ///
    /// Returns [`Store`](AccountsError::Store).
    pub async fn prepare_authentication(
        &self,
        login: &str,
        password: &str,
    ) -> Result<CheckedLogin<S::User>, AccountsError> {
        without_transaction(async { self.check_login(login, password).await }).await
    }

    /// Runs [`authenticate`](Self::authenticate) in a transaction. Also returns
    /// [`Busy`](Authentication::Busy) if the account has changed since its password was checked. An account whose
    /// address was not verified at the check is not read again: it gets
    /// [`VerificationRequired`](Authentication::VerificationRequired), also if the address was verified since.
    ///
    /// # Errors
    ///
    /// Returns [`Store`](AccountsError::Store).
    pub async fn authenticate_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        checked: CheckedLogin<S::User>,
    ) -> Result<Authentication<S::User>, AccountsError> {
        let attempt = checked.attempt;
        if let Some(outcome) = self.finish_login(transaction, checked).await? {
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
        let check = match self.reserve_and_find(&attempt, &normal_form).await? {
            Ok(found) => self.check_password(found, password).await,
            Err(Refusal { until, retry_after }) => LoginCheck::Throttled {
                retry_after,
                is_first: self.noted_waits.is_first(&attempt, until, self.now()),
            },
        };
        Ok(CheckedLogin {
            attempt,
            typed: truncated(login),
            check,
        })
    }

    /// Checks the password against the account's hash. Without an account that is active and has a password, checks it
    /// against the decoy. The work does not depend on the account, with three exceptions: an upgrade, a right password
    /// whose hash is cheaper than the decoy, and a hash that is more expensive than the decoy.
    async fn check_password(&self, found: Option<S::User>, password: &str) -> LoginCheck<S::User> {
        let hasher = Hasher::current();
        let active = found.as_ref().filter(|user| user.is_active());
        let stored = active.and_then(|user| user.__fields().password.stored());
        let outcome = hasher.examine_async(password, stored).await;
        match found {
            None => LoginCheck::Unknown(outcome),
            Some(user) if !user.is_active() => LoginCheck::Inactive(user, outcome),
            Some(user) => {
                let upgraded = match outcome {
                    Ok(Outcome::Stale) if !self.must_verify_email(&user) => {
                        let hash = hasher.hash_async(password).await.ok();
                        hash.map(|hash| user.__fields().password.upgraded(hash))
                    }
                    _ => None,
                };
                LoginCheck::Checked {
                    user,
                    outcome,
                    upgraded,
                }
            }
        }
    }

    /// Returns whether a right password of the account gets
    /// [`VerificationRequired`](Authentication::VerificationRequired).
    fn must_verify_email(&self, user: &S::User) -> bool {
        self.settings.requires_verified_email() && !user.is_email_verified()
    }

    /// Writes the result of a check. Returns `None` if the account has changed since, so that the check must be
    /// repeated.
    async fn finish_login(
        &self,
        transaction: &mut AccountsTransaction<S>,
        checked: CheckedLogin<S::User>,
    ) -> Result<Option<Authentication<S::User>>, AccountsError> {
        let CheckedLogin {
            attempt,
            typed,
            check,
        } = checked;
        let (failed, reason) = match check {
            LoginCheck::Throttled {
                retry_after,
                is_first,
            } => {
                let reason = AuthenticationFailure::Throttled;
                let event = FlowEvent::AuthenticationFailed(FailedLogin::Typed(typed), reason);
                if is_first {
                    transaction.send_after_commit(event);
                } else {
                    transaction.send_after_commit_unaudited(event);
                }
                return Ok(Some(Authentication::Throttled { retry_after }));
            }
            // The password was not checked, so the attempt does not count.
            LoginCheck::Unknown(Err(_))
            | LoginCheck::Inactive(_, Err(_))
            | LoginCheck::Checked {
                outcome: Err(PasswordError::Busy | PasswordError::OutOfMemory),
                ..
            } => {
                transaction.return_attempt(&attempt).await?;
                return Ok(Some(Authentication::Busy));
            }
            LoginCheck::Unknown(Ok(_)) => (
                FailedLogin::Typed(typed),
                AuthenticationFailure::UnknownUser,
            ),
            LoginCheck::Inactive(user, Ok(_)) => {
                (FailedLogin::Account(user), AuthenticationFailure::Inactive)
            }
            LoginCheck::Checked {
                user,
                outcome: Ok(outcome),
                upgraded,
            } if outcome != Outcome::Invalid && !self.must_verify_email(&user) => {
                return self
                    .grant(transaction, &attempt, &user, outcome, upgraded)
                    .await;
            }
            // A right password of an unverified account counts, and runs the statements of an unknown login: otherwise,
            // the limits would tell a stranger who has registered an address whether it was free.
            LoginCheck::Checked {
                mut user, outcome, ..
            } => {
                let checked = transaction.dispatch(|| passwords::record_check(&mut user, outcome));
                let reason = match checked {
                    Ok(true) => AuthenticationFailure::EmailNotVerified,
                    Ok(false) => AuthenticationFailure::WrongPassword,
                    Err(_) => AuthenticationFailure::Unverifiable,
                };
                (FailedLogin::Account(user), reason)
            }
        };
        transaction.send_after_commit(FlowEvent::AuthenticationFailed(failed, reason));
        Ok(Some(match reason {
            AuthenticationFailure::EmailNotVerified => Authentication::VerificationRequired,
            _ => Authentication::Denied,
        }))
    }

    /// Grants access, if the checked password is still the account's.
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
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let stored = match &upgraded {
            Some(password) => {
                let expected = Expected::Stored(checked);
                store.set_password(rows, &id, expected, password).await?
            }
            None => store.lock_if_unchanged(rows, &id, checked).await?,
        };
        let may_sign_in = |user: &S::User| user.is_active() && !self.must_verify_email(user);
        let Some(mut user) = stored.filter(may_sign_in) else {
            transaction.end_flow();
            return Ok(None);
        };
        let client = attempt.client.map(|(key, _)| key);
        transaction
            .clear_attempts(&[attempt.subject.0], client)
            .await?;
        transaction.dispatch(|| {
            // The result is known: the password is right.
            let _ = passwords::record_check(&mut user, Ok(outcome));
            if upgraded.is_some() {
                UserPasswordUpgraded::new(&user).send();
            }
        });
        transaction.end_flow();
        transaction.send_after_commit(FlowEvent::Authenticated(user.clone()));
        Ok(Some(Authentication::Granted(user)))
    }
}

fn truncated(typed: &str) -> Zeroizing<String> {
    Zeroizing::new(TypedLogin::new(typed).expose().to_owned())
}
