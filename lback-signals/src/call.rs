//! Calls of receivers, in order or awaited concurrently, with panics caught.

mod awaited;
mod callee;
mod deliver;
mod first_poll;
mod guarded;
mod invoke;
mod join;

pub(crate) use self::awaited::{AwaitedDispatch, await_each};
pub(crate) use self::callee::{Callee, Callees};
#[cfg(feature = "durable")]
pub use self::deliver::DeliverDurable;
pub use self::deliver::{Deliver, DeliverAsync, DeliverOwned};
pub(crate) use self::first_poll::FirstPoll;
#[cfg(feature = "durable")]
pub(crate) use self::guarded::fail_each;
pub(crate) use self::guarded::{GuardedCalls, call_each, refuse};
pub(crate) use self::invoke::{Invoke, InvokeForReply, InvokeUnit};
