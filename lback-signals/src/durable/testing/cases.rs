//! The cases of the conformance suite, each named for the property that it checks.

mod admin_races;
mod changes;
mod changing;
mod claiming;
mod clocks;
mod counting;
mod dropping;
mod endings;
mod fanning_out;
mod inserting;
mod keeping;
mod leases;
mod next_due;
mod ordering;
mod races;
mod reading;
mod repairing;
mod replaying;

pub use self::admin_races::*;
pub use self::changes::*;
pub use self::changing::*;
pub use self::claiming::*;
pub use self::clocks::*;
pub use self::counting::*;
pub use self::dropping::*;
pub use self::endings::*;
pub use self::fanning_out::*;
pub use self::inserting::*;
pub use self::keeping::*;
pub use self::leases::*;
pub use self::next_due::*;
pub use self::ordering::*;
pub use self::races::*;
pub use self::reading::*;
pub use self::repairing::*;
pub use self::replaying::*;
