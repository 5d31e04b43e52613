//! The reasons to refuse a password, as codes and as advice.

use std::fmt;

use thiserror::Error;

use crate::password::MAX_LEN;

/// One reason to refuse a new password.
///
/// The [`code`](Self::code) is for programs and is the same in all versions; the `Display` text tells
/// people what to do. Neither contains any part of the password.
///
/// | code | the password |
/// |---|---|
/// | `too_short` | has fewer code points than the policy requires |
/// | `too_long` | has more than 4,096 bytes of UTF-8, before or after preparation |
/// | `common` | is on a list of common passwords |
/// | `is_username` | is the owner's username |
/// | `is_email` | is the owner's email address, or the part of it before the `@` |
/// | `is_service_name` | is the name of the service |
/// | `blocked_word` | is a word that the application blocks |
/// | `guessable` | takes too few guesses, by an estimate |
/// | any other | is refused by a check of the application |
///
/// ```
/// use lback_auth::RejectionReason;
///
/// let reason = RejectionReason::TooShort { min_length: 15 };
/// assert_eq!(reason.code(), "too_short");
/// assert_eq!(reason.to_string(), "use at least 15 characters");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RejectionReason {
    /// The password has fewer code points than the policy requires, or none.
    #[error("use at least {min_length} characters")]
    TooShort {
        /// The number of code points that the policy requires.
        min_length: usize,
    },

    /// The password is longer than [`set_password`](crate::AuthUser::set_password) accepts.
    #[error("use a shorter password: at most {MAX_LEN} bytes of UTF-8")]
    TooLong,

    /// Many people use the password, so attackers try it first.
    #[error("choose a password that is not on a list of common ones")]
    Common,

    /// The password is the owner's username.
    #[error("choose a password other than your username")]
    IsUsername,

    /// The password is the owner's email address, or the part of it before the `@`.
    #[error("choose a password other than your email address and the part of it before the @")]
    IsEmail,

    /// The password is the name of the service.
    #[error("choose a password other than the name of this service")]
    IsServiceName,

    /// The password is a word that the application blocks.
    #[error("choose a password that has less to do with this service")]
    BlockedWord,

    /// Too few guesses find the password, by an estimate.
    #[error("choose a password that is harder to guess, such as a few unrelated words")]
    Guessable,

    /// A check of the application refuses the password.
    #[error("{text}")]
    Custom {
        /// The application's code for the reason, different from those in the table.
        code: &'static str,
        /// The text that tells people what to do.
        text: String,
    },
}

impl RejectionReason {
    /// Returns a reason of the application: a code that never changes and differs from those in the
    /// [table](Self), and a text that tells people what to do.
    ///
    /// ```
    /// use lback_auth::RejectionReason;
    ///
    /// let reason = RejectionReason::custom("reused", "choose a password that you never had here");
    /// assert_eq!(reason.code(), "reused");
    /// assert_eq!(reason.to_string(), "choose a password that you never had here");
    /// ```
    #[must_use]
    pub fn custom(code: &'static str, text: impl Into<String>) -> Self {
        Self::Custom {
            code,
            text: text.into(),
        }
    }

    /// Returns the code of the reason, from the [table](Self).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooLong => "too_long",
            Self::Common => "common",
            Self::IsUsername => "is_username",
            Self::IsEmail => "is_email",
            Self::IsServiceName => "is_service_name",
            Self::BlockedWord => "blocked_word",
            Self::Guessable => "guessable",
            Self::Custom { code, .. } => code,
        }
    }
}

/// Error returned when a policy refuses a new password, with at least one reason.
///
/// `Display` joins the texts of the reasons and contains no part of the password.
///
/// ```
/// use lback_auth::{PasswordOwner, PasswordPolicy, RejectionReason};
///
/// let rejected = PasswordPolicy::new()
///     .check("Password", PasswordOwner::default())
///     .unwrap_err();
///
/// let codes: Vec<_> = rejected.reasons().iter().map(RejectionReason::code).collect();
/// assert_eq!(codes, ["too_short", "common"]);
/// assert_eq!(
///     rejected.to_string(),
///     "the password is refused: use at least 15 characters; \
///      choose a password that is not on a list of common ones",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRejected {
    reasons: Vec<RejectionReason>,
}

impl PasswordRejected {
    /// Refuses the password if there is any reason. A reason that two checks give counts once.
    ///
    /// # Errors
    ///
    /// Returns the distinct reasons if there is at least one.
    pub(super) fn for_any(reasons: impl IntoIterator<Item = RejectionReason>) -> Result<(), Self> {
        let mut distinct = Vec::new();
        for reason in reasons {
            if !distinct.contains(&reason) {
                distinct.push(reason);
            }
        }
        if distinct.is_empty() {
            Ok(())
        } else {
            Err(Self { reasons: distinct })
        }
    }

    /// Returns every reason that applies, at least one and none twice. An empty or too long password
    /// has only that reason.
    #[must_use]
    pub fn reasons(&self) -> &[RejectionReason] {
        &self.reasons
    }
}

impl From<RejectionReason> for PasswordRejected {
    fn from(reason: RejectionReason) -> Self {
        Self {
            reasons: vec![reason],
        }
    }
}

impl fmt::Display for PasswordRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, reason) in self.reasons.iter().enumerate() {
            let before = if index == 0 {
                "the password is refused: "
            } else {
                "; "
            };
            write!(f, "{before}{reason}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PasswordRejected {}
