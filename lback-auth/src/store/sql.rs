//! What both databases have in common, and what needs none of them.

pub(super) mod error;
#[cfg(test)]
pub(super) mod plans;
pub(super) mod quantity;
pub(super) mod statements;
