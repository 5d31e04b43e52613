//! Creating the tables, in the version that this program knows.

use super::statements::{CREATE_SCHEMA, MIGRATED, SCHEMA_VERSION};
use super::value::values;
use super::{Dialect, Open, SqlLedger, row};
use crate::store::StoreError;

/// The version of the tables. Each change of the tables raises it, and each change of `NormalForm`, since the
/// tables hold normal forms.
const VERSION: i64 = 4;

/// The tables that a store needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Tables {
    /// The tables of the ledger.
    Ledger,
    /// The tables of the ledger and the table of [`User`](crate::User).
    LedgerAndUsers,
}

/// Creates the tables, in a transaction of which one runs at a time. Tables that are up to date are only
/// read, so that a role that may not change them can use them.
pub(super) async fn migrate<D: Dialect>(
    ledger: &SqlLedger<D>,
    tables: Tables,
) -> Result<(), StoreError> {
    let mut reading = Open::<D>::begin(ledger.pool(), D::BEGIN_READING).await?;
    if has_tables::<D>(reading.connection(), tables).await? {
        return Ok(());
    }
    drop(reading);
    let mut open = Open::<D>::begin(ledger.pool(), D::BEGIN_MIGRATION).await?;
    let connection = open.connection();
    // Another process may have created them while this one waited for its turn. PostgreSQL may still
    // report then that there is no such table, from its cache, but does not create it again.
    D::run(connection, CREATE_SCHEMA).await?;
    let is_new = !is_up_to_date::<D>(connection).await?;
    if is_new {
        D::run(connection, D::SCHEMA).await?;
        D::execute(connection, MIGRATED, values![VERSION]).await?;
    }
    // A store with the application's own table may have been first. In a new database the table of
    // another program fails this.
    let has_users =
        tables == Tables::Ledger || !is_new && has_table::<D>(connection, "lback_account").await?;
    if !has_users {
        D::run(connection, D::USER_SCHEMA).await?;
    }
    open.commit().await?;
    Ok(())
}

async fn has_tables<D: Dialect>(
    connection: &mut D::Connection,
    tables: Tables,
) -> Result<bool, StoreError> {
    Ok(has_table::<D>(connection, "lback_schema").await?
        && is_up_to_date::<D>(connection).await?
        && (tables == Tables::Ledger || has_table::<D>(connection, "lback_account").await?))
}

async fn has_table<D: Dialect>(
    connection: &mut D::Connection,
    name: &'static str,
) -> Result<bool, StoreError> {
    let row = D::fetch_one(connection, D::HAS_TABLE, values![name]).await?;
    Ok(D::read_bool(&row, "has_table")?)
}

/// Returns whether there are the tables of this version; `false` if there are none.
async fn is_up_to_date<D: Dialect>(connection: &mut D::Connection) -> Result<bool, StoreError> {
    let version = D::fetch_one(connection, SCHEMA_VERSION, &[]).await?;
    let (found, known) = (row::integer::<D>(&version, "version")?, VERSION);
    match found {
        0 => Ok(false),
        VERSION => Ok(true),
        1..VERSION => Err(StoreError::OlderSchema { found, known }),
        _ => Err(StoreError::NewerSchema { found, known }),
    }
}
