//! The cases of the conformance suite, each named for the property that it checks.

mod changes;
mod claiming;
mod clocks;
mod counting;
mod dropping;
mod endings;
mod inserting;
mod leases;
mod next_due;
mod races;

pub use self::changes::*;
pub use self::claiming::*;
pub use self::clocks::*;
pub use self::counting::*;
pub use self::dropping::*;
pub use self::endings::*;
pub use self::inserting::*;
pub use self::leases::*;
pub use self::next_due::*;
pub use self::races::*;
