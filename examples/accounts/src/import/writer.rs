//! Rows becoming accounts of a store.

use indicatif::ProgressBar;
use lback_auth::{
    AccountStore, AuditEntry, AuthUser, Inserted, NormalForm, PendingToken, RequestContext,
    TokenKey, TokenPurpose, User, UserRegistered,
};
use lback_signals::Signal;
use time::OffsetDateTime;

use super::collisions::Collisions;
use super::skipped::{Part, Skipped};
use super::source::{Record, Source};
use super::{Tally, row};

pub(super) struct Writer<'a, S> {
    store: &'a S,
    source: &'a Source,
    collisions: &'a Collisions,
    keep_tokens: bool,
    skipped: &'a mut dyn FnMut(&Skipped),
    now: OffsetDateTime,
    /// What is to be said in the audit log of the rows so far.
    entries: Vec<AuditEntry>,
    tally: Tally,
}

impl<'a, S: AccountStore<User = User>> Writer<'a, S> {
    pub(super) fn new(
        store: &'a S,
        source: &'a Source,
        collisions: &'a Collisions,
        keep_tokens: bool,
        skipped: &'a mut dyn FnMut(&Skipped),
    ) -> Self {
        Self {
            store,
            source,
            collisions,
            keep_tokens,
            skipped,
            now: OffsetDateTime::now_utc(),
            entries: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Writes whatever can be used, and says how much that was.
    pub(super) async fn write_all(
        mut self,
        transaction: &mut S::Transaction,
        progress: &ProgressBar,
    ) -> anyhow::Result<Tally> {
        for page in self.source.pages() {
            for record in page? {
                self.write(transaction, &record).await?;
                progress.inc(1);
            }
            self.store.append_audit(transaction, &self.entries).await?;
            self.entries.clear();
        }
        Ok(self.tally)
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
            .insert(transaction, &user, false, registered_at)
            .await?;
        let taken = match inserted {
            Inserted::Stored { user, .. } => {
                self.tally.imported += 1;
                let gives_way = user.is_active() && !user.is_email_verified();
                self.tally.give_way += u64::from(gives_way);
                self.note(&user);
                return self
                    .write_token(transaction, record, &user, registered_at)
                    .await;
            }
            Inserted::UsernameTaken => "another account has its username",
            Inserted::EmailTaken => "another account has its email",
        };
        if self.is_there(&user).await? {
            self.tally.already_there += 1;
        } else {
            self.skip(record, Part::Row, taken.to_owned());
        }
        Ok(())
    }

    /// Whether one account has both the name and the address.
    ///
    /// Reads see nothing of the transaction, which is as it should be: no other row has either.
    async fn is_there(&self, user: &User) -> anyhow::Result<bool> {
        let email = NormalForm::of(user.email());
        let holder = self.store.find_by_email(&email).await?;
        let name = NormalForm::of(user.username());
        Ok(holder.is_some_and(|holder| NormalForm::of(holder.username()) == name))
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
            self.tally.tokens += u64::from(is_put);
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
            .about(user.id())
            .from(RequestContext::current());
        self.entries.push(entry);
    }

    fn skip(&mut self, record: &Record, part: Part, reason: String) {
        if matches!(part, Part::Row) {
            self.tally.skipped += 1;
        }
        let name = record.username.text().ok().map(str::to_owned);
        (self.skipped)(&Skipped {
            row: record.row,
            name,
            part,
            reason,
        });
    }
}
