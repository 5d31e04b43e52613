//! Stores of accounts.
//!
//! ```text
//! account_store   what `Accounts` calls
//! operations      each operation, written once above a table and a ledger
//! table  ledger   the part of an application; the part of the crate, once per database
//! memory  sqlite  postgres
//! sql             the one SQL implementation, generic over the database's differences
//! ```

mod account_store;
mod attempt;
mod audit;
mod columns;
mod error;
mod ledger;
mod memory;
mod operations;
mod outcome;
#[cfg(feature = "postgres")]
mod postgres;
mod repeat;
mod session;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod table;
mod token_key;

pub use account_store::AccountStore;
pub use attempt::{Attempt, AttemptKey, AttemptLimit, AttemptTime, Reservation};
pub use audit::{AuditEntry, AuditNumber};
pub use columns::AccountColumns;
pub use error::StoreError;
pub use ledger::Ledger;
pub use memory::{MemoryConnection, MemoryLedger, MemoryStore, MemoryTable, MemoryTransaction};
pub use outcome::{EmailSet, Expected, Inserted, UnverifiedHolders};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresStore, PostgresTransaction};
pub use session::{EndSessions, InsertedSession};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use sql::{SqlLedger, SqlTransaction, UserTable};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteStore, SqliteTransaction};
pub use table::{AccountKeys, AccountTable, RowLock};
pub use token_key::{TokenKey, TokenOwner};
