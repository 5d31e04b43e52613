//! What a token is for.

/// What a token is for. One that was issued for one purpose is good for no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenPurpose {
    /// Its bearer receives mail at the account's address.
    EmailVerification,
    /// Its bearer may set a new password.
    PasswordReset,
    /// Its bearer receives mail at the address that is to be the account's.
    EmailChange,
}

impl TokenPurpose {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self::EmailVerification,
        Self::PasswordReset,
        Self::EmailChange,
    ];

    /// Its name, which is a part of what is hashed, and will not change.
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

    /// What is hashed before a token: [`DOMAIN`], the name and a zero byte.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::EmailVerification => "lback-auth/token/v1\0email-verification\0",
            Self::PasswordReset => "lback-auth/token/v1\0password-reset\0",
            Self::EmailChange => "lback-auth/token/v1\0email-change\0",
        }
    }
}

/// Keeps these digests apart from any other use of SHA-256, and from those of a later version.
const DOMAIN: &str = "lback-auth/token/v1\0";
