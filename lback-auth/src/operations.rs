//! Operations on an account's password and address, and the signals that they send.
//!
//! The methods of [`AuthUser`](crate::auth_user::AuthUser) call these.

mod emails;
pub(crate) mod passwords;
