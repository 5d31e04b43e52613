//! The fields behind an account's methods, as generated code returns them.

use crate::email_verification::EmailVerification;
use crate::password::Password;

/// The secret parts of an account.
pub struct AuthFields<'a> {
    /// The field marked `#[auth(password)]`.
    pub password: &'a Password,
    /// The field marked `#[auth(email_verification)]`.
    pub email_verification: &'a EmailVerification,
}

/// The parts of an account that its methods change.
pub struct AuthFieldsMut<'a> {
    /// The field marked `#[auth(password)]`.
    pub password: &'a mut Password,
    /// The field marked `#[auth(email_verification)]`.
    pub email_verification: &'a mut EmailVerification,
    /// The field marked `#[auth(active)]`.
    pub active: &'a mut bool,
}
