//! The owned copy of a signal's fields.
//!
//! `#[signal(owned)]` generates a closure that stores each field with [`own_field`], and code that
//! rebuilds the signal from the copy with [`borrow_field`] and [`restore_field`].

use crate::unwind::PanicGuarded;
use std::borrow::Borrow;
use std::convert::Infallible;

/// A type of which an `owned` signal can store a copy.
///
/// `Strategy` is inferred. It exists for the compiler's message: with a single implementation, the
/// compiler would select it even if its bounds do not hold, and report those instead of this trait.
#[diagnostic::on_unimplemented(
    message = "an `owned` signal cannot store a copy of `{Self}`",
    label = "no copy of this type can be stored and sent to other threads",
    note = "a field of an `owned` signal is `Clone`, or a reference to a `ToOwned` type, and its copy is `Send`, `Sync` and `'static`",
    note = "for a `dyn Trait` of your own, write `impl ToOwned for dyn Trait`, whose `Owned` may be `Box<dyn Trait>`"
)]
pub trait OwnedField<Strategy> {
    type Owned: Send + Sync + 'static;

    fn own(&self) -> Self::Owned;

    fn borrow(owned: &Self::Owned) -> &Self;
}

/// Strategy: via [`ToOwned`].
#[derive(Debug)]
pub enum ViaToOwned {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + ToOwned> OwnedField<ViaToOwned> for T
where
    T::Owned: Send + Sync + 'static,
{
    type Owned = T::Owned;

    fn own(&self) -> T::Owned {
        self.to_owned()
    }

    fn borrow(owned: &T::Owned) -> &T {
        owned.borrow()
    }
}

/// Strategy: none.
#[derive(Debug)]
pub enum Unavailable {}

/// Never implemented.
pub trait Never {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + Never> OwnedField<Unavailable> for T {
    type Owned = Infallible;

    fn own(&self) -> Infallible {
        unreachable!("no type implements `Never`")
    }

    fn borrow(owned: &Infallible) -> &T {
        match *owned {}
    }
}

/// Returns the owned copy of a field.
pub fn own_field<T: ?Sized + OwnedField<Strategy>, Strategy>(value: &T) -> PanicGuarded<T::Owned> {
    PanicGuarded::new(value.own())
}

/// Borrows the value of a `&T` field from its owned copy.
#[must_use]
pub fn borrow_field<T: ?Sized + OwnedField<Strategy>, Strategy>(
    owned: &PanicGuarded<T::Owned>,
) -> &T {
    T::borrow(owned.get())
}

/// Clones the value of a `T` field from its owned copy.
#[must_use]
pub fn restore_field<T: OwnedField<Strategy, Owned = T>, Strategy>(
    owned: &PanicGuarded<T::Owned>,
) -> T {
    owned.get().own()
}

/// A signal that is declared with `owned`.
#[diagnostic::on_unimplemented(
    message = "receivers that run later need an `owned` signal, which `{Self}` is not",
    label = "not declared with `#[signal(owned)]`",
    note = "a receiver that runs in the background, or after the commit or the rollback, gets a copy of its signal: declare the signal with `#[signal(owned)]`, a model's with `signals(…, owned)`",
    note = "a signal with `reply` cannot be `owned`: a receiver that runs later cannot reply"
)]
pub trait IsOwned {}

#[diagnostic::do_not_recommend]
impl<S: DeclaredOwned> IsOwned for S {}

/// The trait that `#[signal(owned)]` implements. [`IsOwned`] has a blanket implementation for it, so that
/// the compiler does not list all such signals of the program in its message.
pub trait DeclaredOwned {}
