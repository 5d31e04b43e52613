//! Reading rows.

use std::net::IpAddr;

use super::Dialect;
use super::quantity::instant;
use crate::email_verification::EmailVerification;
use crate::password::Password;
use crate::request_context::RequestContext;
use crate::store::{AuditEntry, StoreError};
use crate::user::{User, UserParts};
use crate::user_id::UserId;

pub(super) fn integer<D: Dialect>(row: &D::Row, column: &'static str) -> Result<i64, StoreError> {
    D::read_integer(row, column)?.ok_or_else(|| is_null(column))
}

pub(super) fn text<D: Dialect>(row: &D::Row, column: &'static str) -> Result<String, StoreError> {
    D::read_text(row, column)?.ok_or_else(|| is_null(column))
}

fn is_null(column: &'static str) -> StoreError {
    StoreError::Unreadable(format!("the column `{column}` is NULL").into())
}

/// Reads an account, without a token.
pub(super) fn user<D: Dialect>(row: &D::Row) -> Result<User, StoreError> {
    let epoch = D::read_bytes(row, "epoch")?.unwrap_or_default();
    let verified_email = D::read_text(row, "verified_email")?;
    let mut parts = UserParts::new(text::<D>(row, "username")?, text::<D>(row, "email")?);
    parts.id = Some(UserId::new(integer::<D>(row, "id")?));
    parts.password = Password::from_columns(D::read_text(row, "password")?, epoch)?;
    parts.email_verification = EmailVerification::from_parts(verified_email, None);
    parts.active = D::read_bool(row, "is_active")?;
    Ok(User::from_parts(parts))
}

pub(super) fn audit_entry<D: Dialect>(row: &D::Row) -> Result<AuditEntry, StoreError> {
    let at = instant(integer::<D>(row, "at")?)?;
    let (signal, outcome) = (text::<D>(row, "signal")?, text::<D>(row, "outcome")?);
    Ok(AuditEntry::new(at, signal, outcome)
        .with_user(D::read_text(row, "account")?.map(UserId::new))
        .with_context(context::<D>(row)?))
}

pub(super) fn client(text: &str) -> Result<IpAddr, StoreError> {
    text.parse()
        .map_err(|_| StoreError::Unreadable("a client is not an IP address".into()))
}

fn context<D: Dialect>(row: &D::Row) -> Result<RequestContext, StoreError> {
    let mut context = RequestContext::new();
    if let Some(actor) = D::read_text(row, "actor")? {
        context = context.with_actor(UserId::new(actor));
    }
    if let Some(client) = D::read_text(row, "client")? {
        context = context.with_client(self::client(&client)?);
    }
    if let Some(id) = D::read_text(row, "request_id")? {
        context = context.with_request_id(id);
    }
    Ok(context)
}
