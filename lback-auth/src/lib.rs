//! A user model that hashes with argon2 and says what happens to it through typed signals.
//!
//! ```
//! use std::time::Duration;
//!
//! use lback_auth::{AuthUser, User, UserPasswordChecked};
//! use lback_signals::receiver;
//!
//! #[receiver(signal = UserPasswordChecked)]
//! fn count_wrong_guesses(event: &UserPasswordChecked<'_>) {
//!     if !event.success {
//!         println!("a wrong password for {}", event.user.username());
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut user = User::new("ada", "ada@example.org")?;
//! user.set_password("correct horse battery staple")?;
//! assert!(user.check_password("correct horse battery staple")?);
//! assert!(!user.check_password("guess")?); // the receiver prints its line
//!
//! let token = user.generate_email_verification_token(Duration::from_secs(3600))?;
//! user.verify_email(token.expose())?;
//! assert!(user.is_email_verified());
//! # Ok(())
//! # }
//! ```
//!
//! The methods are those of [`AuthUser`], which [`derive(AuthUser)`](derive@AuthUser) gives to a
//! type of your own. They are mechanism and no policy: they do not say which passwords are good, when
//! an account may sign in, or where accounts are kept. Which passwords are good is for a
//! [`PasswordPolicy`] to say, before one is set.
//!
//! # Hashing
//!
//! Passwords are hashed with argon2id into PHC strings by a [`Hasher`], whose places bound how much
//! memory that takes and how many hash at once, however many ask: who waits too long is
//! [`Busy`](PasswordError::Busy). Its settings, a [`Pepper`] among them, are the application's:
//! [`install`](Hasher::install) one for the process, provide one for a
//! [`Scope`](lback_signals::Scope), or hand one to a `…_with` method. In async code use the
//! `…_async` methods (feature `tokio`), which hash on no thread of the executor's.
//!
//! What other software has hashed can be checked too (feature `foreign-hashes`):
//! [`check_and_upgrade`](AuthUser::check_and_upgrade) replaces it at the first right password.
//!
//! [`session_auth_hash`](AuthUser::session_auth_hash) is what a session layer compares, so that
//! sessions end when a password is set.
//!
//! # Accounts in a database
//!
//! [`Accounts`] (feature `accounts`) has what the model leaves out: who may sign in, where accounts are
//! kept, and the flows from registering to deleting, each with signals of its own that are sent when
//! the database has committed.
//!
//! # The seven signals
//!
//! Each call that sets or checks a password, or issues or takes back a token, sends exactly one of
//! these, on every path:
//!
//! | signal | sent when |
//! |---|---|
//! | [`UserPasswordSet`] | the new hash is in place |
//! | [`UserPasswordSetFailed`] | anything kept the password from being set; the old one is untouched |
//! | [`UserPasswordChecked`] | a check came to an answer: right, wrong, or no password to be right |
//! | [`UserPasswordCheckFailed`] | no answer was possible: the stored hash cannot be used, or there was no place or no memory to |
//! | [`UserEmailVerificationTokenGenerated`] | token and expiry are in place |
//! | [`UserEmailVerified`] | the token was right and in time, and is used up; or somebody vouches for the address |
//! | [`UserEmailVerificationFailed`] | anything else |
//!
//! An eighth comes beside one of them: [`UserPasswordUpgraded`] after the [`UserPasswordChecked`] of
//! a `check_and_upgrade` that has put a new hash in place.
//!
//! A receiver cannot change what a method returns: a failing one is reported and logged
//! ([`Signal::send`](lback_signals::Signal::send)), and a right password stays right.
//!
//! # Secrets
//!
//! No password or hash is in an error or the `Debug` of a type here, or within reach of the
//! `&dyn AuthUser` that signals carry; a receiver that downcasts to the account's own type sees what
//! that type shows. The one secret in a payload is the [`VerificationToken`], which has to be mailed,
//! and only its [`expose`](VerificationToken::expose) shows it. Passwords, tokens, keys and peppers
//! are wiped from the memory that this crate has of them, and so is what argon2 fills. Libraries below
//! (scrypt, `zxcvbn`, Unicode normalisation) may leave parts of theirs.
//!
//! # Features
//!
//! - `tracing` (default) logs each failure of a receiver once.
//! - `tokio` adds the methods that hash while a task waits. Any executor will do.
//! - `foreign-hashes` checks the hashes of bcrypt (`2a`, `2b`, `2y`) and of Django (`argon2`,
//!   `bcrypt`, `bcrypt_sha256`, `pbkdf2_sha1`, `pbkdf2_sha256`, `scrypt`).
//! - `zxcvbn` lets a [`PasswordPolicy`] ask for a least score of the `zxcvbn` estimate.
//! - `accounts` has the flows of accounts in a store ([`Accounts`]), and a store in memory.
//! - `audit` has what the model says in a flow written into the store's audit log, beside what the flows
//!   write.
//! - `sqlite` has a store in SQLite, and `postgres` one in PostgreSQL. They need Rust 1.94, as sqlx 0.9
//!   does; all else needs 1.91.
//! - `testing` has `auth_user_invariants!`, which tests an account type of your own, and, with
//!   `accounts`, `account_store_conformance!`, which tests a store of your own.

