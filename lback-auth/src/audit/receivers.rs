//! Receivers that append an audit entry per signal of the model.
//!
//! Failures for lack of time or memory to hash have no entry: their attempt does not count, so a client could fill
//! the log with them.

use lback_signals::{Res, Signal, receiver};

use super::AuditBuffer;
use crate::auth_user::AuthUser;
use crate::email_verification::{VerifiedBy, Voucher};
use crate::password::PasswordError;
use crate::signals::{
    UserEmailVerificationFailed, UserEmailVerificationTokenGenerated, UserEmailVerified,
    UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed,
    UserPasswordUpgraded,
};
use crate::token::TokenError;

/// The buffer of the current flow, if any.
type Audit<'a> = Option<Res<'a, AuditBuffer>>;

fn note<S: Signal<Sender = dyn AuthUser>>(event: &S, outcome: &'static str, audit: Audit<'_>) {
    if let Some(audit) = audit {
        audit.note(S::info().name(), outcome, event.sender().id());
    }
}

#[receiver(signal = [UserPasswordSet, UserPasswordUpgraded, UserEmailVerificationTokenGenerated])]
fn note_done<S: Signal<Sender = dyn AuthUser>>(event: &S, audit: Option<Res<'_, AuditBuffer>>) {
    note(event, "done", audit);
}

#[receiver(signal = UserPasswordSetFailed)]
fn note_not_set(event: &UserPasswordSetFailed<'_>, audit: Option<Res<'_, AuditBuffer>>) {
    if let Some(reason) = reason(*event.error) {
        note(event, reason, audit);
    }
}

#[receiver(signal = UserPasswordChecked)]
fn note_check(event: &UserPasswordChecked<'_>, audit: Option<Res<'_, AuditBuffer>>) {
    note(event, if event.success { "right" } else { "wrong" }, audit);
}

#[receiver(signal = UserPasswordCheckFailed)]
fn note_no_answer(event: &UserPasswordCheckFailed<'_>, audit: Option<Res<'_, AuditBuffer>>) {
    if let Some(reason) = reason(*event.error) {
        note(event, reason, audit);
    }
}

#[receiver(signal = UserEmailVerified)]
fn note_verified(event: &UserEmailVerified<'_>, audit: Option<Res<'_, AuditBuffer>>) {
    let how = match event.how {
        VerifiedBy::Token => "token",
        VerifiedBy::Voucher(Voucher::Administrator) => "administrator",
        VerifiedBy::Voucher(Voucher::IdentityProvider) => "identity_provider",
    };
    note(event, how, audit);
}

#[receiver(signal = UserEmailVerificationFailed)]
fn note_not_verified(event: &UserEmailVerificationFailed<'_>, audit: Option<Res<'_, AuditBuffer>>) {
    let reason = match event.error {
        TokenError::NoToken => "no_token",
        TokenError::Mismatch => "mismatch",
        TokenError::Expired => "expired",
        TokenError::EmailChanged => "email_changed",
        TokenError::TooSoon => "too_soon",
        TokenError::Entropy => "entropy",
    };
    note(event, reason, audit);
}

fn reason(error: PasswordError) -> Option<&'static str> {
    Some(match error {
        PasswordError::Empty => "empty",
        PasswordError::TooLong => "too_long",
        PasswordError::Entropy => "entropy",
        PasswordError::Corrupt => "corrupt",
        PasswordError::UnknownScheme => "unknown_scheme",
        PasswordError::CostOutOfBounds => "cost_out_of_bounds",
        PasswordError::UnknownPepper => "unknown_pepper",
        PasswordError::Busy | PasswordError::OutOfMemory => return None,
    })
}
