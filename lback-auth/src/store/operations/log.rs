//! Requests that are filed, and the audit log.

use sqlx::QueryBuilder;

use super::super::{Connection, Database, meaning};
use super::row;
use crate::store::sql::quantity::micros;
use crate::store::sql::statements::{
    APPEND_AUDIT, AUDIT, FILE_REQUEST, NEXT_REQUEST, TAKE_REQUEST,
};
use crate::{
    AddressRequest, AuditEntry, AuditNumber, RequestContext, RequestNumber, StoreError, UserId,
};

/// The most entries that a statement appends: of 7 values each, SQLite takes 32,766.
const MAX_ENTRIES: usize = 1_000;

/// The most entries whose statement stays prepared: more than a flow appends.
///
/// Each number of entries needs another statement, and a connection keeps 100 statements. With
/// hundreds of entries each, those take tens of megabytes.
const MAX_PREPARED: usize = 16;

pub(super) async fn next_request(
    connection: &mut Connection,
    after: Option<RequestNumber>,
) -> Result<Option<(RequestNumber, AddressRequest)>, StoreError> {
    let after = after.map_or(i64::MIN, |number| number.0);
    let row = sqlx::query(NEXT_REQUEST)
        .bind(after)
        .fetch_optional(connection);
    let row = row.await.map_err(meaning)?;
    row.map(|row| {
        Ok((
            RequestNumber(row::column(&row, "number")?),
            row::request(&row)?,
        ))
    })
    .transpose()
}

pub(super) async fn file_request(
    connection: &mut Connection,
    request: &AddressRequest,
) -> Result<(), StoreError> {
    let context = &request.context;
    let filed = sqlx::query(FILE_REQUEST)
        .bind(request.purpose.as_str())
        .bind(&request.email)
        .bind(request.user.as_ref().map(UserId::as_str))
        .bind(request.epoch.map(|epoch| epoch.as_bytes().to_vec()))
        .bind(micros(request.requested_at))
        .bind(context.actor().map(UserId::as_str))
        .bind(client(context))
        .bind(context.request_id())
        .execute(connection);
    filed.await.map(drop).map_err(meaning)
}

pub(super) async fn take_request(
    connection: &mut Connection,
    number: RequestNumber,
) -> Result<bool, StoreError> {
    let taken = sqlx::query(TAKE_REQUEST).bind(number.0).execute(connection);
    Ok(taken.await.map_err(meaning)?.rows_affected() == 1)
}

pub(super) async fn audit(
    connection: &mut Connection,
    after: Option<AuditNumber>,
    limit: u32,
) -> Result<Vec<(AuditNumber, AuditEntry)>, StoreError> {
    let after = after.map_or(i64::MIN, |number| number.0);
    let query = sqlx::query(AUDIT).bind(after).bind(i64::from(limit));
    let rows = query.fetch_all(connection).await.map_err(meaning)?;
    rows.iter()
        .map(|row| {
            Ok((
                AuditNumber(row::column(row, "number")?),
                row::audit_entry(row)?,
            ))
        })
        .collect()
}

/// By one statement, however many they are, so that no one can count them from outside.
pub(super) async fn append_audit(
    connection: &mut Connection,
    entries: &[AuditEntry],
) -> Result<(), StoreError> {
    for entries in entries.chunks(MAX_ENTRIES) {
        let mut statement = QueryBuilder::<Database>::new(APPEND_AUDIT);
        statement.push_values(entries, |mut row, entry| {
            let context = &entry.context;
            row.push_bind(micros(entry.at))
                .push_bind(&*entry.signal)
                .push_bind(entry.user.as_ref().map(UserId::as_str))
                .push_bind(&*entry.outcome)
                .push_bind(context.actor().map(UserId::as_str))
                .push_bind(client(context))
                .push_bind(context.request_id());
        });
        let is_short = entries.len() <= MAX_PREPARED;
        let statement = statement.build().persistent(is_short);
        let appended = statement.execute(&mut *connection);
        appended.await.map_err(meaning)?;
    }
    Ok(())
}

fn client(context: &RequestContext) -> Option<String> {
    context.client().map(|client| client.to_string())
}
