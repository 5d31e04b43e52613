//! Calls of receivers, in order or awaited concurrently, with panics caught.

mod awaited;
mod callee;
mod deliver;
mod first_poll;
mod guarded;
mod invoke;
mod join;
#[cfg(feature = "tokio")]
mod owned;
mod user_code;

pub(crate) use self::awaited::{AwaitedDispatch, await_each};
pub(crate) use self::callee::{Callee, Callees};
#[cfg(feature = "durable")]
pub use self::deliver::DeliverDurable;
pub use self::deliver::{Deliver, DeliverAsync, DeliverOwned};
pub(crate) use self::first_poll::FirstPoll;
#[cfg(feature = "durable")]
pub(crate) use self::guarded::call_each_with;
pub(crate) use self::guarded::{GuardedCalls, call_each, refuse};
pub(crate) use self::invoke::{Invoke, InvokeForReply, InvokeUnit};
#[cfg(feature = "tokio")]
pub(crate) use self::owned::await_owned;
pub(crate) use self::user_code::call_for;
#[cfg(feature = "durable")]
pub(crate) use self::user_code::fail_each;
