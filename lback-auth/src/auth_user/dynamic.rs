//! What receivers can do with an account of any type.

use std::any::Any;
use std::fmt;

use lback_signals::SenderAs;

use crate::AuthUser;

impl dyn AuthUser {
    /// The account as the application's own type, if it is one.
    #[must_use]
    pub fn downcast_ref<T: AuthUser>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }
}

/// Receivers that take a [`SentBy<'_, Customer>`](lback_signals::SentBy) hear of customers alone.
///
/// ```
/// use lback_auth::{AuthUser, User, UserPasswordSet};
/// use lback_signals::{SentBy, Signal, receiver};
///
/// #[receiver(signal = UserPasswordSet)]
/// fn greet(user: SentBy<'_, User>) {
///     println!("well chosen, {}", user.username());
/// }
///
/// let user = User::new("ada", "ada@example.org")?;
/// assert!(UserPasswordSet::new(&user).send().is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<T: AuthUser> SenderAs<T> for dyn AuthUser {
    fn sender_as(&self) -> Option<&T> {
        self.downcast_ref()
    }
}

/// A copy of its own, for receivers that keep the account longer than the signal lives.
impl ToOwned for dyn AuthUser {
    type Owned = Box<dyn AuthUser>;

    fn to_owned(&self) -> Self::Owned {
        self.__to_boxed()
    }
}

/// Who it is, and nothing that it keeps.
impl fmt::Debug for dyn AuthUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthUser")
            .field("id", &self.id())
            .field("username", &self.username())
            .finish_non_exhaustive()
    }
}
