//! The macros of `lback-signals` and `lback-auth`, which re-export them and document them there.
//!
//! Each macro is a folder that reads parse → validate → expand.

mod attributes;
mod auth_user;
mod errors;
mod options;
mod receiver;
mod signal;
mod spelling;
mod types;

use proc_macro::TokenStream;

/// Declares a signal: a plain struct whose fields are its payload.
///
/// ```
/// use lback_signals::{Signal, signal};
/// # pub struct Order;
///
/// /// An order has been paid.
/// #[signal]
/// pub struct OrderPaid<'a> {
///     /// The order, already in its new state.
///     #[sender]
///     pub order: &'a Order,
///     /// What was paid, in cents.
///     pub amount_cents: u64,
/// }
///
/// OrderPaid { order: &Order, amount_cents: 4_200 }.send();
/// ```
///
/// The struct stays as it is, with its documentation and attributes; beside it the macro implements
/// `Signal` and gives receivers a place to register. Fields may borrow, so sending
/// copies nothing; a signal has no type or const parameters.
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `name = "order_paid"` | the name for people and logs; by default the type's in `snake_case` |
/// | `crate = path` | where `lback_signals` is, if it is renamed or re-exported |
///
/// # The sender
///
/// `#[sender]` marks the field that the signal is about: `Signal::sender` returns it and
/// `Signal::Sender` is its type. It may be a trait object, and must be as visible as the signal. A
/// signal without one has the sender `()`.
#[proc_macro_attribute]
pub fn signal(options: TokenStream, item: TokenStream) -> TokenStream {
    signal::expand(options.into(), &item.into()).into()
}

/// Makes a function a receiver: from then on it is called for every such signal that is sent in a
/// program that it is linked into.
///
/// ```
/// use lback_signals::{Signal, receiver, signal};
///
/// #[signal]
/// struct OrderPaid {
///     amount_cents: u64,
/// }
///
/// #[receiver(signal = OrderPaid)]
/// fn write_audit_line(event: &OrderPaid) -> std::io::Result<()> {
///     use std::io::Write;
///     writeln!(std::io::stdout(), "paid: {}", event.amount_cents)
/// }
///
/// assert_eq!(OrderPaid { amount_cents: 4_200 }.send().delivered(), 1);
/// ```
///
/// The function stays an ordinary function. It may be private, in a private module, in another
/// crate, in a function's body or in a test. It must be a free function: the macro cannot see
/// that it stands in an `impl` block, where what it generates does not compile.
///
/// # Parameters
///
/// One or more, each of a type that implements `FromSignal`: the signal itself
/// as `&OrderPaid`, or a type of your own.
///
/// # What it returns
///
/// Nothing, or `Result<(), E>` where `E` converts into a `Box<dyn Error + Send + Sync>`.
///
/// # Options
///
/// | option | meaning |
/// |---|---|
/// | `signal = OrderPaid` | the signal, by its path |
/// | `signal = [OrderPaid, OrderRefunded]` | several, for a function that is generic over its signal |
/// | `crate = path` | where `lback_signals` is, if it is renamed or re-exported |
///
/// ```
/// # use lback_signals::{Signal, receiver, signal};
/// # #[signal] struct OrderPaid;
/// # #[signal] struct OrderRefunded;
/// #[receiver(signal = [OrderPaid, OrderRefunded])]
/// fn count<S: Signal>(_: &S) {
///     println!("one more {}", S::info().name());
/// }
/// # assert_eq!(OrderPaid.send().delivered() + OrderRefunded.send().delivered(), 2);
/// ```
///
/// # Order
///
/// Receivers of one signal are called in the order of their ids, `module::path::function`.
#[proc_macro_attribute]
pub fn receiver(options: TokenStream, item: TokenStream) -> TokenStream {
    receiver::expand(options.into(), &item.into()).into()
}

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
/// Names and addresses are taken as they are: `User::new` checks them, a type of your own does as it
/// needs.
///
/// The type must be `Clone`, `Send`, `Sync` and own what it holds; one with type parameters is an
/// account for those that make it so. `#[auth(crate = path)]` on the struct says where `lback_auth`
/// is, if it is renamed or re-exported.
#[proc_macro_derive(AuthUser, attributes(auth))]
pub fn auth_user(item: TokenStream) -> TokenStream {
    auth_user::expand(item.into()).into()
}
