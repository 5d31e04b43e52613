//! Durable receivers: their work is stored in the sender's database transaction and survives the process.

mod arrivals;
mod dead_delivery;
#[cfg(feature = "durable-sqlite")]
mod delivery_slot;
#[cfg(feature = "durable-sqlite")]
mod durable_tx;
mod error;
mod kept_error;
mod memory;
#[cfg(feature = "durable-sqlite")]
mod open_watch;
mod outbox;
#[cfg(feature = "durable-sqlite")]
mod sqlite;
mod start;
pub mod testing;
mod worker;

#[cfg(feature = "durable-sqlite")]
pub use self::durable_tx::DurableTx;
pub use self::error::OutboxError;
pub use self::memory::{MemoryOutbox, MemoryTransaction};
pub use self::outbox::{
    Claim, ClaimRequest, Claimed, Counts, DeliveryCommit, DeliveryTransaction, Ending, Outbox,
    ReceiverClaim,
};
#[cfg(feature = "durable-sqlite")]
pub use self::sqlite::{InsertStatement, SqliteOutbox};
pub use self::worker::{DeadLetter, DeadReason, Worker, WorkerHandle, WorkerHealth};
pub use crate::enqueue::{DecodeError, EnqueueError, EnqueueLimits, SignalRow, TraceContext};
pub use crate::extract::Delivery;
pub use crate::info::{Backoff, DurableReceiver, DurableSignal};
pub use crate::report::DeliveryError;
pub use uuid::Uuid;
