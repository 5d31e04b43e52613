#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(not(any(
    windows,
    target_family = "wasm",
    target_os = "android",
    target_os = "dragonfly",
    target_os = "freebsd",
    target_os = "haiku",
    target_os = "illumos",
    target_os = "ios",
    target_os = "linux",
    target_os = "macos",
    target_os = "netbsd",
    target_os = "none",
    target_os = "nto",
    target_os = "openbsd",
    target_os = "redox",
    target_os = "vxworks",
)))]
compile_error!(
    "lback-signals cannot register receivers on this target: `inventory` has no link section for \
     it and would register nothing, without a word"
);

mod ambient;
mod answer;
mod async_signal;
#[cfg(feature = "tokio")]
pub mod background;
mod connection;
mod delivery;
mod describe;
mod disable;
mod dispatch;
mod extract;
mod failure;
mod keep;
mod macros;
mod model;
mod order;
mod parcel;
mod phase;
mod quiet;
mod receiver_info;
mod recursion;
mod registry;
mod report;
mod resources;
mod running;
mod scope;
mod sent;
mod signal;
mod signal_info;
mod stderr;
mod switch;
mod sync;
mod trace;
mod transaction;
mod wiring;

// Not public API. Used by generated code.
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use crate::answer::Answer;
pub use crate::async_signal::AsyncSignal;
pub use crate::connection::Connection;
pub use crate::disable::{DisableError, disable, disable_by_id, enable, enable_by_id};
pub use crate::extract::{Context, FromSignal, Rejection, Res, SenderAs, SentBy};
pub use crate::failure::{BoxError, Failure, FailureKind, on_failure};
pub use crate::macros::{Model, receiver, signal};
pub use crate::model::{Model, ModelEvent, ModelSignal, OperationError};
pub use crate::order::Order;
pub use crate::phase::Phase;
pub use crate::receiver_info::ReceiverInfo;
pub use crate::recursion::Recursion;
pub use crate::report::{DispatchError, Report};
pub use crate::resources::{
    AlreadyProvided, MissingResource, Needs, ResourceInfo, provide, provide_dyn, resource,
};
pub use crate::scope::{Captured, CurrentScope, Scope};
pub use crate::signal::{Signal, SyncSignal};
pub use crate::signal_info::{FieldInfo, SignalInfo};
pub use crate::transaction::{Abandoned, CommitOutcome, Transaction};
pub use crate::wiring::{MissingReceivers, Wiring, WiringProblem, wiring};
