//! The signals of the model.

use crate::auth_user::AuthUser;
use crate::email_verification::VerifiedBy;
use crate::password::PasswordError;
use crate::token::{TokenError, VerificationToken};
use crate::user_signal::user_signal;

user_signal! {
    /// Sent after a password was set: the new hash is in place.
    UserPasswordSet {} sent by "[`set_password`](crate::AuthUser::set_password)"
        stored as "lback.user.password-set"
}

user_signal! {
    /// Sent after a password could not be set: it was empty, too long, or could not be hashed. The old
    /// one stays.
    UserPasswordSetFailed {
        /// The error that the call returned.
        error: &'a PasswordError,
    } sent by "[`set_password`](crate::AuthUser::set_password)"
}

user_signal! {
    /// Sent after a password was checked: it was right or wrong, or the account has no usable password.
    UserPasswordChecked {
        /// Whether the password was right.
        success: bool,
    } sent by "[`check_password`](crate::AuthUser::check_password)"
}

user_signal! {
    /// Sent after the hash of a right password was replaced because it differed from a new one.
    ///
    /// The same call sends [`UserPasswordChecked`] first. Each other call sends exactly one signal.
    UserPasswordUpgraded {} sent by "[`check_and_upgrade`](crate::AuthUser::check_and_upgrade)"
}

user_signal! {
    /// Sent after a password could not be checked, so that it was neither right nor wrong: the stored hash
    /// is corrupt, of an unknown scheme, too costly or of an unknown pepper, or the hasher was busy or out
    /// of memory.
    UserPasswordCheckFailed {
        /// The error that the call returned.
        error: &'a PasswordError,
    } sent by "[`check_password`](crate::AuthUser::check_password)"
}

user_signal! {
    /// Sent after a token that verifies the account's email address was issued: its digest and expiry are in
    /// place.
    UserEmailVerificationTokenGenerated {
        /// The secret to mail to the account's address.
        token: &'a VerificationToken,
    } sent by "[`generate_email_verification_token`](crate::AuthUser::generate_email_verification_token)"
}

user_signal! {
    /// Sent after the account's email address was verified: by its token, which is consumed, or by a voucher.
    UserEmailVerified {
        /// How the address was verified.
        how: VerifiedBy,
    } sent by "[`verify_email`](crate::AuthUser::verify_email)"
        stored as "lback.user.email-verified"
}

user_signal! {
    /// Sent after an email address was not verified: no token was pending, or the presented one was wrong,
    /// expired, or issued for an earlier address. Also sent after no token could be issued.
    UserEmailVerificationFailed {
        /// The error that the call returned.
        error: TokenError,
    } sent by "[`verify_email`](crate::AuthUser::verify_email)"
}
