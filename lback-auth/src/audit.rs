//! The audit log of accounts.

mod buffer;
#[cfg(feature = "audit")]
mod receivers;

pub use buffer::AuditBuffer;
