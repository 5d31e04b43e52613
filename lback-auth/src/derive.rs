//! The derive macro, documented here because its example needs this crate.

/// Implements `AuthUser` for a struct, which is then an account with its methods and signals.
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
/// Each role has exactly one field. One field may be both username and email.
///
/// | role | the field's type |
/// |---|---|
/// | `#[auth(id)]` | anything that implements `Display`, or an `Option` of it, which is `None` until the account is stored |
/// | `#[auth(username)]`, `#[auth(email)]` | `String`, or anything else that implements `AsRef<str>` |
/// | `#[auth(password)]` | `Password` |
/// | `#[auth(email_verification)]` | `EmailVerification` |
/// | `#[auth(active)]` | `bool` |
///
/// The derive does not validate names and addresses. `User::new` does, and registering checks the same for
/// each account type, except for the length of a name.
///
/// The type must be `Clone`, `Send` and `Sync`, and must not borrow. A generic type is an account for the
/// parameters that satisfy this. `#[auth(crate = path)]` on the struct names a renamed or re-exported
/// `lback_auth`.
///
/// # The model
///
/// The derive also implements `Model`, so do not derive both. `#[model(name = "…", signals(…))]` on the
/// struct sets its name and declares the signals about saving and deleting it, as for `derive(Model)`.
pub use lback_signals_macros::AuthUser;
