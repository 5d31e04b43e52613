//! The account of a row, if there can be one.

use lback_auth::{
    AuthUser, EmailVerification, Hasher, NormalForm, Password, PendingToken, TokenKey,
    TokenPurpose, User, UserError, UserParts,
};
use time::OffsetDateTime;

use super::source::Record;

/// The account of a row, and when it was registered; or why there is none.
pub(super) fn account(record: &Record) -> Result<(User, OffsetDateTime), String> {
    let username = record.username.text()?;
    if NormalForm::of(username).is_empty() {
        return Err("its username is empty, or too long to be kept".to_owned());
    }
    let email = record.email.text()?;
    let password = record.password.text()?;
    // The words of that hold nothing of the hash.
    let can_check = Hasher::current().can_check(password);
    can_check.map_err(|error| error.to_string())?;

    let mut parts = UserParts::new(username, email);
    parts.password = Password::from_stored(Some(password.to_owned()));
    parts.active = record.is_active.flag()?;
    if record.is_email_verified.flag()? {
        parts.email_verification = EmailVerification::verified(email);
    }
    match User::new(username, email) {
        // A name of that length was good enough there.
        Ok(_) | Err(UserError::UsernameLength { .. }) => {}
        Err(error) => return Err(error.to_string()),
    }
    if NormalForm::of(email).is_empty() {
        return Err("its email is too long to be kept".to_owned());
    }
    Ok((User::from_parts(parts), record.created_at.instant()?))
}

/// The pending token of the account of a row, or the reason why it cannot be imported.
pub(super) fn token(
    record: &Record,
    user: &User,
    issued_at: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Option<PendingToken>, String> {
    // A token is of use only to an active account that is not verified.
    if user.is_email_verified() || !user.is_active() {
        return Ok(None);
    }
    let Some(token) = record.token.optional_text()? else {
        return Ok(None);
    };
    let expires_at = record.token_expiry.instant()?;
    if expires_at <= now {
        return Ok(None);
    }
    let key = token_key(token).ok_or("it is empty, or too long to be one")?;
    let token = PendingToken::new(*key.digest(), user.email(), issued_at, expires_at);
    Ok(Some(token))
}

/// The key of a text that may be a token.
pub(super) fn token_key(token: &str) -> Option<TokenKey> {
    if token.is_empty() {
        return None;
    }
    TokenKey::of(TokenPurpose::EmailVerification, token)
}
