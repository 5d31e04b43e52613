//! Calls of receivers, in order or awaited concurrently. Each call catches panics.

mod awaited;
mod callee;
mod deliver;
mod guarded;
mod invoke;
mod join;

pub(crate) use self::awaited::{await_started, started};
pub(crate) use self::callee::{Callee, callees};
pub use self::deliver::{Deliver, DeliverAsync, DeliverOwned};
pub(crate) use self::guarded::{GuardedCalls, call_each, refuse};
pub(crate) use self::invoke::{Invoke, InvokeForReply, InvokeUnit};
