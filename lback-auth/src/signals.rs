//! The signals of the model.

use crate::user_signal::user_signal;
use crate::{AuthUser, EmailVerificationError, PasswordError, VerificationToken, VerifiedBy};

user_signal! {
    /// A password has been set: the new hash is in place.
    UserPasswordSet {} sent by "[`set_password`](crate::AuthUser::set_password)"
}

user_signal! {
    /// A password could not be set: it was empty, too long, or could not be hashed. The old one is
    /// untouched.
    UserPasswordSetFailed {
        /// The error that the caller got.
        error: &'a PasswordError,
    } sent by "[`set_password`](crate::AuthUser::set_password)"
}

user_signal! {
    /// A password has been checked: it was right or wrong, or the account has no usable password.
    UserPasswordChecked {
        /// Whether the password was right.
        success: bool,
    } sent by "[`check_password`](crate::AuthUser::check_password)"
}

user_signal! {
    /// The hash of a right password was not as a new one would be, and has been replaced.
    ///
    /// The same call sends [`UserPasswordChecked`] before. No other signal comes in addition to another.
    UserPasswordUpgraded {} sent by "[`check_and_upgrade`](crate::AuthUser::check_and_upgrade)"
}

user_signal! {
    /// A password could not be checked, so that it was neither right nor wrong: the stored hash is corrupt, of
    /// an unknown scheme, too costly or of an unknown pepper, or the hasher was busy or out of memory.
    UserPasswordCheckFailed {
        /// The error that the caller got.
        error: &'a PasswordError,
    } sent by "[`check_password`](crate::AuthUser::check_password)"
}

user_signal! {
    /// A token that verifies the account's email address has been issued: it and its expiry are in place.
    UserEmailVerificationTokenGenerated {
        /// The secret to mail to the account's address.
        token: &'a VerificationToken,
    } sent by "[`generate_email_verification_token`](crate::AuthUser::generate_email_verification_token)"
}

user_signal! {
    /// The account's email address has been verified: by its token, which is used up, or by a voucher.
    UserEmailVerified {
        /// How the address was verified.
        how: VerifiedBy,
    } sent by "[`verify_email`](crate::AuthUser::verify_email)"
}

user_signal! {
    /// The account's email address has not been verified: there was no token, or the token was another one,
    /// too late, or for an address that is no longer the account's; or no token could be issued.
    UserEmailVerificationFailed {
        /// The error that the caller got.
        error: EmailVerificationError,
    } sent by "[`verify_email`](crate::AuthUser::verify_email)"
}
