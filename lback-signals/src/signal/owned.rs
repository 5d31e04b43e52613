//! What an `owned` signal holds when it is kept for later.
//!
//! `#[signal(owned)]` keeps each field with [`keep`], all of them in one closure, and makes the signal
//! anew from them with [`lend`] and [`restore`].

use crate::unwind::PanicGuarded;
use std::borrow::Borrow;
use std::convert::Infallible;

/// A field's type, of which a copy can be kept.
///
/// `Way` is inferred. Were there one implementation only, the compiler would go on with it where its
/// bounds do not hold, and complain of the copy, too.
#[diagnostic::on_unimplemented(
    message = "an `owned` signal cannot keep a copy of `{Self}`",
    label = "no copy of this can be kept and sent to other threads",
    note = "what an `owned` signal holds is `Clone`, or behind a `&` `ToOwned`, and its copy is `Send`, `Sync` and `'static`",
    note = "a `dyn Trait` of your own gets there with `impl ToOwned for dyn Trait`, whose `Owned` may be `Box<dyn Trait>`"
)]
pub trait Keep<Way> {
    type Owned: Send + Sync + 'static;

    fn keep(&self) -> Self::Owned;

    fn lend(kept: &Self::Owned) -> &Self;
}

/// The way there is.
#[derive(Debug)]
pub enum ByToOwned {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + ToOwned> Keep<ByToOwned> for T
where
    T::Owned: Send + Sync + 'static,
{
    type Owned = T::Owned;

    fn keep(&self) -> T::Owned {
        self.to_owned()
    }

    fn lend(kept: &T::Owned) -> &T {
        kept.borrow()
    }
}

/// The way there is not.
#[derive(Debug)]
pub enum InNoWay {}

/// Which nothing is.
pub trait Nothing {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + Nothing> Keep<InNoWay> for T {
    type Owned = Infallible;

    fn keep(&self) -> Infallible {
        unreachable!("there is no such type")
    }

    fn lend(kept: &Infallible) -> &T {
        match *kept {}
    }
}

/// The copy that is kept.
pub fn keep<T: ?Sized + Keep<Way>, Way>(value: &T) -> PanicGuarded<T::Owned> {
    PanicGuarded::new(value.keep())
}

/// What is kept, as the `&T` of a field.
#[must_use]
pub fn lend<T: ?Sized + Keep<Way>, Way>(kept: &PanicGuarded<T::Owned>) -> &T {
    T::lend(kept.get())
}

/// What is kept, as the `T` of a field.
#[must_use]
pub fn restore<T: Keep<Way, Owned = T>, Way>(kept: &PanicGuarded<T::Owned>) -> T {
    kept.get().keep()
}

/// A signal that can be kept: one that is declared with `owned`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not kept for receivers that run later",
    label = "not declared with `#[signal(owned)]`",
    note = "a receiver that runs in the background, or after the commit or the rollback, gets a copy of its signal: declare the signal with `#[signal(owned)]`, a model's with `signals(…, owned)`",
    note = "one with `reply` cannot be `owned`: who runs later cannot answer"
)]
pub trait IsOwned {}

#[diagnostic::do_not_recommend]
impl<S: DeclaredOwned> IsOwned for S {}

/// Implemented by `#[signal(owned)]`. [`IsOwned`] comes with it, so that the compiler does not list
/// each such signal of the program in its message.
pub trait DeclaredOwned {}
