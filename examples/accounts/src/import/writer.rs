//! Rows becoming accounts of a store, in batches.

use std::time::Instant;
use std::{mem, slice};

use indicatif::ProgressBar;
use lback_auth::{
    AccountStore, AuditEntry, AuthUser, Inserted, NormalForm, PendingToken, RequestContext,
    TokenKey, TokenPurpose, UnverifiedHolders, User, UserRegistered,
};
use lback_signals::Signal;
use time::OffsetDateTime;

use super::collisions::Collisions;
use super::skipped::{Part, Skipped};
use super::source::{Record, Source};
use super::{BATCH_TIME, Tally, row};

pub(super) struct Writer<'a, S> {
    store: &'a S,
    source: &'a Source,
    collisions: &'a Collisions,
    keep_tokens: bool,
    clock: &'a dyn Fn() -> Instant,
    now: OffsetDateTime,
    batch: Batch,
}

/// The messages about the rows of one transaction, printed when it has committed.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) tally: Tally,
    pub(super) skipped: Vec<Skipped>,
    entries: Vec<AuditEntry>,
}

impl<'a, S: AccountStore<User = User>> Writer<'a, S> {
    pub(super) fn new(
        store: &'a S,
        source: &'a Source,
        collisions: &'a Collisions,
        keep_tokens: bool,
        clock: &'a dyn Fn() -> Instant,
    ) -> Self {
        Self {
            store,
            source,
            collisions,
            keep_tokens,
            clock,
            now: OffsetDateTime::now_utc(),
            batch: Batch::default(),
        }
    }

    /// Writes the rows that can be used, with their tokens and their entries in the audit log, until
    /// none is left or [`BATCH_TIME`] is over: one at least, if there is one.
    pub(super) async fn write_batch(
        &mut self,
        transaction: &mut S::Transaction,
        records: &mut slice::Iter<'_, Record>,
        progress: &ProgressBar,
    ) -> anyhow::Result<Batch> {
        let mut start = None;
        for record in records {
            self.write(transaction, record).await?;
            progress.inc(1);
            let now = (self.clock)();
            if now.duration_since(*start.get_or_insert(now)) >= BATCH_TIME {
                break;
            }
        }
        let batch = mem::take(&mut self.batch);
        self.store.append_audit(transaction, &batch.entries).await?;
        Ok(batch)
    }

    async fn write(
        &mut self,
        transaction: &mut S::Transaction,
        record: &Record,
    ) -> anyhow::Result<()> {
        if let Some(reason) = self.collisions.reason(record, self.source)? {
            self.skip(record, Part::Row, reason);
            return Ok(());
        }
        let (user, registered_at) = match row::account(record) {
            Ok(account) => account,
            Err(reason) => {
                self.skip(record, Part::Row, reason);
                return Ok(());
            }
        };
        let inserted = self
            .store
            .insert(transaction, &user, UnverifiedHolders::Keep, registered_at)
            .await?;
        let taken = match inserted {
            Inserted::Stored { user, .. } => {
                self.batch.tally.imported += 1;
                self.count_if_replaceable(&user);
                self.note(&user);
                return self
                    .write_token(transaction, record, &user, registered_at)
                    .await;
            }
            Inserted::UsernameTaken => "another account has its username",
            Inserted::EmailTaken => "another account has its email",
            Inserted::Unstorable => "its username or its email is empty, or too long to be kept",
        };
        match self.same(&user).await? {
            Some(same) => {
                self.batch.tally.already_there += 1;
                self.count_if_replaceable(&same);
            }
            None => self.skip(record, Part::Row, taken.to_owned()),
        }
        Ok(())
    }

    /// The account that has both the name and the address.
    ///
    /// Reads see nothing of the transaction, which is as it should be: no other row has either.
    async fn same(&self, user: &User) -> anyhow::Result<Option<User>> {
        let email = NormalForm::of(user.email());
        let holder = self.store.find_by_email(&email).await?;
        let name = NormalForm::of(user.username());
        Ok(holder.filter(|holder| NormalForm::of(holder.username()) == name))
    }

    fn count_if_replaceable(&mut self, user: &User) {
        let is_replaceable = user.is_active() && !user.is_email_verified();
        self.batch.tally.replaceable += u64::from(is_replaceable);
    }

    async fn write_token(
        &mut self,
        transaction: &mut S::Transaction,
        record: &Record,
        user: &User,
        issued_at: OffsetDateTime,
    ) -> anyhow::Result<()> {
        if !self.keep_tokens {
            return Ok(());
        }
        let token = match row::token(record, user, issued_at, self.now) {
            Ok(None) => return Ok(()),
            Ok(Some(token)) => token,
            Err(reason) => {
                self.skip(record, Part::Token, reason);
                return Ok(());
            }
        };
        if let Some(reason) = self.taken(record, &token).await? {
            self.skip(record, Part::Token, reason);
            return Ok(());
        }
        if let Some(id) = user.id() {
            let purpose = TokenPurpose::EmailVerification;
            let is_put = self
                .store
                .put_token(transaction, &id, purpose, &token)
                .await?;
            self.batch.tally.tokens += u64::from(is_put);
        }
        Ok(())
    }

    /// Why a token cannot be this account's alone.
    async fn taken(&self, record: &Record, token: &PendingToken) -> anyhow::Result<Option<String>> {
        if let Some(reason) = self.collisions.token_reason(record)? {
            return Ok(Some(reason));
        }
        let key = TokenKey::of_pending(TokenPurpose::EmailVerification, token);
        let holder = self.store.find_by_token(&key, self.now).await?;
        Ok(holder.map(|_| "another account has it".to_owned()))
    }

    fn note(&mut self, user: &User) {
        let entry = AuditEntry::new(self.now, UserRegistered::info().name(), "imported")
            .with_user(user.id())
            .with_context(RequestContext::current());
        self.batch.entries.push(entry);
    }

    fn skip(&mut self, record: &Record, part: Part, reason: String) {
        if matches!(part, Part::Row) {
            self.batch.tally.skipped += 1;
        }
        let name = record.username.text().ok().map(str::to_owned);
        self.batch.skipped.push(Skipped {
            row: record.row,
            name,
            part,
            reason,
        });
    }
}
