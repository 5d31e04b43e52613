//! The id of an account.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The id of an account, as text.
///
/// The id may be an integer, a UUID or a text: [`new`](Self::new) takes any value that implements
/// `Display`. Every text is an id, so parsing cannot fail.
///
/// ```
/// use lback_auth::UserId;
///
/// let id = UserId::from(7_i64);
/// assert_eq!(id.as_str(), "7");
/// assert_eq!(id, UserId::new(7));
/// assert_eq!("7".parse(), Ok(id));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(String);

impl UserId {
    /// Creates the id from its `Display` text.
    #[must_use]
    pub fn new(id: impl fmt::Display) -> Self {
        Self(id.to_string())
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the subject under which an outbox stores signals of the account, such as `account 7`.
    ///
    /// Pass it to `OutboxAdmin::signals_of` to export these signals, and to `OutboxAdmin::erase` to erase them.
    /// [`Accounts::delete`](crate::Accounts::delete) also erases them.
    ///
    /// # Examples
    ///
    /// ```
    /// use lback_auth::UserId;
    /// use lback_signals::durable::{MemoryOutbox, OutboxAdmin, OutboxError};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), OutboxError> {
    /// # let outbox = MemoryOutbox::new();
    /// let id = UserId::new(7);
    /// for signal in outbox.signals_of(&id.subject()).await? {
    ///     println!("{}: {}", signal.name, signal.payload);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "durable")]
    #[must_use]
    pub fn subject(&self) -> String {
        format!("account {self}")
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for UserId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserId {
    type Err = Infallible;

    fn from_str(id: &str) -> Result<Self, Infallible> {
        Ok(Self::from(id))
    }
}

impl From<String> for UserId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl From<&str> for UserId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

macro_rules! from_integers {
    ($($integer:ty),+) => {
        $(
            impl From<$integer> for UserId {
                fn from(id: $integer) -> Self {
                    Self(id.to_string())
                }
            }
        )+
    };
}

from_integers!(i32, i64, u32, u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_conversion_keeps_the_text() {
        let seven = UserId::new("7");
        assert_eq!(UserId::from(7_i32), seven);
        assert_eq!(UserId::from(7_i64), seven);
        assert_eq!(UserId::from(7_u32), seven);
        assert_eq!(UserId::from(7_u64), seven);
        assert_eq!(UserId::from("7"), seven);
        assert_eq!(UserId::from("7".to_owned()), seven);
        assert_eq!("7".parse(), Ok(seven.clone()));
        assert_eq!(seven.to_string(), "7");
        assert_eq!(AsRef::<str>::as_ref(&seven), "7");
        assert_eq!(UserId::from(-7).as_str(), "-7");
        assert_eq!(UserId::from(u64::MAX).as_str(), "18446744073709551615");
        assert_eq!(UserId::from("").as_str(), "");
        assert_eq!(format!("{seven:>3}"), "  7");
    }
}
