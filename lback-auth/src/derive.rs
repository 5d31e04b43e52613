//! The derive, with its documentation: its example needs this crate.

/// Makes a struct an account: gives it the methods of `AuthUser` and their
/// signals.
///
/// ```
/// use lback_auth::{AuthUser, EmailVerification, Password};
///
/// #[derive(Clone, AuthUser)]
/// struct Customer {
///     #[auth(id)]
///     id: Option<i64>,
///     #[auth(username, email)]
///     email: String,
///     #[auth(password)]
///     password: Password,
///     #[auth(email_verification)]
///     verification: EmailVerification,
///     #[auth(active)]
///     active: bool,
///     plan: String,
/// }
/// ```
///
/// # Field attributes
///
/// Each role is named exactly once; one field may have both names.
///
/// | role | the field's type |
/// |---|---|
/// | `#[auth(id)]` | anything that implements `Display`, or an `Option` of it, which is `None` until the account is stored |
/// | `#[auth(username)]`, `#[auth(email)]` | `String`, or anything else that implements `AsRef<str>` |
/// | `#[auth(password)]` | `Password` |
/// | `#[auth(email_verification)]` | `EmailVerification` |
/// | `#[auth(active)]` | `bool` |
///
/// The derive takes names and addresses as they are. `User::new` checks them. For any type,
/// registering checks what `User::new` does, except for the length of a name.
///
/// The type must be `Clone`, `Send`, `Sync` and own what it holds; one with type parameters is an
/// account for those that make it so. `#[auth(crate = path)]` on the struct says where `lback_auth`
/// is, if it is renamed or re-exported.
///
/// # The model
///
/// An account is a `Model` too, so do not derive both. `#[model(name = "…", signals(…))]` on the
/// struct gives it a name and the signals about saving and deleting it, as for `derive(Model)`.
pub use lback_signals_macros::AuthUser;
