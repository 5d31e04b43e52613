//! Accounts behind `dyn AuthUser`, as receivers get them.

use std::any::Any;
use std::fmt;

use lback_signals::SenderAs;

use super::AuthUser;

impl dyn AuthUser {
    /// Returns the account as the application's own type if it is of that type.
    ///
    /// ```
    /// use lback_auth::{User, UserPasswordSet};
    /// use lback_signals::receiver;
    ///
    /// #[receiver(signal = UserPasswordSet)]
    /// fn log(event: &UserPasswordSet<'_>) {
    ///     if let Some(user) = event.user.downcast_ref::<User>() {
    ///         println!("set: {:?}", user.password());
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn downcast_ref<T: AuthUser>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }
}

/// Lets receivers take a [`SentBy<'_, Customer>`](lback_signals::SentBy), which are called for
/// customers only.
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

/// Clones the account, for receivers that run after the signal is dropped.
impl ToOwned for dyn AuthUser {
    type Owned = Box<dyn AuthUser>;

    fn to_owned(&self) -> Self::Owned {
        self.__to_boxed()
    }
}

/// Shows id and username only.
impl fmt::Debug for dyn AuthUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthUser")
            .field("id", &self.id())
            .field("username", &self.username())
            .finish_non_exhaustive()
    }
}
