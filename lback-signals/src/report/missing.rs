//! The resource that a receiver lacked.

use crate::info::{how_to_provide, is_sized};
use std::any::type_name;
use std::error::Error;
use std::fmt;

/// A receiver was not called since a resource that it takes is not provided.
#[derive(Clone, Copy, Debug)]
pub struct MissingResource {
    type_name: &'static str,
    is_sized: bool,
}

impl MissingResource {
    pub(crate) fn of<T: ?Sized>() -> Self {
        Self {
            type_name: type_name::<T>(),
            is_sized: is_sized::<T>(),
        }
    }

    /// The type's path.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }
}

impl fmt::Display for MissingResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = how_to_provide(self.is_sized);
        write!(f, "nothing provides a `{}`: {how}", self.type_name)
    }
}

impl Error for MissingResource {}