#[cfg(feature = "accounts")]
mod accounts;
#[cfg(feature = "accounts")]
mod audit;
mod auth_user;
mod email_verification;
mod hasher;
mod password;
mod policy;
mod session;
mod signals;
#[cfg(feature = "accounts")]
mod store;
#[cfg(feature = "testing")]
mod testing;
mod token;
mod user;

// Not public API. Used by generated code.
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

#[cfg(feature = "accounts")]
pub use accounts::{
    Accepted, Accounts, AccountsError, AccountsTransaction, Authentication, AuthenticationFailure,
    CheckedChange, CheckedLogin, CheckedReset, EmailConfirmation, PasswordChange, Registration,
    Request, RequestContext, UserAuthenticated, UserAuthenticationFailed, UserDeactivated,
    UserDeleted, UserEmailChangeRequested, UserEmailChanged, UserPasswordChanged,
    UserPasswordResetRequested, UserReactivated, UserRegistered, UserRegistering,
};
#[cfg(feature = "accounts")]
pub use audit::AuditBuffer;
pub use auth_user::{AuthUser, UserId};
pub use email_verification::{EmailVerification, VerifiedBy, Voucher};
pub use hasher::{
    Hasher, HasherBuilder, HasherError, HasherStats, Pepper, PepperError, RandomSource,
    RandomSourceError, Verdict,
};
pub use lback_signals_macros::AuthUser;
pub use password::{Password, PasswordError};
#[cfg(feature = "zxcvbn")]
pub use policy::ZxcvbnScore;
pub use policy::{
    AsyncPasswordCheck, AsyncPasswordPolicy, Candidate, PasswordCheck, PasswordCheckFuture,
    PasswordOwner, PasswordPolicy, PasswordRejected, RejectionReason,
};
pub use session::{SessionAuthHash, SessionEpoch, SessionKey, SessionKeyTooShort};
pub use signals::{
    UserEmailVerificationFailed, UserEmailVerificationTokenGenerated, UserEmailVerified,
    UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed,
    UserPasswordUpgraded,
};
#[cfg(feature = "accounts")]
pub use store::{
    AccountStore, AddressRequest, Attempt, AttemptKey, AttemptLimit, AuditEntry, AuditNumber,
    EmailSet, Expected, Inserted, MemoryStore, MemoryTransaction, NormalForm, RequestNumber,
    Reservation, StoreError, TokenKey, TokenOwner,
};
#[cfg(feature = "postgres")]
pub use store::{PostgresStore, PostgresTransaction};
#[cfg(feature = "sqlite")]
pub use store::{SqliteStore, SqliteTransaction};
pub use token::{OneTimeToken, PendingToken, TokenError, TokenPurpose, VerificationToken};
pub use user::{User, UserError, UserParts};

#[doc(no_inline)]
pub use token::TokenError as EmailVerificationError;
