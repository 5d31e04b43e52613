//! Calls of receivers, in order or awaited concurrently, with panics caught.

mod awaited;
mod callee;
#[cfg(feature = "tokio")]
mod deferred;
mod deliver;
mod first_poll;
mod guarded;
mod invoke;
mod join;
mod user_code;

pub(crate) use self::awaited::{AwaitedDispatch, await_each};
pub(crate) use self::callee::{Callee, Callees};
#[cfg(feature = "tokio")]
pub(crate) use self::deferred::DeferredCall;
#[cfg(feature = "durable")]
pub use self::deliver::DeliverDurable;
pub use self::deliver::{Deliver, DeliverAsync, DeliverOwned};
pub(crate) use self::first_poll::FirstPoll;
pub(crate) use self::guarded::{GuardedCalls, call_each, refuse};
pub(crate) use self::invoke::{Invoke, InvokeForReply, InvokeUnit};
pub(crate) use self::user_code::call_for;
#[cfg(feature = "durable")]
pub(crate) use self::user_code::fail_each;
