#![doc = include_str!("../README.md")]
//!
//! # Hashing
//!
//! A [`Hasher`] hashes passwords with argon2id into PHC strings. It bounds memory and concurrency; a
//! caller that waits too long gets [`Busy`](PasswordError::Busy). To change its settings, such as the
//! [`Pepper`], [`install`](Hasher::install) a hasher for the process, provide one for a
//! [`Scope`](lback_signals::Scope), or call the methods of a hasher, such as
//! [`Hasher::set_password`]. Async code calls the `…_async` methods (feature `tokio`), which do not
//! block a thread of the executor.
//!
//! The feature `foreign-hashes` checks hashes that other software made;
//! [`check_and_upgrade`](AuthUser::check_and_upgrade) replaces one at the first correct password.
//!
//! `Accounts::sign_in` (feature `accounts`) starts a stored session. A reset password, a confirmed address, a
//! deactivation or a deletion ends all sessions of the account; a changed password ends all except the caller's. An
//! application with its own store of sessions keeps the [`session_auth_hash`](AuthUser::session_auth_hash)
//! of the account in each and [verifies](SessionKey::verify) it, so that a session ends when a password is
//! set.
//!
//! # Accounts in a database
//!
//! [`Accounts`] (feature `accounts`) stores accounts, authenticates users, and implements the flows from
//! registration to deletion. Each flow sends its signals after the database has committed. For your own
//! account type, implement [`AccountTable`] and open [`SqliteStore`] or [`PostgresStore`] with it. The module
//! `axum` (feature `axum`) has their sessions in a web application.
//!
//! # The seven signals
//!
//! Each call that sets or checks a password, or issues or verifies a token, sends exactly one of these
//! signals, on every path:
//!
//! | signal | sent when |
//! |---|---|
//! | [`UserPasswordSet`] | the new hash is set |
//! | [`UserPasswordSetFailed`] | the password could not be set; the old one is unchanged |
//! | [`UserPasswordChecked`] | a check completed: the password is correct or wrong, or the account has no usable password |
//! | [`UserPasswordCheckFailed`] | a check failed: the stored hash is unusable, or the hasher was busy or out of memory |
//! | [`UserEmailVerificationTokenGenerated`] | the token and its expiry are set |
//! | [`UserEmailVerified`] | the token was valid and is consumed, or an operator vouches for the address |
//! | [`UserEmailVerificationFailed`] | the token was refused; the signal has the reason |
//!
//! A `check_and_upgrade` that replaces the hash sends an eighth signal, [`UserPasswordUpgraded`], after
//! its [`UserPasswordChecked`].
//!
//! A receiver cannot change the return value of a method. A failing receiver is reported and logged
//! ([`Signal::send`](lback_signals::Signal::send)).
//!
//! # Secrets
//!
//! No error and no `Debug` output of this crate contains a password or a hash, and the `&dyn AuthUser` in
//! signals gives no access to them. A receiver that downcasts to the account type can read whatever that
//! type exposes. The only secret in a payload is the [`VerificationToken`], which has to be mailed; only
//! [`expose`](VerificationToken::expose) returns its text. This crate wipes passwords, tokens, keys and
//! peppers from its memory, and the memory of argon2.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "accounts")]
mod accounts;
#[cfg(feature = "accounts")]
mod audit;
mod auth_user;
#[cfg(feature = "axum")]
pub mod axum;
mod case_folding;
mod clock;
mod derive;
mod email_verification;
mod hasher;
#[cfg(feature = "accounts")]
mod normal_form;
mod operations;
mod password;
mod policy;
mod random;
#[cfg(feature = "accounts")]
mod request_context;
#[cfg(feature = "serde")]
mod serialize;
mod session;
mod signals;
#[cfg(feature = "accounts")]
mod store;
#[cfg(feature = "testing")]
mod testing;
mod token;
mod user;
mod user_id;
mod user_signal;

// Not public API. Used by generated code.
#[doc(hidden)]
pub mod __private;

#[cfg(feature = "accounts")]
pub use accounts::{
    Accepted, AccountExport, Accounts, AccountsBuilder, AccountsBuilderError, AccountsError,
    AccountsTransaction, AddressMailDue, Authentication, AuthenticationFailure, CheckedChange,
    CheckedLogin, CheckedReset, EmailConfirmation, ExportedAccount, ExportedSignal, PasswordChange,
    Registration, Request, SessionEndReason, TokenIssuer, TypedLogin, UnverifiedSignIn,
    UserAuthenticated, UserAuthenticationFailed, UserDeactivated, UserDeleted, UserEmailChanged,
    UserPasswordChanged, UserReactivated, UserRegistered, UserRegistering, UserSessionEnded,
    UserSessionStarted,
};
#[cfg(feature = "accounts")]
pub use audit::AuditBuffer;
pub use auth_user::AuthUser;
pub use clock::Clock;
pub use derive::AuthUser;
pub use email_verification::{EmailVerification, VerifiedBy, Voucher};
pub use hasher::{
    Hasher, HasherBuilder, HasherBuilderError, HasherStats, Pepper, PepperError, Verdict,
};
#[cfg(feature = "accounts")]
pub use normal_form::NormalForm;
pub use password::{Password, PasswordError};
#[cfg(feature = "zxcvbn")]
pub use policy::ZxcvbnScore;
pub use policy::{
    AsyncPasswordCheck, AsyncPasswordPolicy, Candidate, PasswordCheck, PasswordCheckFuture,
    PasswordOwner, PasswordPolicy, PasswordRejected, RejectionReason,
};
pub use random::{RandomSource, RandomSourceError};
#[cfg(feature = "accounts")]
pub use request_context::RequestContext;
#[cfg(feature = "accounts")]
pub use session::{
    IssuedSession, Remember, Session, SessionDigest, SessionId, SessionTimeouts, SessionToken,
};
pub use session::{SessionAuthHash, SessionEpoch, SessionKey, SessionKeyTooShort};
pub use signals::{
    UserEmailVerificationFailed, UserEmailVerificationTokenGenerated, UserEmailVerified,
    UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed,
    UserPasswordUpgraded,
};
#[cfg(feature = "accounts")]
pub use store::{
    AccountColumns, AccountKeys, AccountStore, AccountTable, Attempt, AttemptKey, AttemptLimit,
    AttemptTime, AuditEntry, AuditNumber, EmailSet, EndSessions, Expected, Inserted,
    InsertedSession, Ledger, MemoryConnection, MemoryLedger, MemoryStore, MemoryTable,
    MemoryTransaction, Reservation, RowLock, StoreError, TokenKey, TokenOwner, UnverifiedHolders,
};
#[cfg(feature = "postgres")]
pub use store::{PostgresStore, PostgresTransaction};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use store::{SqlLedger, SqlTransaction, UserTable};
#[cfg(feature = "sqlite")]
pub use store::{SqliteStore, SqliteTransaction};
pub use token::{OneTimeToken, PendingToken, TokenError, TokenPurpose, VerificationToken};
pub use user::{User, UserError, UserParts, is_invisible};
pub use user_id::UserId;
