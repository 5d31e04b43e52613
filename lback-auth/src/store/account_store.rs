//! The store that `Accounts` uses.

use lback_signals::CommitOutcome;
use time::OffsetDateTime;

use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::password::Password;
use crate::session::{Session, SessionDigest, SessionEpoch};
use crate::store::operations::{self, in_read_transaction, in_transaction};
use crate::store::session::AccountSessions;
use crate::store::table::parse_id;
use crate::store::{
    AccountTable, Attempt, AttemptKey, AttemptTime, AuditEntry, AuditNumber, EmailSet, EndSessions,
    Expected, Inserted, InsertedSession, Ledger, Reservation, StoreError, TokenKey, TokenOwner,
    UnverifiedHolders,
};
use crate::token::{PendingToken, TokenPurpose};
use crate::user_id::UserId;

/// The store of [`Accounts`](crate::Accounts): a table of accounts and a [`Ledger`].
///
/// For an account type in a table of the application, implement [`AccountTable`] and open a
/// `SqliteStore` or `PostgresStore` with it. To implement this trait, set the four types and return
/// the table and the ledger: all other methods are provided.
///
/// A store has no policy. [`Accounts`](crate::Accounts) decides which password is correct, who may
/// sign in and what is sent. "Now" is an argument wherever it matters.
///
/// Each operation is atomic. A method that takes only `&self` has committed when it returns. It does
/// not need a connection that an open transaction holds, but may wait until that has written. A method
/// that takes a transaction is a part of it and leaves it usable for every outcome except a
/// [`StoreError`]. Dropping a transaction rolls it back.
///
/// Texts come back as they were stored, to the byte. They contain no U+0000:
/// [`Accounts`](crate::Accounts) stores no such text.
///
/// [`account_store_conformance!`](crate::account_store_conformance) (feature `testing`) tests a store
/// for this contract.
///
/// # Errors
///
/// Each method returns a [`StoreError`] if the database fails. The failed operation changed nothing,
/// unless its method says otherwise, and its transaction can only be rolled back.
pub trait AccountStore: Clone + Send + Sync + 'static {
    /// The account type.
    type User: AuthUser + Clone;

    /// A transaction that has begun.
    type Transaction: Send + 'static;

    /// The table of accounts.
    type Table: AccountTable<User = Self::User, Connection = <Self::Ledger as Ledger>::Connection>;

    /// The database of everything else.
    type Ledger: Ledger<Transaction = Self::Transaction>;

    /// Returns the table of accounts.
    fn table(&self) -> &Self::Table;

    /// Returns the ledger.
    fn ledger(&self) -> &Self::Ledger;

    /// Returns the account with this id.
    fn find(
        &self,
        id: &UserId,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send {
        async move {
            match parse_id::<Self::Table>(id) {
                Some(id) => {
                    in_read_transaction!(self, |connection| operations::find(self, connection, &id))
                }
                None => Ok(None),
            }
        }
    }

    /// Returns the account that signs in with this login: the account whose *verified* address it is,
    /// or else whose username it is, or else whose unverified address it is.
    ///
    /// With this order, an account cannot block the sign-in of another by taking its address as a
    /// username, or its username as an address. Returns `None` for an empty normal form.
    fn find_by_login(
        &self,
        login: &NormalForm,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send {
        async move {
            if login.is_empty() {
                return Ok(None);
            }
            in_read_transaction!(self, |connection| operations::find_by_login(
                self, connection, login
            ))
        }
    }

    /// Returns the account with this address, verified or not. Returns `None` for an empty normal
    /// form.
    fn find_by_email(
        &self,
        email: &NormalForm,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send {
        async move {
            if email.is_empty() {
                return Ok(None);
            }
            in_read_transaction!(self, |connection| operations::find_by_email(
                self, connection, email
            ))
        }
    }

    /// Returns the account for which a token is stored that is
    /// [good](PendingToken::is_good_at) now, and the address that the token is for.
    fn find_by_token(
        &self,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<(Self::User, String)>, StoreError>> + Send {
        async move {
            in_read_transaction!(self, |connection| operations::find_by_token(
                self, connection, token, now
            ))
        }
    }

    /// Returns at most `limit` accounts in the order of insertion, starting after the account `after`
    /// or with the first.
    ///
    /// `after` is an id that an earlier page returned. If it was deleted, the page may start after its
    /// position or be empty. Returns none after a text that is no id of the table's
    /// [type](AccountTable::Id), or that, in a table with texts as ids, was never one.
    fn page(
        &self,
        after: Option<&UserId>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Self::User>, StoreError>> + Send {
        async move {
            let after = match after.map(parse_id::<Self::Table>) {
                None => None,
                Some(Some(id)) => Some(id),
                Some(None) => return Ok(Vec::new()),
            };
            in_read_transaction!(self, |connection| self.table().page(
                connection,
                after.as_ref(),
                limit
            ))
        }
    }

    /// Returns a session that is stored and [valid](Session::is_valid_at) now, with its account. One statement finds
    /// both in the stores' own table of accounts, and two in a table of the application.
    fn find_session(
        &self,
        digest: &SessionDigest,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<(Session, Self::User)>, StoreError>> + Send {
        async move {
            if let Some(found) = self.table().__find_session(self.ledger(), digest, now) {
                return found.await;
            }
            in_read_transaction!(self, |connection| operations::find_session(
                self, connection, digest, now
            ))
        }
    }

    /// Returns all sessions of an account that are stored, in the order of insertion: also those that have expired or
    /// were signed out.
    fn sessions(
        &self,
        id: &UserId,
    ) -> impl Future<Output = Result<Vec<Session>, StoreError>> + Send {
        async move {
            if parse_id::<Self::Table>(id).is_none() {
                return Ok(Vec::new());
            }
            in_read_transaction!(self, |connection| self.ledger().sessions(connection, id))
        }
    }

    /// Sets the last use of a session to `now`, and its expiry without further use. Does nothing if the stored last use
    /// is later than `unless_seen_after`, or the session has expired.
    fn touch_session(
        &self,
        digest: &SessionDigest,
        now: OffsetDateTime,
        idle_expires_at: OffsetDateTime,
        unless_seen_after: OffsetDateTime,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.ledger()
            .touch_session(digest, now, idle_expires_at, unless_seen_after)
    }

    /// Counts an attempt for all of its keys, if none of them has to wait. Each key then has to wait
    /// for as long as its [`AttemptLimit`](crate::AttemptLimit) says for its number of attempts.
    ///
    /// A free attempt leaves no wait, so that it does not refuse an attempt whose clock is behind. The
    /// store counts by the given [time](AttemptTime), or by the clock of a database that several
    /// machines share.
    ///
    /// Of concurrent attempts, no more are granted than the limit allows. A refused attempt is counted
    /// for neither key, unless another attempt is counted at the same time: then it may be counted for
    /// the key without a delay. After an error the attempt may be counted, since the outcome of the commit may be
    /// unknown.
    ///
    /// A sign-in calls [`reserve_attempt_and_find`](Self::reserve_attempt_and_find) instead.
    fn reserve_attempt(
        &self,
        attempt: &Attempt,
        now: AttemptTime,
    ) -> impl Future<Output = Result<Reservation, StoreError>> + Send {
        async move {
            let (reservation, _) = operations::reserve_attempt(self, attempt, now, None).await?;
            Ok(reservation)
        }
    }

    /// Counts an attempt as [`reserve_attempt`](Self::reserve_attempt) does. If it is granted, finds the account as
    /// [`find_by_login`](Self::find_by_login) does, in the same transaction. The account is `None` if the attempt is
    /// refused.
    ///
    /// A store that replaces [`reserve_attempt`](Self::reserve_attempt) or [`find_by_login`](Self::find_by_login) has to
    /// replace this one, too.
    fn reserve_attempt_and_find(
        &self,
        attempt: &Attempt,
        now: AttemptTime,
        login: &NormalForm,
    ) -> impl Future<Output = Result<(Reservation, Option<Self::User>), StoreError>> + Send {
        operations::reserve_attempt(self, attempt, now, Some(login))
    }

    /// Returns at most `limit` audit entries in the order in which they were appended, starting after
    /// this one or with the first.
    ///
    /// Where transactions write at the same time, as in PostgreSQL, an entry can become visible after
    /// one with a higher number. A reader that follows the log looks for missing numbers a while
    /// longer.
    fn audit(
        &self,
        after: Option<AuditNumber>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(AuditNumber, AuditEntry)>, StoreError>> + Send {
        async move {
            in_read_transaction!(self, |connection| self
                .ledger()
                .audit(connection, after, limit))
        }
    }

    /// Returns the audit entries about an account, also a deleted one, as [`audit`](Self::audit) returns those of all.
    fn audit_of(
        &self,
        account: &UserId,
        after: Option<AuditNumber>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(AuditNumber, AuditEntry)>, StoreError>> + Send {
        async move {
            in_read_transaction!(self, |connection| self
                .ledger()
                .audit_of(connection, account, after, limit))
        }
    }

    /// Deletes the tokens [that can go](PendingToken::can_be_purged_at), the sessions that
    /// [expired long ago](Session::KEPT_AFTER_EXPIRY) or were used more than a day after this instant, and the
    /// attempts that no longer count, and returns the number of rows.
    ///
    /// A store may delete them in many transactions, so that others can write meanwhile. If a later
    /// one fails or the future is dropped, the rows that were deleted before stay deleted, and another
    /// purge deletes the rest.
    ///
    /// The store takes the [time](AttemptTime) as for [`reserve_attempt`](Self::reserve_attempt): by
    /// a clock that is ahead, it would delete an attempt for which others still have to wait.
    fn purge(&self, now: AttemptTime) -> impl Future<Output = Result<u64, StoreError>> + Send {
        self.ledger().purge(now)
    }

    /// Begins a transaction that can write.
    fn begin(&self) -> impl Future<Output = Result<Self::Transaction, StoreError>> + Send {
        self.ledger().begin()
    }

    /// Commits. Returns [`Unknown`](CommitOutcome::Unknown) if the database did not answer whether it
    /// has committed.
    fn commit(
        &self,
        transaction: Self::Transaction,
    ) -> impl Future<Output = CommitOutcome<StoreError>> + Send {
        self.ledger().commit(transaction)
    }

    /// Rolls back.
    fn rollback(
        &self,
        transaction: Self::Transaction,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.ledger().rollback(transaction)
    }

    /// Inserts an account that has no id yet, with everything that it holds except a token. An id is
    /// never assigned twice, even if its first account was deleted.
    ///
    /// Usernames and addresses are unique by their [`NormalForm`]. If another account has one of them,
    /// nothing changes, unless all such accounts can be [replaced](UnverifiedHolders::Replace). An account
    /// with an empty normal form is [`Unstorable`](Inserted::Unstorable), since every empty login would
    /// match it.
    ///
    /// Runs the same number of statements whether the address is free, taken or held by a replaceable
    /// account, so that the time does not show which.
    fn insert(
        &self,
        transaction: &mut Self::Transaction,
        user: &Self::User,
        holders: UnverifiedHolders,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Inserted<Self::User>, StoreError>> + Send {
        async move {
            in_transaction!(self, transaction, |connection| operations::insert(
                self, connection, user, holders, now
            ))
        }
    }

    /// Sets a password, its hash and its [epoch](Password::epoch), if the stored one is the expected
    /// one. Returns `None` if it is not, or there is no such account.
    fn set_password(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        expected: Expected<'_>,
        password: &Password,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send {
        async move {
            let Some(id) = parse_id::<Self::Table>(id) else {
                return Ok(None);
            };
            in_transaction!(self, transaction, |connection| operations::set_password(
                self, connection, &id, expected, password
            ))
        }
    }

    /// Locks an account to the end of the transaction, if its stored password and epoch are these, and
    /// writes nothing. Returns `None` if they are not, or there is no such account.
    fn lock_if_unchanged(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        password: &Password,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send {
        async move {
            let Some(id) = parse_id::<Self::Table>(id) else {
                return Ok(None);
            };
            let expected = Expected::Stored(password);
            in_transaction!(self, transaction, |connection| operations::lock_if(
                self, connection, &id, expected
            ))
        }
    }

    /// Marks an address as verified, if it is the account's, to the byte. Returns `None` if it is not,
    /// or there is no such account.
    fn mark_verified(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        email: &str,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send {
        async move {
            let Some(id) = parse_id::<Self::Table>(id) else {
                return Ok(None);
            };
            in_transaction!(self, transaction, |connection| operations::mark_verified(
                self, connection, &id, email
            ))
        }
    }

    /// Gives an account another address, verified, if its address is still `old`, to the byte. A
    /// username with the normal form of the old address becomes the new address too.
    ///
    /// `holders` says whether unverified accounts that hold the new address are replaced, as for
    /// [`insert`](Self::insert).
    fn set_email(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        old: &str,
        new: &str,
        holders: UnverifiedHolders,
    ) -> impl Future<Output = Result<EmailSet<Self::User>, StoreError>> + Send {
        async move {
            let Some(id) = parse_id::<Self::Table>(id) else {
                return Ok(EmailSet::Changed);
            };
            in_transaction!(self, transaction, |connection| operations::set_email(
                self, connection, &id, old, new, holders
            ))
        }
    }

    /// Activates or deactivates an account, and sets another epoch of its sessions. Returns `None` if
    /// there is no such account.
    fn set_active(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        is_active: bool,
        epoch: SessionEpoch,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send {
        async move {
            let Some(id) = parse_id::<Self::Table>(id) else {
                return Ok(None);
            };
            in_transaction!(self, transaction, |connection| operations::set_active(
                self, connection, &id, is_active, epoch
            ))
        }
    }

    /// Deletes an account with its tokens and sessions and returns it as it was. Returns `None` if there is no such
    /// account.
    fn delete(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send {
        async move {
            let Some(table_id) = parse_id::<Self::Table>(id) else {
                return Ok(None);
            };
            in_transaction!(self, transaction, |connection| operations::delete(
                self, connection, &table_id
            ))
        }
    }

    /// Stores a token for an account, in place of its token of the same purpose. Returns `false` if
    /// there is no such account.
    fn put_token(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        purpose: TokenPurpose,
        token: &PendingToken,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send {
        async move {
            let Some(table_id) = parse_id::<Self::Table>(id) else {
                return Ok(false);
            };
            in_transaction!(self, transaction, |connection| operations::put_token(
                self,
                connection,
                (id, &table_id),
                purpose,
                token
            ))
        }
    }

    /// Deletes a token, which is used up then, and returns its owner. Returns `None` and leaves the
    /// token if it is not stored or not [good](PendingToken::is_good_at) now.
    fn consume_token(
        &self,
        transaction: &mut Self::Transaction,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<TokenOwner>, StoreError>> + Send {
        async move {
            in_transaction!(self, transaction, |connection| operations::consume_token(
                self, connection, token, now
            ))
        }
    }

    /// Deletes all tokens of an account.
    fn delete_tokens(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move {
            if parse_id::<Self::Table>(id).is_none() {
                return Ok(());
            }
            in_transaction!(self, transaction, |connection| self
                .ledger()
                .delete_tokens(connection, [Some(id), None]))
        }
    }

    /// Stores a session under the digest of its token, and assigns its id. The transaction has
    /// [locked](Self::lock_if_unchanged) its account.
    fn insert_session(
        &self,
        transaction: &mut Self::Transaction,
        digest: &SessionDigest,
        session: &Session,
    ) -> impl Future<Output = Result<InsertedSession, StoreError>> + Send {
        async move {
            in_transaction!(self, transaction, |connection| self
                .ledger()
                .insert_session(connection, digest, session))
        }
    }

    /// Gives a [valid](Session::is_valid_at) session of an account the second of these digests if it has the first,
    /// and returns it. Also sets when the correct password was entered last, unless that is `None`. Of concurrent
    /// rotations of one digest, one succeeds.
    fn rotate_session(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        old_and_new: [&SessionDigest; 2],
        now: OffsetDateTime,
        authenticated_at: Option<OffsetDateTime>,
    ) -> impl Future<Output = Result<Option<Session>, StoreError>> + Send {
        async move {
            in_transaction!(self, transaction, |connection| self
                .ledger()
                .rotate_session(connection, id, old_and_new, now, authenticated_at))
        }
    }

    /// Deletes the digest of a session, so that no token is valid for it, and returns the session and its account. The
    /// rest of the row stays until it is [purged](Self::purge), or until the account's sessions
    /// [end](Self::end_sessions).
    fn sign_out(
        &self,
        transaction: &mut Self::Transaction,
        digest: &SessionDigest,
    ) -> impl Future<Output = Result<Option<(Session, Self::User)>, StoreError>> + Send {
        async move {
            in_transaction!(self, transaction, |connection| operations::sign_out(
                self, connection, digest
            ))
        }
    }

    /// Locks an account, deletes sessions of it, and returns both: also sessions that have expired or were signed out.
    /// Returns `None` if there is no such account.
    fn end_sessions(
        &self,
        transaction: &mut Self::Transaction,
        id: &UserId,
        which: EndSessions,
    ) -> impl Future<Output = Result<AccountSessions<Self::User>, StoreError>> + Send {
        async move {
            let Some(table_id) = parse_id::<Self::Table>(id) else {
                return Ok(None);
            };
            in_transaction!(self, transaction, |connection| operations::end_sessions(
                self,
                connection,
                (id, &table_id),
                which
            ))
        }
    }

    /// Deletes all attempts of these keys.
    fn clear_attempts(
        &self,
        transaction: &mut Self::Transaction,
        keys: &[AttemptKey],
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move {
            in_transaction!(self, transaction, |connection| self
                .ledger()
                .clear_attempts(connection, keys))
        }
    }

    /// Takes one attempt off the count of each of these keys that has one. The time from which they may
    /// be tried again stays as it is.
    fn return_attempts(
        &self,
        transaction: &mut Self::Transaction,
        keys: &[AttemptKey],
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move {
            in_transaction!(self, transaction, |connection| self
                .ledger()
                .return_attempts(connection, keys))
        }
    }

    /// Appends entries to the audit log, in this order.
    fn append_audit(
        &self,
        transaction: &mut Self::Transaction,
        entries: &[AuditEntry],
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move {
            in_transaction!(self, transaction, |connection| self
                .ledger()
                .append_audit(connection, entries))
        }
    }
}
