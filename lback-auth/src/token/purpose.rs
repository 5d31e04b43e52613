//! The purposes of tokens.

/// The purpose of a token. A token is valid for no other purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "durable",
    derive(
        lback_signals::schemars::JsonSchema,
        lback_signals::serde::Deserialize,
        lback_signals::serde::Serialize
    ),
    schemars(crate = "lback_signals::schemars"),
    serde(crate = "lback_signals::serde", rename_all = "kebab-case")
)]
pub enum TokenPurpose {
    /// Proves that the bearer receives mail at the account's address.
    EmailVerification,
    /// Allows the bearer to set a new password.
    PasswordReset,
    /// Proves that the bearer receives mail at the new address of the account.
    EmailChange,
}

impl TokenPurpose {
    /// All purposes.
    pub const ALL: [Self; 3] = [
        Self::EmailVerification,
        Self::PasswordReset,
        Self::EmailChange,
    ];

    /// Returns its name, which is part of each digest and will not change.
    ///
    /// ```
    /// use lback_auth::TokenPurpose;
    ///
    /// assert_eq!(TokenPurpose::PasswordReset.as_str(), "password-reset");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let prefix = self.prefix();
        &prefix[DOMAIN.len()..prefix.len() - 1]
    }

    /// Returns the text that is hashed before a token: [`DOMAIN`], the name and a zero byte.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::EmailVerification => "lback-auth/token/v1\0email-verification\0",
            Self::PasswordReset => "lback-auth/token/v1\0password-reset\0",
            Self::EmailChange => "lback-auth/token/v1\0email-change\0",
        }
    }
}

/// Separates these digests from other uses of SHA-256 and from later versions.
const DOMAIN: &str = "lback-auth/token/v1\0";
