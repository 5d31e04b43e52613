//! The errors of a form, which its page shows in a summary and beside each field.

use lback_auth::{AccountsError, UserError};

use crate::error::sentence;

/// An error of a form.
#[derive(Clone, Debug)]
pub(crate) struct FieldError {
    /// The name of the field, or an empty text for the whole form.
    pub(crate) field: &'static str,
    pub(crate) text: String,
}

/// The errors of a form.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormErrors(Vec<FieldError>);

impl FormErrors {
    pub(crate) fn none() -> Self {
        Self::default()
    }

    pub(crate) fn one(field: &'static str, text: impl Into<String>) -> Self {
        Self(vec![FieldError {
            field,
            text: text.into(),
        }])
    }

    /// Returns the errors of a flow that the user can mend in a form, or the error itself.
    pub(crate) fn of_flow(error: AccountsError) -> Result<Self, AccountsError> {
        Ok(match error {
            AccountsError::Invalid(UserError::UsernameLength { .. }) => {
                Self::one("name", "Use 3 to 150 characters.")
            }
            AccountsError::Invalid(error) => {
                Self::one(field_of(&error), sentence(&error.to_string()))
            }
            AccountsError::UsernameTaken => {
                Self::one("name", "The name is taken: choose another one.")
            }
            AccountsError::Rejected(rejected) => {
                let reasons = rejected.reasons().iter();
                Self(
                    reasons
                        .map(|reason| FieldError {
                            field: "password",
                            text: sentence(&reason.to_string()),
                        })
                        .collect(),
                )
            }
            AccountsError::WrongPassword => {
                Self::one("current", "The current password is wrong: enter it again.")
            }
            AccountsError::Conflict => {
                Self::one("", "The account was changed at the same time: try again.")
            }
            other => return Err(other),
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn all(&self) -> &[FieldError] {
        &self.0
    }

    /// Returns the first error of a field.
    pub(crate) fn of(&self, field: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|error| error.field == field)
            .map(|error| error.text.as_str())
    }
}

fn field_of(error: &UserError) -> &'static str {
    match error {
        UserError::EmailTooLong { .. } | UserError::InvalidEmail { .. } => "email",
        _ => "name",
    }
}
