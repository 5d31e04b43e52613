//! What becomes of a token, and which signal says so.

use lback_signals::Signal;

use crate::{
    AuthUser, EmailVerificationError, UserEmailVerificationFailed,
    UserEmailVerificationTokenGenerated, UserEmailVerified, VerificationToken, VerifiedBy,
};

pub(super) fn issued(
    user: &impl AuthUser,
    token: Result<VerificationToken, EmailVerificationError>,
) -> Result<VerificationToken, EmailVerificationError> {
    match &token {
        Ok(token) => drop(UserEmailVerificationTokenGenerated::new(user, token).send()),
        Err(reason) => drop(UserEmailVerificationFailed::new(user, *reason).send()),
    }
    token
}

pub(super) fn verified(
    user: &impl AuthUser,
    consumed: Result<(), EmailVerificationError>,
) -> Result<(), EmailVerificationError> {
    match consumed {
        Ok(()) => drop(UserEmailVerified::new(user, VerifiedBy::Token).send()),
        Err(reason) => drop(UserEmailVerificationFailed::new(user, reason).send()),
    }
    consumed
}
