//! Export of the stored data of an account.

use lback_signals::Signal;
use lback_signals::durable::StoredSignal;
use time::OffsetDateTime;

use super::event::REPLACED;
use super::{Accounts, AccountsError, AddressMailDue, UserDeleted};
use crate::auth_user::AuthUser;
use crate::request_context::RequestContext;
use crate::session::Session;
use crate::store::{AccountStore, AuditEntry, Ledger as _, StoreError};
use crate::token::TokenPurpose;
use crate::user_id::UserId;

/// The entries of the audit log that are read at a time.
const PAGE: u32 = 1_000;

/// The stored data of an account, without hashes, digests or tokens: the result of [`Accounts::export`]. With the
/// feature `serde` it implements `Serialize`, with instants as RFC 3339.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AccountExport {
    /// The account's id.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::id"))]
    pub id: UserId,
    /// The account, or `None` if it was deleted.
    pub account: Option<ExportedAccount>,
    /// The stored sessions, also those that have expired or were signed out.
    pub sessions: Vec<Session>,
    /// The entries of the audit log that are about the account. Those of mails for a change of address are left out,
    /// since they would show whether another account has the address. Those that another signed-in account caused, and
    /// that of its replacement, have no context.
    pub audit: Vec<AuditEntry>,
    /// The signals for durable receivers, whose deliveries wait, run or are dead, or which are kept.
    pub signals: Vec<ExportedSignal>,
}

/// The columns of an account that belong to the store, without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ExportedAccount {
    /// The username.
    pub username: String,
    /// The address.
    pub email: String,
    /// The address that was verified last.
    pub verified_email: Option<String>,
    /// Whether the account is active.
    pub is_active: bool,
    /// Whether the account has a password.
    pub has_password: bool,
}

/// A stored signal for durable receivers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ExportedSignal {
    /// The stored name.
    pub name: String,
    /// The version of the payload.
    pub version: u32,
    /// The payload, as JSON.
    pub payload: String,
    /// The instant at which it was sent.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::instant"))]
    pub sent_at: OffsetDateTime,
}

impl<S: AccountStore> Accounts<S> {
    /// Returns the stored data of an account, as [`AccountExport::of`] does.
    ///
    /// ```
    /// # use lback_auth::{Accounts, AccountStore, AccountsError, UserId};
    /// # async fn show<S: AccountStore>(accounts: &Accounts<S>, id: &UserId) -> Result<(), AccountsError> {
    /// let export = accounts.export(id).await?;
    /// println!("{} sessions", export.sessions.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`Store`](AccountsError::Store).
    pub async fn export(&self, id: &UserId) -> Result<AccountExport, AccountsError> {
        Ok(AccountExport::of(&self.store, id).await?)
    }
}

impl AccountExport {
    /// Returns the stored data of an account, for a user who asks for it (GDPR, article 15). It contains no secret.
    ///
    /// The parts are read one after the other, and not in one transaction. Add the columns and rows of the application.
    /// Pending tokens and requests for mails, which have an address of the account and expire soon, are not included.
    /// Neither are entries of the audit log about other accounts, such as the outcome of a sign-in with another login:
    /// they have details that a client must not learn.
    ///
    /// # Errors
    ///
    /// Returns a [`StoreError`] if the database fails.
    pub async fn of<S: AccountStore>(store: &S, id: &UserId) -> Result<Self, StoreError> {
        let account = store.find(id).await?;
        Ok(Self {
            id: id.clone(),
            account: account.as_ref().map(ExportedAccount::of),
            sessions: store.sessions(id).await?,
            audit: audit_of(store, id).await?,
            signals: signals_of(store, id).await?,
        })
    }
}

impl ExportedAccount {
    fn of(user: &impl AuthUser) -> Self {
        let verification = user.__fields().email_verification;
        Self {
            username: user.username().to_owned(),
            email: user.email().to_owned(),
            verified_email: verification.verified_email().map(str::to_owned),
            is_active: user.is_active(),
            has_password: user.has_usable_password(),
        }
    }
}

/// Returns the entries about an account that its owner may see.
async fn audit_of<S: AccountStore>(store: &S, id: &UserId) -> Result<Vec<AuditEntry>, StoreError> {
    let (mut entries, mut last) = (Vec::new(), None);
    loop {
        let page = store.audit_of(id, last, PAGE).await?;
        let Some((number, _)) = page.last() else {
            return Ok(entries);
        };
        last = Some(*number);
        entries.extend(page.into_iter().filter_map(|(_, entry)| shown(entry, id)));
    }
}

/// Returns an entry as the owner of its account may see it.
fn shown(mut entry: AuditEntry, owner: &UserId) -> Option<AuditEntry> {
    let is_email_change = entry.signal == AddressMailDue::info().name()
        && entry.outcome == TokenPurpose::EmailChange.as_str();
    if is_email_change {
        return None;
    }
    let is_of_another = entry.context.actor().is_some_and(|actor| actor != owner);
    // Its client is that of the person who registered, usually without a session.
    let is_replaced = entry.signal == UserDeleted::info().name() && entry.outcome == REPLACED;
    if is_of_another || is_replaced {
        entry.context = RequestContext::new();
    }
    Some(entry)
}

async fn signals_of<S: AccountStore>(
    store: &S,
    id: &UserId,
) -> Result<Vec<ExportedSignal>, StoreError> {
    let signals = store.ledger().stored_signals(id).await?;
    Ok(signals.into_iter().map(exported).collect())
}

fn exported(signal: StoredSignal) -> ExportedSignal {
    ExportedSignal {
        name: signal.name,
        version: signal.version,
        payload: signal.payload,
        sent_at: signal.sent_at.into(),
    }
}
