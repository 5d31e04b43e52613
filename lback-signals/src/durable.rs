//! Durable receivers: their work is stored in the sender's database transaction and survives the process.

mod error;
mod outbox;

pub use self::error::OutboxError;
pub use self::outbox::{
    Claim, ClaimRequest, Claimed, Counts, DeliveryCommit, DeliveryTransaction, Ending, Outbox,
    ReceiverClaim,
};
pub use crate::enqueue::{DecodeError, EnqueueError, EnqueueLimits, SignalRow};
pub use crate::info::{Backoff, DurableReceiver, DurableSignal};
pub use uuid::Uuid;
