//! The delivery that a durable receiver is called for.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use uuid::Uuid;

/// The attempt to deliver one signal to one durable receiver.
pub(crate) struct CurrentDelivery {
    pub(crate) id: Uuid,
    /// The name of the receiver as it is stored, which may be an earlier one.
    pub(crate) receiver: String,
    /// Beginning with 1.
    pub(crate) attempt: u32,
    pub(crate) max_attempts: u32,
    pub(crate) sent_at: SystemTime,
    /// The transaction that the receiver may begin. Each outbox has its own type.
    #[cfg_attr(
        not(any(feature = "durable-postgres", feature = "durable-sqlite")),
        expect(dead_code, reason = "only an outbox in a database has one")
    )]
    pub(crate) transaction: Option<Arc<dyn Any + Send + Sync>>,
}

impl fmt::Debug for CurrentDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentDelivery")
            .field("id", &self.id)
            .field("receiver", &self.receiver)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
