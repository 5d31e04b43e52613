//! The model that sends a signal, if the sender is one. Not public API.

use std::marker::PhantomData;
use std::ops::Deref;

use super::Model;
use crate::unwind::catch_panic;

/// Compile-time test whether the sender's type `T` is a [`Model`].
///
/// If it is, method resolution finds the methods of `SenderModel<T>`. Otherwise their bounds do not
/// hold, and it finds those of `NoModel` through `Deref`. No trait in user code has methods of these
/// names.
#[derive(Debug)]
pub struct SenderModel<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> SenderModel<T> {
    /// Returns the value to call a method of.
    #[expect(clippy::new_without_default, reason = "only for generated code")]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Model> SenderModel<T> {
    /// Returns the model's name.
    #[must_use]
    pub fn __lback_name(&self) -> Option<&'static str> {
        Some(T::__name())
    }
}

impl<T: Model + ?Sized> SenderModel<T> {
    /// Returns the model's name and id: `article 7`.
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

/// The methods of [`SenderModel`] for a sender that is not a model.
#[derive(Debug)]
pub struct NoModel;

#[expect(
    clippy::unused_self,
    reason = "called like the methods of `SenderModel`"
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
