//! Metadata of durable signals and receivers.
//!
//! It exists without the feature `durable`, for the code that generated code calls; its examples need the feature.

mod backoff;
mod receiver;
mod signal;

pub use self::backoff::Backoff;
pub use self::receiver::{DurableReceiver, OnDead};
pub use self::signal::DurableSignal;
