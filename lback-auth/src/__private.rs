//! Support for generated code. Not public API.
//!
//! Each role of a field has a trait, so that the error for a field of a wrong type names the right one.

pub use lback_signals;

pub use crate::auth_user::fields::{AuthFields, AuthFieldsMut};
use crate::email_verification::EmailVerification;
use crate::password::Password;

/// The functions that `auth_user_invariants!` calls.
#[cfg(feature = "testing")]
pub mod invariants {
    pub use crate::testing::{
        a_clock_that_goes_back_does_no_harm, a_failure_changes_nothing,
        each_call_sends_exactly_one_signal, every_check_costs_the_same, nothing_shows_a_secret,
        sessions_end_when_they_should,
    };
}

/// The functions that `account_store_conformance!` calls.
#[cfg(all(feature = "testing", feature = "accounts"))]
pub use crate::testing::store as conformance;

#[diagnostic::on_unimplemented(
    message = "an account's names cannot be a `{Self}`",
    label = "does not implement `AsRef<str>`",
    note = "an `#[auth(username)]` or `#[auth(email)]` field is a `String` or another text"
)]
pub trait TextField {
    fn get(&self) -> &str;
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<str>> TextField for T {
    fn get(&self) -> &str {
        self.as_ref()
    }
}

#[diagnostic::on_unimplemented(
    message = "an `#[auth(active)]` field cannot be a `{Self}`",
    label = "should be `bool`"
)]
pub trait ActiveField {
    fn get(&self) -> bool;
    fn get_mut(&mut self) -> &mut bool;
}

impl ActiveField for bool {
    fn get(&self) -> bool {
        *self
    }

    fn get_mut(&mut self) -> &mut bool {
        self
    }
}

#[diagnostic::on_unimplemented(
    message = "an `#[auth(password)]` field cannot be a `{Self}`",
    label = "should be `lback_auth::Password`, which holds the hash"
)]
pub trait PasswordField {
    fn get(&self) -> &Password;
    fn get_mut(&mut self) -> &mut Password;
}

impl PasswordField for Password {
    fn get(&self) -> &Password {
        self
    }

    fn get_mut(&mut self) -> &mut Password {
        self
    }
}

#[diagnostic::on_unimplemented(
    message = "an `#[auth(email_verification)]` field cannot be a `{Self}`",
    label = "should be `lback_auth::EmailVerification`"
)]
pub trait EmailVerificationField {
    fn get(&self) -> &EmailVerification;
    fn get_mut(&mut self) -> &mut EmailVerification;
}

impl EmailVerificationField for EmailVerification {
    fn get(&self) -> &EmailVerification {
        self
    }

    fn get_mut(&mut self) -> &mut EmailVerification {
        self
    }
}
