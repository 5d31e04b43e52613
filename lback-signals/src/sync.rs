//! Locks and atomics of state that is tested with `loom`, which replaces them there.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize};
#[cfg(feature = "tokio")]
pub(crate) use std::sync::{Mutex, MutexGuard};
