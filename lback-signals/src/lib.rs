#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

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
    "lback-signals does not support this target: `inventory` has no link section for it, so no \
     receiver would be registered"
);

mod call;
mod connection;
mod context;
mod dispatch;
#[cfg(feature = "durable")]
pub mod durable;
#[cfg(feature = "durable")]
mod enqueue;
mod extract;
mod info;
mod live;
mod macros;
#[cfg(feature = "metrics")]
pub mod metrics;
mod model;
mod observe;
#[cfg(feature = "durable")]
mod payload;
mod postgres_outcome;
mod record;
mod recursion;
mod registry;
mod report;
mod scope;
mod signal;
#[cfg(feature = "sqlx")]
mod sql_transaction;
mod stderr;
mod sync;
mod trace;
mod transaction;
mod unwind;
mod wiring;

// Not public API. Used by generated code.
#[doc(hidden)]
pub mod __private;
#[cfg(feature = "tokio")]
pub mod background;

pub use crate::connection::Connection;
pub use crate::context::{AlreadyProvided, Context, provide, provide_dyn, resource};
pub use crate::extract::{FromSignal, Res, SenderAs, SentBy};
pub use crate::info::{FieldInfo, Needs, Order, Phase, ReceiverInfo, ResourceInfo, SignalInfo};
pub use crate::live::{DispatchCounts, LiveDispatch, LiveRun, LiveView, RunCounts};
pub use crate::macros::{Model, receiver, signal};
pub use crate::model::{Draft, Model, ModelEvent, ModelSignal, OperationError};
#[cfg(feature = "durable")]
pub use crate::observe::DeliveryAttempt;
pub use crate::observe::{Dispatch, Observer, ReceiverRun, RunOutcome, SendingReceiver};
pub use crate::recursion::Recursion;
pub use crate::registry::{
    DisableError, ObserverAlreadySet, disable, disable_by_id, enable, enable_by_id, set_observer,
};
pub use crate::report::{
    Answer, BoxError, DispatchError, DispatchId, Failure, FailureKind, MissingResource, Rejection,
    Report, on_failure,
};
pub use crate::scope::{Captured, CurrentScope, Scope};
pub use crate::signal::{AsyncSignal, Signal, SyncSignal};
#[cfg(feature = "sqlx")]
pub use crate::sql_transaction::{
    BeginSignals, SignalDatabase, SignalTransaction, TransactionError, within,
};
pub use crate::transaction::{Abandoned, CommitError, CommitOutcome, Transaction};
pub use crate::wiring::{MissingReceivers, Wiring, WiringProblem, wiring};
#[cfg(feature = "durable")]
pub use schemars;
#[cfg(feature = "durable")]
pub use serde;
