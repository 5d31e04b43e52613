//! Signals with durable receivers, encoded for an outbox, and why a signal was not enqueued.

mod decode;
mod error;
mod limits;
mod row;

pub use self::decode::DecodeError;
pub use self::error::EnqueueError;
pub use self::limits::EnqueueLimits;
pub use self::row::SignalRow;
