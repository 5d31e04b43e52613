//! Metadata of signals and receivers, and the switch that disables a receiver.

mod declaration;
mod durable;
mod introspection;
mod needs;
mod order;
mod phase;
mod receiver;
mod signal;
mod switch;

pub use self::declaration::{
    BackgroundRuntime, Declaration, DurableEnabled, DurableRuntime, ReceiverOptions,
};
#[cfg(feature = "durable")]
pub use self::durable::{Backoff, OnDead, RetiredReceiver};
pub use self::durable::{DurableReceiver, DurableSignal};
pub use self::introspection::{Introspection, item};
#[cfg(feature = "durable")]
pub(crate) use self::needs::DurableNeed;
pub use self::needs::{Needs, ResourceInfo};
pub(crate) use self::needs::{how_to_provide, is_sized};
pub use self::order::{Order, Position, Reference};
pub use self::phase::Phase;
pub use self::receiver::ReceiverInfo;
pub use self::signal::{FieldInfo, SignalDeclaration, SignalInfo};
pub(crate) use self::switch::{guards_each_call, set_observed};
