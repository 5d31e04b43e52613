//! The macros in a crate of the edition 2021.

include!("../../edition-2015/src/shared/macros.rs");
include!("../../edition-2015/src/shared/awaited.rs");
