//! Which model a signal's sender is, if it is one. Nothing here is public API.

use std::marker::PhantomData;
use std::ops::Deref;

use super::Model;
use crate::unwind::catch_panic;

/// The sender's type. Where it is a [`Model`], the methods are these; where it is not, these do
/// not hold, and what it dereferences to has others of the same names, which no method of a user's
/// trait has.
#[derive(Debug)]
pub struct SenderModel<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> SenderModel<T> {
    /// Asks about the type.
    #[expect(clippy::new_without_default, reason = "only generated code asks")]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Model> SenderModel<T> {
    /// The model's name.
    #[must_use]
    pub fn __lback_name(&self) -> Option<&'static str> {
        Some(T::__name())
    }
}

impl<T: Model + ?Sized> SenderModel<T> {
    /// The model's name and id.
    pub fn __lback_describe(&self, sender: &T) -> Option<String> {
        let name = sender.model_name();
        Some(match catch_panic(|| sender.model_id()) {
            Some(Some(id)) => format!("{name} {id}"),
            Some(None) => format!("{name}, not stored yet"),
            None => format!("{name}, whose id cannot be displayed"),
        })
    }
}

impl<T: ?Sized> Deref for SenderModel<T> {
    type Target = NoModel;

    fn deref(&self) -> &NoModel {
        &NoModel
    }
}

#[derive(Debug)]
pub struct NoModel;

#[expect(
    clippy::unused_self,
    reason = "to be called as those of `SenderModel` are"
)]
impl NoModel {
    #[must_use]
    pub fn __lback_name(&self) -> Option<&'static str> {
        None
    }

    pub fn __lback_describe<T: ?Sized>(&self, _: &T) -> Option<String> {
        None
    }
}
