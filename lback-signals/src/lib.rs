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

mod delivery;
mod dispatch;
mod extract;
mod failure;
mod info;
mod recursion;
mod registry;
mod report;
mod signal;

// Not public API. Used by generated code.
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use lback_signals_macros::{receiver, signal};

pub use crate::extract::{Context, FromSignal, Rejection};
pub use crate::failure::{BoxError, Failure, FailureKind, on_failure};
pub use crate::info::{FieldInfo, ReceiverInfo, SignalInfo};
pub use crate::recursion::Recursion;
pub use crate::registry::signals;
pub use crate::report::{DispatchError, Report};
pub use crate::signal::Signal;
