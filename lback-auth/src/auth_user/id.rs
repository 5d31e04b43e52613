//! What an account is counted by.

use std::fmt;

/// An account's id, as the text of whatever the application counts by.
///
/// ```
/// use lback_auth::UserId;
///
/// assert_eq!(UserId::new(7).as_str(), "7");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(String);

impl UserId {
    /// The id whose `Display` text is this.
    #[must_use]
    pub fn new(id: impl fmt::Display) -> Self {
        Self(id.to_string())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
