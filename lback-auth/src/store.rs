//! Where accounts are kept.

mod attempt;
mod audit;
mod error;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod request;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod token_key;

use time::OffsetDateTime;

pub use attempt::{Attempt, AttemptKey, AttemptLimit, AttemptTime, Reservation};
pub use audit::{AuditEntry, AuditNumber};
pub use error::StoreError;
use lback_signals::CommitOutcome;
pub use memory::{MemoryStore, MemoryTransaction};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresStore, PostgresTransaction};
pub use request::{AddressRequest, RequestNumber};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteStore, SqliteTransaction};
pub use token_key::{TokenKey, TokenOwner};

use crate::normal_form::NormalForm;
use crate::{AuthUser, Password, PendingToken, SessionEpoch, TokenPurpose, UserId};

/// What [`Accounts`](crate::Accounts) asks of a database.
///
/// A store for an application's own account type, or another database, implements this. It has
/// no policy: which password is right, who may sign in and what is sent are not its business. Each
/// operation is atomic: one statement, or several that nobody sees the middle of. "Now" is an
/// argument wherever it matters, so that a store needs no clock.
///
/// What only takes `&self` is on its own, and is committed when it returns; it must not need a
/// connection that an open transaction holds, but may wait until that has written. What takes a
/// transaction is a part of it, and leaves it usable whatever the operation comes to, but for a
/// [`StoreError`]. A transaction that is dropped is rolled back.
///
/// Texts come back as they were stored, to the byte, whatever is in them, but for the character
/// U+0000, which is in none that [`Accounts`](crate::Accounts) stores.
///
/// The example `own_store` of the repository keeps an account type of its own in tables of its own.
/// [`account_store_conformance!`](crate::account_store_conformance) (feature `testing`) tests a
/// store by all that is said here.
pub trait AccountStore: Clone + Send + Sync + 'static {
    /// The account type.
    type User: AuthUser + Clone;

    /// A transaction that has begun.
    type Transaction: Send + 'static;

    /// The account of an id.
    fn find(
        &self,
        id: &UserId,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send;

    /// The account that somebody means who signs in with this: the one whose *verified* address it
    /// is, or else the one whose username it is, or else the one whose unverified address it is.
    ///
    /// In this order, nobody can stand in the way of another's sign-in by taking an address as a
    /// name, or a name as an address that is not theirs. `None` for an empty normal form.
    fn find_by_login(
        &self,
        login: &NormalForm,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send;

    /// The account whose address this is, verified or not. `None` for an empty normal form.
    fn find_by_email(
        &self,
        email: &NormalForm,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send;

    /// The account for which a token is out that is [good](PendingToken::is_good_at) now, and the address
    /// that it is for.
    fn find_by_token(
        &self,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<(Self::User, String)>, StoreError>> + Send;

    /// At most `limit` accounts in the order in which they were inserted, from the one after this
    /// one on, or from the first.
    fn page(
        &self,
        after: Option<&UserId>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Self::User>, StoreError>> + Send;

    /// Counts an attempt for all of its keys, if none of them has to wait; each key then has to wait
    /// for as long as its [`AttemptLimit`] says of that many.
    ///
    /// An attempt that is free leaves no wait: another one whose clock is behind is not refused by it.
    /// The store counts by the [time](AttemptTime) that it is given, or by the clock of a database that
    /// several machines share.
    ///
    /// One conditional statement, so that of attempts that come at the same time no more get through
    /// than the limit allows. One of these that does not may be counted for the key that had not to
    /// wait.
    fn reserve_attempt(
        &self,
        attempt: &Attempt,
        now: AttemptTime,
    ) -> impl Future<Output = Result<Reservation, StoreError>> + Send;

    /// The request that was filed first and not yet taken, of those after this one.
    fn next_request(
        &self,
        after: Option<RequestNumber>,
    ) -> impl Future<Output = Result<Option<(RequestNumber, AddressRequest)>, StoreError>> + Send;

    /// At most `limit` audit entries in the order in which they were appended, from the one after
    /// this one on, or from the first.
    ///
    /// Where transactions write at the same time, as in PostgreSQL, an entry can become visible after
    /// one with a higher number. Whoever follows the log looks for the missing numbers a while longer.
    fn audit(
        &self,
        after: Option<AuditNumber>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(AuditNumber, AuditEntry)>, StoreError>> + Send;

    /// Deletes the tokens [that can go](PendingToken::can_be_purged_at) and the attempts that count no more,
    /// and returns how many rows that were.
    ///
    /// A store may delete them in many transactions, so that others can write meanwhile. If a later one
    /// fails, or the future is dropped, what was deleted before stays so, and another purge deletes the rest.
    ///
    /// The store takes the [time](AttemptTime) as for [`reserve_attempt`](Self::reserve_attempt): by a
    /// clock that is ahead, an attempt would be forgotten that others still have to wait for.
    fn purge(&self, now: AttemptTime) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Begins a transaction that can write.
    fn begin(&self) -> impl Future<Output = Result<Self::Transaction, StoreError>> + Send;

    /// Commits. It is [`Unknown`](CommitOutcome::Unknown) if the database was asked to and did not
    /// say whether it has.
    fn commit(
        &self,
        transaction: Self::Transaction,
    ) -> impl Future<Output = CommitOutcome<StoreError>> + Send;

    /// Rolls back.
    fn rollback(
        &self,
        transaction: Self::Transaction,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Inserts an account, which has no id yet, with all that it holds but for a token. An id is never
    /// given again, not even that of an account that was deleted.
    ///
    /// Its username and its address are nobody else's, both by their [`NormalForm`]; or nothing
    /// changes. If `replaces_unverified`, accounts that are active and of which no address was ever
    /// verified stand in nobody's way: they are deleted with their tokens.
    ///
    /// An account whose name or address has an empty normal form is
    /// [`Unstorable`](Inserted::Unstorable), since each empty login would mean it.
    ///
    /// That an address is taken takes as many statements as that it is not, so that nobody learns of
    /// it by that.
    fn insert(
        &self,
        transaction: &mut Self::Transaction,
        user: &Self::User,
        replaces_unverified: bool,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Inserted<Self::User>, StoreError>> + Send;

    /// Puts a password in place, its hash and its [epoch](Password::epoch), if the stored one is the
    /// expected one. `None` if it is not, or there is no such account. It can be the same: then nobody
    /// else changes it before the transaction ends.
    fn set_password(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        expected: Expected<'_>,
        password: &Password,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send;

    /// Marks the address as verified, if it is the account's, to the byte. `None` if it is not, or
    /// there is no such account.
    fn mark_verified(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        email: &str,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send;

    /// Gives an account another address, verified, if its address is still `old`, to the byte. A name
    /// with the normal form of the old address becomes the new address too.
    ///
    /// `replaces_unverified` is as for [`insert`](Self::insert).
    fn set_email(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        old: &str,
        new: &str,
        replaces_unverified: bool,
    ) -> impl Future<Output = Result<EmailSet<Self::User>, StoreError>> + Send;

    /// Puts an account in or out of use, with another epoch of its sessions. `None` if there is no
    /// such account.
    fn set_active(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        is_active: bool,
        epoch: SessionEpoch,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send;

    /// Deletes an account with its tokens, and says what it was. `None` if there is no such account.
    fn delete(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send;

    /// Keeps a token for an account, in place of the one of the same purpose that is out for it.
    /// `false` if there is no such account.
    fn put_token(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        purpose: TokenPurpose,
        token: &PendingToken,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Takes a token back, which is used up then, and says whose it was. `None` if it is not out, or
    /// not [good](PendingToken::is_good_at) now: it stays then.
    fn consume_token(
        &self,
        transaction: &mut Self::Transaction,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<TokenOwner>, StoreError>> + Send;

    /// Deletes all tokens of an account.
    fn end_tokens(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Forgets all attempts of these keys.
    fn clear_attempts(
        &self,
        transaction: &mut Self::Transaction,
        keys: &[AttemptKey],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes one attempt off the count of each of these keys that has one. When they may be tried
    /// again stays as it is.
    fn return_attempts(
        &self,
        transaction: &mut Self::Transaction,
        keys: &[AttemptKey],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Files a request, to be looked at later.
    fn file_request(
        &self,
        transaction: &mut Self::Transaction,
        request: &AddressRequest,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes a request out. `false` if it was taken by somebody else.
    fn take_request(
        &self,
        transaction: &mut Self::Transaction,
        number: RequestNumber,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Appends entries to the audit log, in this order.
    fn append_audit(
        &self,
        transaction: &mut Self::Transaction,
        entries: &[AuditEntry],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Outcome of [`AccountStore::insert`] and
/// [`Accounts::register_in`](crate::Accounts::register_in).
#[must_use = "the username or the address may be taken: match each outcome"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inserted<U> {
    /// It is stored.
    Stored {
        /// What it is now, with its id.
        user: U,
        /// What the accounts were that have given way to it, two at most.
        replaced: Vec<U>,
    },
    /// Another account has the username.
    UsernameTaken,
    /// Another account has the address, and none has the username.
    EmailTaken,
    /// The username or the address has an empty [`NormalForm`]: it is blank, or too long.
    Unstorable,
}

/// Outcome of [`AccountStore::set_email`].
#[must_use = "another account may have the address: match each outcome"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailSet<U> {
    /// It is.
    Set {
        /// What the account is now.
        user: U,
        /// What the account was that has given way to it.
        replaced: Option<U>,
    },
    /// Another account has it, or has it as its name where the name of this one is to follow.
    Taken,
    /// The address has an empty [`NormalForm`].
    Unstorable,
    /// There is no such account, or its address is another one by now.
    Changed,
}

/// The stored password that is to be replaced.
#[derive(Clone, Copy)]
pub enum Expected<'a> {
    /// Whichever it is.
    Any,
    /// This one, or none, and of the same [epoch](Password::epoch).
    Stored(&'a Password),
}
