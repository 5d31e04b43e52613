//! The failure of a receiver whose resource is missing.

use crate::info::{how_to_provide, is_sized};
use std::any::type_name;
use std::error::Error;
use std::fmt;

/// Error of a receiver that was not called because a resource that it takes is not provided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

    /// Returns the path of the resource's type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }
}

impl fmt::Display for MissingResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = how_to_provide(self.is_sized, self.type_name);
        write!(f, "missing resource `{}`: {how}", self.type_name)
    }
}

impl Error for MissingResource {}
