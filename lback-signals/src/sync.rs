//! Locks and atomics of the state that is tested with `loom`. The loom tests replace this module.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize};
#[cfg(feature = "tokio")]
pub(crate) use std::sync::{Mutex, MutexGuard};
