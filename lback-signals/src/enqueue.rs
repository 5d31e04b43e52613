//! Signals with durable receivers, encoded for an outbox, and why a signal was not enqueued.

mod decode;
mod error;
mod limits;
mod row;
mod snapshot;
mod trace_context;

pub use self::decode::DecodeError;
pub use self::error::EnqueueError;
pub use self::limits::EnqueueLimits;
pub(crate) use self::row::PUBLISHED_KEEP;
pub use self::row::{DeliveryRow, SignalRow};
pub use self::snapshot::SnapshotSender;
pub use self::trace_context::TraceContext;
pub(crate) use self::trace_context::is_traceparent;
