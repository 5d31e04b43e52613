//! The verification of addresses at the time of a clock, and its signals.

use std::time::Duration;

use lback_signals::Signal;

use crate::auth_user::AuthUser;
use crate::clock::Clock;
use crate::email_verification::{VerifiedBy, Voucher};
use crate::signals::{
    UserEmailVerificationFailed, UserEmailVerificationTokenGenerated, UserEmailVerified,
};
use crate::token::{TokenError, VerificationToken};

/// The tokens of accounts. The methods of [`AuthUser`] call these on [`Clock::system`].
impl Clock {
    /// Issues a token whose validity begins at this clock's time: see
    /// [`AuthUser::generate_email_verification_token`].
    ///
    /// # Errors
    ///
    /// Those of the account's method.
    pub fn generate_email_verification_token(
        &self,
        user: &mut impl AuthUser,
        valid_for: Duration,
    ) -> Result<VerificationToken, TokenError> {
        let email = user.email().to_owned();
        let verification = user.__fields_mut().email_verification;
        let issued = verification.issue(&email, valid_for, self.now());
        report_issued(user, issued)
    }

    /// Issues a token unless this clock shows less than `interval` since the last: see
    /// [`AuthUser::resend_email_verification_token`].
    ///
    /// # Errors
    ///
    /// Those of the account's method.
    pub fn resend_email_verification_token(
        &self,
        user: &mut impl AuthUser,
        valid_for: Duration,
        interval: Duration,
    ) -> Result<VerificationToken, TokenError> {
        let email = user.email().to_owned();
        let verification = user.__fields_mut().email_verification;
        let issued = verification.reissue(&email, valid_for, interval, self.now());
        report_issued(user, issued)
    }

    /// Checks a token at this clock's time: see [`AuthUser::peek_email_verification_token`].
    ///
    /// # Errors
    ///
    /// Those of the account's method.
    pub fn peek_email_verification_token(
        &self,
        user: &impl AuthUser,
        token: &str,
    ) -> Result<(), TokenError> {
        let verification = user.__fields().email_verification;
        verification.peek(token, user.email(), self.now())
    }

    /// Verifies an address at this clock's time: see [`AuthUser::verify_email`]. A token is expired at
    /// the instant of its expiry.
    ///
    /// # Errors
    ///
    /// Those of the account's method.
    pub fn verify_email(&self, user: &mut impl AuthUser, token: &str) -> Result<(), TokenError> {
        let email = user.email().to_owned();
        let verification = user.__fields_mut().email_verification;
        let consumed = verification.consume(token, &email, self.now());
        match consumed {
            Ok(()) => drop(UserEmailVerified::new(user, VerifiedBy::Token).send()),
            Err(error) => drop(UserEmailVerificationFailed::new(user, error).send()),
        }
        consumed
    }
}

impl Voucher {
    /// Verifies the current address of an account: see [`AuthUser::verify_email_by`].
    pub(crate) fn verify_email(self, user: &mut impl AuthUser) {
        let email = user.email().to_owned();
        user.__fields_mut().email_verification.vouch(&email);
        UserEmailVerified::new(user, VerifiedBy::Voucher(self)).send();
    }
}

/// Sends the signal of an attempt to issue a token.
fn report_issued(
    user: &impl AuthUser,
    issued: Result<VerificationToken, TokenError>,
) -> Result<VerificationToken, TokenError> {
    match &issued {
        Ok(token) => drop(UserEmailVerificationTokenGenerated::new(user, token).send()),
        Err(error) => drop(UserEmailVerificationFailed::new(user, *error).send()),
    }
    issued
}
