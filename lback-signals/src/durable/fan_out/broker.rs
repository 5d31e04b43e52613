//! A broker, to which a relay publishes.

use std::time::SystemTime;

use crate::durable::outbox::Claimed;
use crate::report::BoxError;

/// A broker that stores the signals of one service in a stream, in which each has a sequence number.
///
/// [`MemoryBroker`](super::MemoryBroker) is one for tests. The package `lback-signals-nats` has the one for NATS
/// `JetStream`.
pub trait Broker: Send + Sync + 'static {
    /// Publishes a signal, and waits until the broker has stored it. A signal with an id that is stored already is
    /// acknowledged as a duplicate.
    ///
    /// # Errors
    ///
    /// The broker has not confirmed that it stored the signal. It may have.
    fn publish(
        &self,
        signal: &Claimed,
    ) -> impl Future<Output = Result<PublishAck, PublishError>> + Send;

    /// Returns the last sequence number of the stream, and when the stream was created.
    ///
    /// # Errors
    ///
    /// The broker did not answer.
    fn position(&self) -> impl Future<Output = Result<StreamPosition, PublishError>> + Send;
}

/// The confirmation that a broker has stored a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishAck {
    /// The sequence number of the signal in the stream.
    pub sequence: u64,
    /// Whether the signal was stored before.
    pub is_duplicate: bool,
}

/// The state of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamPosition {
    /// The sequence number of the last signal, 0 if there was none.
    pub last_sequence: u64,
    /// When the stream was created, by the clock of the broker.
    pub created_at: SystemTime,
}

/// Error of a [`Broker`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The broker refuses the signal for good, since it is too large for example. Its delivery becomes a dead letter.
    #[error("the broker refuses the signal: {0}")]
    Refused(String),
    /// The broker did not answer, or cannot store the signal now. It is published again.
    #[error("the broker did not confirm")]
    Unavailable(#[source] BoxError),
}
