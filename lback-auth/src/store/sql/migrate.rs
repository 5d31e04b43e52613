//! Creating the tables, in the version that this program knows.

use super::statements::{CREATE_SCHEMA, MIGRATED, SCHEMA_ACCOUNTS, SCHEMA_VERSION};
use super::value::values;
use super::{Dialect, Open, SqlLedger, row};
use crate::store::StoreError;
use crate::store::sql::users::USER_TABLE;

/// The version of the tables. Each change of the tables raises it, and each change of `NormalForm`, since the
/// tables hold normal forms.
const VERSION: i64 = 6;

/// Creates the tables of a ledger for this table of accounts, in a transaction of which one runs at a time.
/// Tables that are up to date are only read, so that a role that may not change them can use them.
pub(super) async fn migrate<D: Dialect>(
    ledger: &SqlLedger<D>,
    accounts: &'static str,
) -> Result<(), StoreError> {
    let mut reading = Open::<D>::begin(ledger.pool(), D::BEGIN_READ).await?;
    if has_tables::<D>(reading.connection(), accounts).await? {
        return Ok(());
    }
    drop(reading);
    let mut open = Open::<D>::begin(ledger.pool(), D::BEGIN_MIGRATION).await?;
    let connection = open.connection();
    // Another process may have created them while this one waited for the lock. PostgreSQL may still
    // report then that there is no such table, from its cache, but does not create it again.
    D::run(connection, CREATE_SCHEMA).await?;
    if !is_up_to_date::<D>(connection, accounts).await? {
        D::run(connection, D::SCHEMA).await?;
        if accounts == USER_TABLE {
            // Fails if another program has such a table.
            D::run(connection, D::USER_SCHEMA).await?;
        }
        D::execute(connection, MIGRATED, values![VERSION, accounts]).await?;
    }
    open.commit().await?;
    Ok(())
}

async fn has_tables<D: Dialect>(
    connection: &mut D::Connection,
    accounts: &'static str,
) -> Result<bool, StoreError> {
    let has_schema = D::fetch_one(connection, D::HAS_TABLE, values!["lback_schema"]).await?;
    Ok(D::read_bool(&has_schema, "has_table")? && is_up_to_date::<D>(connection, accounts).await?)
}

/// Returns whether there are the tables of this version; `false` if there are none.
async fn is_up_to_date<D: Dialect>(
    connection: &mut D::Connection,
    accounts: &'static str,
) -> Result<bool, StoreError> {
    let version = D::fetch_one(connection, SCHEMA_VERSION, &[]).await?;
    let (found, known) = (row::integer::<D>(&version, "version")?, VERSION);
    match found {
        0 => Ok(false),
        VERSION => {
            // A second table has accounts with the same ids, whose tokens would be valid for these.
            let owner = D::fetch_one(connection, SCHEMA_ACCOUNTS, values![VERSION]).await?;
            let found = row::text::<D>(&owner, "accounts")?;
            if found == accounts {
                Ok(true)
            } else {
                Err(StoreError::OtherAccounts { found, accounts })
            }
        }
        1..VERSION => Err(StoreError::OlderSchema { found, known }),
        _ => Err(StoreError::NewerSchema { found, known }),
    }
}
