//! Calls of receivers, in order or awaited concurrently. Each call catches panics.

mod awaited;
mod callee;
mod deliver;
mod invoke;
mod join;
mod slow_path;

pub(crate) use self::awaited::{await_started, started};
pub(crate) use self::callee::{Callee, callees};
pub use self::deliver::{Deliver, DeliverAsync, DeliverOwned};
pub(crate) use self::invoke::{Invoke, InvokeForReply, InvokeUnit};
pub(crate) use self::slow_path::{SlowPath, call_each, refuse};
