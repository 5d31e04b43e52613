//! A store in memory.

mod attempts;
mod ledger;
mod numbered;
mod sessions;
mod state;
mod table;
mod tokens;

use std::fmt;

use lback_signals::durable::MemoryOutbox;

pub use self::ledger::{MemoryLedger, MemoryTransaction};
pub use self::state::MemoryConnection;
pub use self::table::MemoryTable;
use crate::store::AccountStore;
use crate::user::User;

/// Accounts in memory, for tests and examples. Dropping the last clone of the store drops them.
///
/// Ids are `1`, `2`, `3` and so on. One transaction is open at a time: beginning another one,
/// [reserving](AccountStore::reserve_attempt) an attempt and [purging](AccountStore::purge) wait for
/// its end, and forever if the same task holds it. Reading does not wait, and sees what is committed.
///
/// ```
/// use lback_auth::{AccountStore, AuthUser, Inserted, MemoryStore, NormalForm, UnverifiedHolders, User};
/// use time::OffsetDateTime;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new();
/// let ada = User::new("ada", "ada@example.org")?;
///
/// let mut transaction = store.begin().await?;
/// let (holders, now) = (UnverifiedHolders::Keep, OffsetDateTime::now_utc());
/// let inserted = store.insert(&mut transaction, &ada, holders, now).await?;
/// assert!(matches!(inserted, Inserted::Stored { user, .. } if user.id().unwrap().as_str() == "1"));
/// store.commit(transaction).await;
///
/// let found = store.find_by_login(&NormalForm::of("ADA")).await?;
/// assert_eq!(found.unwrap().email(), "ada@example.org");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    ledger: MemoryLedger,
    table: MemoryTable,
}

impl MemoryStore {
    /// Returns a store without accounts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the outbox, in which each transaction of accounts stores the deliveries of its signals: for a
    /// [`Worker`](lback_signals::durable::Worker).
    #[must_use]
    pub fn outbox(&self) -> &MemoryOutbox {
        self.ledger.outbox()
    }

    /// Replaces the outbox, for example by one that the application sends its own signals with.
    #[must_use]
    pub fn with_outbox(mut self, outbox: MemoryOutbox) -> Self {
        self.ledger.set_outbox(outbox);
        self
    }
}

impl AccountStore for MemoryStore {
    type User = User;
    type Transaction = MemoryTransaction;
    type Table = MemoryTable;
    type Ledger = MemoryLedger;

    fn table(&self) -> &MemoryTable {
        &self.table
    }

    fn ledger(&self) -> &MemoryLedger {
        &self.ledger
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore(..)")
    }
}
