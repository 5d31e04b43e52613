//! Rows: what is in a column, and what it is here.

use std::net::IpAddr;
use std::time::Duration;

use lback_auth::{
    AddressRequest, AuditEntry, AuditNumber, EmailVerification, Password, RequestContext,
    RequestNumber, SessionEpoch, TokenOwner, TokenPurpose, UserId,
};
use lback_signals::BoxError;
use rusqlite::types::FromSql;
use rusqlite::{Connection, Error, OptionalExtension, Params, Result, Row};
use time::OffsetDateTime;

use crate::Customer;

/// The first row that a statement returns.
pub(crate) fn first<T>(
    rows: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut statement = rows.prepare_cached(sql)?;
    statement.query_row(params, read).optional()
}

/// All rows that a statement returns.
pub(crate) fn all<T>(
    rows: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    rows.prepare_cached(sql)?.query_map(params, read)?.collect()
}

/// How many rows a statement has changed.
pub(crate) fn change(rows: &Connection, sql: &str, params: impl Params) -> Result<usize> {
    rows.prepare_cached(sql)?.execute(params)
}

pub(crate) fn customer(row: &Row<'_>) -> Result<Customer> {
    let epoch = SessionEpoch::from_bytes(row.get("epoch")?);
    Ok(Customer {
        id: row.get("id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        password: Password::from_stored(row.get("password")?).with_epoch(epoch),
        // Tokens have a table of their own.
        verification: EmailVerification::from_parts(row.get("verified_email")?, None),
        active: row.get("is_active")?,
        plan: row.get("plan")?,
    })
}

pub(crate) fn token_owner(row: &Row<'_>) -> Result<TokenOwner> {
    let id = UserId::new(row.get::<_, i64>("customer")?);
    let email = row.get("email")?;
    Ok(TokenOwner { id, email })
}

pub(crate) fn request(row: &Row<'_>) -> Result<(RequestNumber, AddressRequest)> {
    let request = AddressRequest {
        purpose: column(row, "purpose", |name: String| purpose(&name))?,
        email: row.get("email")?,
        user: id(row, "customer")?,
        epoch: row
            .get::<_, Option<_>>("epoch")?
            .map(SessionEpoch::from_bytes),
        requested_at: column(row, "requested_at", instant)?,
        context: context(row)?,
    };
    Ok((RequestNumber(row.get("number")?), request))
}

pub(crate) fn audit_entry(row: &Row<'_>) -> Result<(AuditNumber, AuditEntry)> {
    let (signal, outcome): (String, String) = (row.get("signal")?, row.get("outcome")?);
    let entry = AuditEntry::new(column(row, "at", instant)?, signal, outcome)
        .with_user(id(row, "customer")?)
        .with_context(context(row)?);
    Ok((AuditNumber(row.get("number")?), entry))
}

/// The columns `actor`, `client` and `request_id`.
pub(crate) fn columns(context: &RequestContext) -> [Option<String>; 3] {
    [
        context.actor().map(UserId::to_string),
        context.client().map(|client| client.to_string()),
        context.request_id().map(str::to_owned),
    ]
}

/// The number of a customer, or one that nobody has and nobody comes after.
///
/// An id is compared as text: `+7` and `007` are not 7.
pub(crate) fn number(id: &UserId) -> i64 {
    let number = id.as_str().parse().ok();
    number
        .filter(|number| *number > 0 && UserId::new(number) == *id)
        .unwrap_or(i64::MAX)
}

/// Microseconds since 1970. They are rounded down, so that nothing is good for longer than it should be.
pub(crate) fn micros(instant: OffsetDateTime) -> i64 {
    let micros = instant.unix_timestamp_nanos().div_euclid(1000);
    i64::try_from(micros).expect("no instant is 290,000 years away")
}

/// The instant of so many microseconds.
pub(crate) fn instant(
    micros: i64,
) -> std::result::Result<OffsetDateTime, time::error::ComponentRange> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
}

/// So much later, or at the end of time.
pub(crate) fn later(now: OffsetDateTime, span: Duration) -> OffsetDateTime {
    now.saturating_add(span.try_into().unwrap_or(time::Duration::MAX))
}

/// A column of a type that the database does not have.
pub(crate) fn column<C: FromSql, T, E: Into<BoxError>>(
    row: &Row<'_>,
    name: &str,
    meaning: impl FnOnce(C) -> std::result::Result<T, E>,
) -> Result<T> {
    let index = row.as_ref().column_index(name)?;
    let data_type = row.get_ref(index)?.data_type();
    meaning(row.get(index)?)
        .map_err(|error| Error::FromSqlConversionFailure(index, data_type, error.into()))
}

fn purpose(name: &str) -> std::result::Result<TokenPurpose, String> {
    let mut all = TokenPurpose::ALL.into_iter();
    all.find(|purpose| purpose.as_str() == name)
        .ok_or_else(|| format!("no token is for `{name}`"))
}

fn id(row: &Row<'_>, name: &str) -> Result<Option<UserId>> {
    Ok(row.get::<_, Option<String>>(name)?.map(UserId::new))
}

fn context(row: &Row<'_>) -> Result<RequestContext> {
    let mut context = RequestContext::new();
    if let Some(actor) = id(row, "actor")? {
        context = context.with_actor(actor);
    }
    let client = |text: Option<String>| text.map(|text| text.parse::<IpAddr>()).transpose();
    if let Some(client) = column(row, "client", client)? {
        context = context.with_client(client);
    }
    if let Some(id) = row.get::<_, Option<String>>("request_id")? {
        context = context.with_request_id(id);
    }
    Ok(context)
}
