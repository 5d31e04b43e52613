//! What a store in an SQL database does, for whichever database the module above is of.
//!
//! This is compiled once for each, against the types and the few functions that the module above
//! defines: generic code over sqlx's `Database` needs so many bounds that nothing else is to be seen.

mod account;
mod alone;
mod attempt;
mod log;
mod migrate;
mod open;
mod purge;
mod row;
mod token;
mod transaction;

use alone::{read, repeated};
use lback_signals::CommitOutcome;
pub(super) use migrate::migrate;
pub(super) use open::Open;
use time::OffsetDateTime;
pub(super) use transaction::Checked;

use super::{Store, Transaction};
use crate::store::sql::quantity::account_number;
use crate::{
    AccountStore, AddressRequest, Attempt, AttemptKey, AttemptTime, AuditEntry, AuditNumber,
    EmailSet, Expected, Inserted, NormalForm, Password, PendingToken, RequestNumber, Reservation,
    SessionEpoch, StoreError, TokenKey, TokenOwner, TokenPurpose, User, UserId,
};

impl AccountStore for Store {
    type User = User;
    type Transaction = Transaction;

    async fn find(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let Some(id) = account_number(id) else {
            return Ok(None);
        };
        read!(self, |connection| account::find(connection, id))
    }

    async fn find_by_login(&self, login: &NormalForm) -> Result<Option<User>, StoreError> {
        read!(self, |connection| account::find_by_login(connection, login))
    }

    async fn find_by_email(&self, email: &NormalForm) -> Result<Option<User>, StoreError> {
        read!(self, |connection| account::find_by_email(connection, email))
    }

    async fn find_by_token(
        &self,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> Result<Option<(User, String)>, StoreError> {
        read!(self, |connection| token::owner_of(connection, token, now))
    }

    async fn page(&self, after: Option<&UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let after = match after {
            None => i64::MIN,
            Some(id) => match account_number(id) {
                Some(id) => id,
                None => return Ok(Vec::new()),
            },
        };
        read!(self, |connection| account::page(connection, after, limit))
    }

    async fn reserve_attempt(
        &self,
        attempt: &Attempt,
        now: AttemptTime,
    ) -> Result<Reservation, StoreError> {
        let _turn = self.turn().await?;
        repeated!(alone::reserve(self, attempt, now))
    }

    async fn next_request(
        &self,
        after: Option<RequestNumber>,
    ) -> Result<Option<(RequestNumber, AddressRequest)>, StoreError> {
        read!(self, |connection| log::next_request(connection, after))
    }

    async fn audit(
        &self,
        after: Option<AuditNumber>,
        limit: u32,
    ) -> Result<Vec<(AuditNumber, AuditEntry)>, StoreError> {
        read!(self, |connection| log::audit(connection, after, limit))
    }

    async fn purge(&self, now: AttemptTime) -> Result<u64, StoreError> {
        purge::purge(self, now).await
    }

    async fn begin(&self) -> Result<Transaction, StoreError> {
        Transaction::begin(self).await
    }

    async fn commit(&self, transaction: Transaction) -> CommitOutcome<StoreError> {
        transaction.commit().await
    }

    async fn rollback(&self, transaction: Transaction) -> Result<(), StoreError> {
        transaction.rollback().await
    }

    async fn insert(
        &self,
        transaction: &mut Transaction,
        user: &User,
        replaces_unverified: bool,
        now: OffsetDateTime,
    ) -> Result<Inserted<User>, StoreError> {
        let connection = transaction.start().await?;
        let inserted = account::insert(connection, user, replaces_unverified, now).await;
        transaction.finish(inserted)
    }

    async fn set_password(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
        expected: Expected<'_>,
        password: &Password,
    ) -> Result<Option<User>, StoreError> {
        let Some(id) = account_number(id) else {
            return Ok(None);
        };
        let connection = transaction.start().await?;
        let user = account::set_password(connection, id, expected, password).await;
        transaction.finish(user)
    }

    async fn mark_verified(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
        email: &str,
    ) -> Result<Option<User>, StoreError> {
        let Some(id) = account_number(id) else {
            return Ok(None);
        };
        let user = account::mark_verified(transaction.start().await?, id, email).await;
        transaction.finish(user)
    }

    async fn set_email(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
        old: &str,
        new: &str,
        replaces_unverified: bool,
    ) -> Result<EmailSet<User>, StoreError> {
        let Some(id) = account_number(id) else {
            return Ok(EmailSet::Changed);
        };
        let connection = transaction.start().await?;
        let set = account::set_email(connection, id, old, new, replaces_unverified).await;
        transaction.finish(set)
    }

    async fn set_active(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
        is_active: bool,
        epoch: SessionEpoch,
    ) -> Result<Option<User>, StoreError> {
        let Some(id) = account_number(id) else {
            return Ok(None);
        };
        let user = account::set_active(transaction.start().await?, id, is_active, epoch).await;
        transaction.finish(user)
    }

    async fn delete(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
    ) -> Result<Option<User>, StoreError> {
        let Some(id) = account_number(id) else {
            return Ok(None);
        };
        let user = account::delete(transaction.start().await?, id).await;
        transaction.finish(user)
    }

    async fn put_token(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
        purpose: TokenPurpose,
        token: &PendingToken,
    ) -> Result<bool, StoreError> {
        let Some(id) = account_number(id) else {
            return Ok(false);
        };
        let is_kept = token::put(transaction.start().await?, id, purpose, token).await;
        transaction.finish(is_kept)
    }

    async fn consume_token(
        &self,
        transaction: &mut Transaction,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> Result<Option<TokenOwner>, StoreError> {
        let owner = token::consume(transaction.start().await?, token, now).await;
        transaction.finish(owner)
    }

    async fn end_tokens(
        &self,
        transaction: &mut Transaction,
        id: &UserId,
    ) -> Result<(), StoreError> {
        let Some(id) = account_number(id) else {
            return Ok(());
        };
        let ended = token::end_all(transaction.start().await?, id).await;
        transaction.finish(ended)
    }

    async fn clear_attempts(
        &self,
        transaction: &mut Transaction,
        keys: &[AttemptKey],
    ) -> Result<(), StoreError> {
        let cleared = attempt::clear(transaction.start().await?, keys).await;
        transaction.finish(cleared)
    }

    async fn return_attempts(
        &self,
        transaction: &mut Transaction,
        keys: &[AttemptKey],
    ) -> Result<(), StoreError> {
        let returned = attempt::give_back(transaction.start().await?, keys).await;
        transaction.finish(returned)
    }

    async fn file_request(
        &self,
        transaction: &mut Transaction,
        request: &AddressRequest,
    ) -> Result<(), StoreError> {
        let filed = log::file_request(transaction.start().await?, request).await;
        transaction.finish(filed)
    }

    async fn take_request(
        &self,
        transaction: &mut Transaction,
        number: RequestNumber,
    ) -> Result<bool, StoreError> {
        let is_taken = log::take_request(transaction.start().await?, number).await;
        transaction.finish(is_taken)
    }

    async fn append_audit(
        &self,
        transaction: &mut Transaction,
        entries: &[AuditEntry],
    ) -> Result<(), StoreError> {
        let appended = log::append_audit(transaction.start().await?, entries).await;
        transaction.finish(appended)
    }
}
