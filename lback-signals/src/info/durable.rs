//! Metadata of durable signals and receivers.
//!
//! It exists without the feature `durable`, for the code that generated code calls; its examples need the feature.

mod backoff;
mod receiver;
#[cfg(feature = "durable")]
mod retired;
mod signal;

#[cfg(feature = "durable")]
pub use self::backoff::Backoff;
pub use self::receiver::DurableReceiver;
#[cfg(feature = "durable")]
pub use self::receiver::OnDead;
#[cfg(feature = "durable")]
pub use self::retired::RetiredReceiver;
pub use self::signal::DurableSignal;
