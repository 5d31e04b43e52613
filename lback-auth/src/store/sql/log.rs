//! The audit log.

use std::fmt::Write as _;

use super::quantity::micros;
use super::statements::{APPEND_AUDIT, AUDIT, AUDIT_OF};
use super::value::values;
use super::{Dialect, Value, row};
use crate::request_context::RequestContext;
use crate::store::{AuditEntry, AuditNumber, StoreError};
use crate::user_id::UserId;

/// The most entries that one statement appends: with [`COLUMNS`] each, SQLite takes 32,766 values.
const MAX_ENTRIES: usize = 1_000;

/// The most entries whose statement stays prepared: more than a flow appends.
///
/// Each number of entries needs another statement, and a connection keeps 100 statements. With
/// hundreds of entries each, those take tens of megabytes.
const MAX_PREPARED: usize = 16;

/// The columns of an entry.
const COLUMNS: usize = 7;

pub(super) async fn audit<D: Dialect>(
    connection: &mut D::Connection,
    after: Option<AuditNumber>,
    limit: u32,
) -> Result<Vec<(AuditNumber, AuditEntry)>, StoreError> {
    let values = values![start(after), i64::from(limit)];
    let rows = D::fetch_all(connection, AUDIT, values).await?;
    entries::<D>(&rows)
}

pub(super) async fn audit_of<D: Dialect>(
    connection: &mut D::Connection,
    account: &UserId,
    after: Option<AuditNumber>,
    limit: u32,
) -> Result<Vec<(AuditNumber, AuditEntry)>, StoreError> {
    let values = values![account.as_str(), start(after), i64::from(limit)];
    let rows = D::fetch_all(connection, AUDIT_OF, values).await?;
    entries::<D>(&rows)
}

fn start(after: Option<AuditNumber>) -> i64 {
    after.map_or(i64::MIN, |number| number.0)
}

fn entries<D: Dialect>(rows: &[D::Row]) -> Result<Vec<(AuditNumber, AuditEntry)>, StoreError> {
    rows.iter()
        .map(|entry| {
            let number = AuditNumber(row::integer::<D>(entry, "number")?);
            Ok((number, row::audit_entry::<D>(entry)?))
        })
        .collect()
}

/// Appends by one statement, however many entries there are, so that the time does not show their
/// number.
pub(super) async fn append_audit<D: Dialect>(
    connection: &mut D::Connection,
    entries: &[AuditEntry],
) -> Result<(), StoreError> {
    for entries in entries.chunks(MAX_ENTRIES) {
        let clients: Vec<_> = entries.iter().map(|entry| client(&entry.context)).collect();
        let mut values = Vec::with_capacity(entries.len() * COLUMNS);
        for (entry, client) in entries.iter().zip(&clients) {
            let context = &entry.context;
            let columns: [Value<'_>; COLUMNS] = [
                micros(entry.at).into(),
                entry.signal.as_ref().into(),
                entry.user.as_ref().map(UserId::as_str).into(),
                entry.outcome.as_ref().into(),
                context.actor().map(UserId::as_str).into(),
                client.as_deref().into(),
                context.request_id().into(),
            ];
            values.extend(columns);
        }
        let persistent = entries.len() <= MAX_PREPARED;
        D::execute_dynamic(connection, append(entries.len()), &values, persistent).await?;
    }
    Ok(())
}

/// Returns the statement that appends so many entries.
fn append(entries: usize) -> String {
    let mut sql = format!("{APPEND_AUDIT}VALUES ");
    for number in 0..entries * COLUMNS {
        let separator = match (number, number % COLUMNS) {
            (0, _) => "(",
            (_, 0) => "), (",
            _ => ", ",
        };
        // Writing to a text cannot fail.
        let _ = write!(sql, "{separator}${}", number + 1);
    }
    sql.push(')');
    sql
}

fn client(context: &RequestContext) -> Option<String> {
    context.client().map(|client| client.to_string())
}

#[cfg(test)]
mod tests {
    use super::append;

    #[test]
    fn a_statement_has_a_row_per_entry() {
        let sql = append(2);
        let values = "($1, $2, $3, $4, $5, $6, $7), ($8, $9, $10, $11, $12, $13, $14)";
        assert!(sql.ends_with(&format!(" VALUES {values}")), "{sql}");
    }
}
