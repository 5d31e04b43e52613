//! Accounts of the crate's own types.

use core::fmt::Display;

use lback_auth::{AuthUser, EmailVerification, Password, UserPasswordSetFailed};
use lback_signals::receiver;

/// A buyer.
#[derive(Clone, Debug, AuthUser)]
#[non_exhaustive]
pub struct Customer {
    /// `None` until stored.
    #[auth(id)]
    pub id: Option<i64>,
    /// The address, which is the name too.
    #[auth(username, email)]
    pub email: String,
    /// The password.
    #[auth(password)]
    password: Password,
    /// Whether the address is right.
    #[auth(email_verification)]
    verification: EmailVerification,
    /// Whether they may buy.
    #[auth(active)]
    active: bool,
    /// The plan that they pay for.
    pub plan: &'static str,
}

impl Customer {
    /// A new one.
    #[inline]
    #[must_use]
    pub fn new(email: String, plan: &'static str) -> Self {
        Self {
            id: None,
            email,
            password: Password::unusable(),
            verification: EmailVerification::unverified(),
            active: true,
            plan,
        }
    }
}

/// A seller, whose id is of any type that can be shown.
#[derive(Clone, Debug, AuthUser)]
#[auth(crate = lback_auth)]
struct Employee<Id>(
    #[auth(id)] Id,
    #[auth(username)]
    #[auth(email)]
    String,
    #[auth(password)] Password,
    #[auth(email_verification)] EmailVerification,
    #[auth(active)] bool,
)
where
    Id: Display;

/// Counts nothing, and fails for employees.
#[receiver(signal = UserPasswordSetFailed)]
fn on_failure(event: &UserPasswordSetFailed<'_>) -> Result<(), String> {
    event
        .user
        .downcast_ref::<Employee<u8>>()
        .map_or(Ok(()), |employee| Err(employee.1.clone()))
}

#[cfg(test)]
mod tests {
    use lback_auth::{AuthUser, EmailVerification, Password, PasswordError, UserPasswordSetFailed};
    use lback_signals::Signal;

    use super::{Customer, Employee};

    #[test]
    fn a_struct_is_an_account() {
        let mut customer = Customer::new("ada@example.org".to_owned(), "gold");
        assert_eq!(
            (customer.username(), customer.plan),
            ("ada@example.org", "gold")
        );
        assert!(customer.id().is_none() && customer.is_active());
        assert!(!customer.has_usable_password() && !customer.is_email_verified());
        assert!(customer.set_password("").is_err());
    }

    #[test]
    fn the_receiver_runs() {
        let employee = Employee(
            7_u8,
            "bob@example.org".to_owned(),
            Password::unusable(),
            EmailVerification::verified("bob@example.org"),
            true,
        );
        assert!(employee.is_email_verified());
        let report = UserPasswordSetFailed::new(&employee, &PasswordError::Empty).send();
        assert_eq!(report.failures().len(), 1);
        let customer = Customer::new("ada@example.org".to_owned(), "gold");
        let other = UserPasswordSetFailed::new(&customer, &PasswordError::Empty).send();
        // Beside it there are those of the crate's features, which all of a workspace shares.
        let receivers = UserPasswordSetFailed::info().receivers();
        assert_eq!(other.delivered(), receivers.len());
        assert!(other.is_ok());
    }
}
