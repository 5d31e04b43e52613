//! What is in a row.

use std::net::IpAddr;

use sqlx::{ColumnIndex, Decode, Row as _, Type};

use super::super::{Database, Row};
use crate::store::sql::quantity::{instant, purpose};
use crate::{
    AddressRequest, AuditEntry, EmailVerification, Password, RequestContext, SessionEpoch,
    StoreError, User, UserId, UserParts,
};

pub(super) fn column<'r, T: Decode<'r, Database> + Type<Database>>(
    row: &'r Row,
    name: &'static str,
) -> Result<T, StoreError>
where
    &'static str: ColumnIndex<Row>,
{
    row.try_get(name)
        .map_err(|error| StoreError::Unreadable(error.into()))
}

/// The account of a row, without a token.
pub(super) fn user(row: &Row) -> Result<User, StoreError> {
    let epoch = epoch(column(row, "epoch")?)?;
    let password = Password::from_stored(column(row, "password")?);
    let mut parts = UserParts::new(
        column::<String>(row, "username")?,
        column::<String>(row, "email")?,
    );
    parts.id = Some(id(row, "id")?);
    parts.password = password.with_epoch(epoch);
    parts.email_verification = EmailVerification::from_parts(column(row, "verified_email")?, None);
    parts.active = column(row, "is_active")?;
    Ok(User::from_parts(parts))
}

fn epoch(bytes: &[u8]) -> Result<SessionEpoch, StoreError> {
    <[u8; 32]>::try_from(bytes)
        .map(SessionEpoch::from_bytes)
        .map_err(|_| StoreError::Unreadable("an epoch is not of 32 bytes".into()))
}

/// The id of an account by its number.
pub(super) fn id(row: &Row, name: &'static str) -> Result<UserId, StoreError> {
    Ok(UserId::new(column::<i64>(row, name)?))
}

pub(super) fn request(row: &Row) -> Result<AddressRequest, StoreError> {
    Ok(AddressRequest {
        purpose: purpose(column(row, "purpose")?)?,
        email: column(row, "email")?,
        user: id_text(row, "account")?,
        epoch: column::<Option<&[u8]>>(row, "epoch")?
            .map(epoch)
            .transpose()?,
        requested_at: instant(column(row, "requested_at")?)?,
        context: context(row)?,
    })
}

pub(super) fn audit_entry(row: &Row) -> Result<AuditEntry, StoreError> {
    let at = instant(column(row, "at")?)?;
    let (signal, outcome): (String, String) = (column(row, "signal")?, column(row, "outcome")?);
    Ok(AuditEntry::new(at, signal, outcome)
        .with_user(id_text(row, "account")?)
        .with_context(context(row)?))
}

fn id_text(row: &Row, name: &'static str) -> Result<Option<UserId>, StoreError> {
    let text: Option<&str> = column(row, name)?;
    Ok(text.map(UserId::new))
}

fn context(row: &Row) -> Result<RequestContext, StoreError> {
    let mut context = RequestContext::new();
    if let Some(actor) = id_text(row, "actor")? {
        context = context.with_actor(actor);
    }
    if let Some(client) = column::<Option<&str>>(row, "client")? {
        let client: IpAddr = client
            .parse()
            .map_err(|_| StoreError::Unreadable("a client is no IP address".into()))?;
        context = context.with_client(client);
    }
    if let Some(id) = column::<Option<&str>>(row, "request_id")? {
        context = context.with_request_id(id);
    }
    Ok(context)
}
