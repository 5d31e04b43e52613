//! What is written down about accounts.

mod buffer;
#[cfg(feature = "audit")]
mod receivers;

pub use buffer::AuditBuffer;
