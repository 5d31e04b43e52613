//! Store with rows of each kind, a snapshot of all that can be read, and one write of each kind.

use super::audit::entry;
use super::fixture::{AccountState, Fixture, epoch, password};
use super::sessions::{digest, session};
use super::trial::{NOW, Outcome, Trial, pending};
use crate::session::Session;
use crate::store::UnverifiedHolders::{Keep, Replace};
use crate::store::{AccountStore, AuditEntry, EndSessions, Expected, TokenKey};
use crate::token::TokenPurpose;
use crate::user_id::UserId;

const RESET: TokenPurpose = TokenPurpose::PasswordReset;

/// Store with rows of each kind.
pub(super) struct Populated<S: AccountStore> {
    pub(super) trial: Trial<S>,
    ada: UserId,
    bob: UserId,
    token: TokenKey,
}

/// Snapshot of all that can be read from a [`Populated`] store.
#[derive(Debug, PartialEq)]
pub(super) struct Snapshot {
    accounts: Vec<AccountState>,
    tokens: Vec<Option<(UserId, String)>>,
    audit: Vec<AuditEntry>,
    sessions: Vec<Session>,
    /// Whether a session has the digest of each number.
    digests: [bool; 3],
}

/// Write that changes the [`Snapshot`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Write {
    Insert,
    DeleteTokens,
    InsertReplacingBob,
    SetPassword,
    MarkVerified,
    SetEmailReplacingBob,
    ConsumeToken,
    PutToken,
    InsertSession,
    RotateSession,
    SignOut,
    EndSessions,
    SetActive,
    AppendAudit,
    Delete,
}

impl Write {
    /// All writes, in an order in which each finds the rows that it changes.
    pub(super) const ALL: [Self; 15] = [
        Self::Insert,
        Self::DeleteTokens,
        Self::InsertReplacingBob,
        Self::SetPassword,
        Self::MarkVerified,
        Self::SetEmailReplacingBob,
        Self::ConsumeToken,
        Self::PutToken,
        Self::InsertSession,
        Self::RotateSession,
        Self::SignOut,
        Self::EndSessions,
        Self::SetActive,
        Self::AppendAudit,
        Self::Delete,
    ];
}

impl<S: AccountStore> Populated<S> {
    pub(super) async fn new(trial: Trial<S>) -> Outcome<Self> {
        let ada = trial.named("ada").with_password(Some("hash"), 1);
        let ada = trial.stored(&ada).await?.stored_id();
        let bob = trial.stored_named("bob").await?;
        let token = trial.put_token(&ada, RESET, 1).await?;
        trial.put_token(&bob, RESET, 2).await?;
        trial.start_session(&ada, 1).await?;
        trial.append(&[entry("before")]).await?;
        Ok(Self {
            trial,
            ada,
            bob,
            token,
        })
    }

    pub(super) async fn snapshot(&self) -> Outcome<Snapshot> {
        let store = &self.trial.store;
        let accounts = store.page(None, 100).await?;
        let mut tokens = Vec::new();
        for number in 1..=3 {
            let key = TokenKey::of_pending(RESET, &pending(number));
            let found = store.find_by_token(&key, NOW).await?;
            tokens.push(found.map(|(user, email)| (user.stored_id(), email)));
        }
        let mut digests = [false; 3];
        for (number, is_found) in (1..).zip(&mut digests) {
            *is_found = store.find_session(&digest(number), NOW).await?.is_some();
        }
        let audit = store.audit(None, 100).await?;
        Ok(Snapshot {
            accounts: accounts.iter().map(Fixture::state).collect(),
            tokens,
            audit: audit.into_iter().map(|(_, entry)| entry).collect(),
            sessions: store.sessions(&self.ada).await?,
            digests,
        })
    }

    pub(super) async fn write(&self, tx: &mut S::Transaction, write: Write) -> Outcome {
        let (trial, store, id) = (&self.trial, &self.trial.store, &self.ada);
        match write {
            Write::Insert => drop(store.insert(tx, &trial.named("eve"), Keep, NOW).await?),
            Write::DeleteTokens => store.delete_tokens(tx, &self.bob).await?,
            Write::InsertReplacingBob => {
                drop(store.insert(tx, &trial.named("bob"), Replace, NOW).await?);
            }
            Write::SetPassword => {
                let new = password(Some("new"), 2);
                drop(store.set_password(tx, id, Expected::Any, &new).await?);
            }
            Write::MarkVerified => drop(store.mark_verified(tx, id, "ada@example.org").await?),
            Write::SetEmailReplacingBob => {
                let (old, new) = ("ada@example.org", "bob@example.org");
                drop(store.set_email(tx, id, old, new, Replace).await?);
            }
            Write::ConsumeToken => drop(store.consume_token(tx, &self.token, NOW).await?),
            Write::PutToken => {
                store.put_token(tx, id, RESET, &pending(3)).await?;
            }
            Write::InsertSession => {
                store.insert_session(tx, &digest(2), &session(id)).await?;
            }
            Write::RotateSession => {
                let digests = [&digest(1), &digest(3)];
                store.rotate_session(tx, id, digests, NOW, None).await?;
            }
            Write::SignOut => drop(store.sign_out(tx, &digest(3)).await?),
            Write::EndSessions => drop(store.end_sessions(tx, id, EndSessions::All).await?),
            Write::SetActive => drop(store.set_active(tx, id, false, epoch(3)).await?),
            Write::AppendAudit => store.append_audit(tx, &[entry("after")]).await?,
            Write::Delete => drop(store.delete(tx, id).await?),
        }
        Ok(())
    }
}
