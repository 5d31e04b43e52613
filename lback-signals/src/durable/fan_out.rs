//! Fan-out: signals in an outbox that go to other services, or come from them.

mod broker;
mod landing;
mod memory_broker;
mod relay;
mod relay_health;

use super::error::OutboxError;
use super::outbox::{Claim, Outbox};
use crate::info::DurableReceiver;
use crate::registry::durable_receivers;

pub use self::broker::{Broker, PublishAck, PublishError, StreamPosition};
pub use self::landing::{IncomingSignal, LandedSignal, LandingError};
pub use self::memory_broker::MemoryBroker;
pub use self::relay::Relay;
pub use self::relay_health::RelayHealth;

/// The prefix of the receivers that `publish` adds.
const PUBLISH: &str = "@publish.";

/// The most signals that one call lets be published again.
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
pub(super) const PUBLISHED_AGAIN: u32 = 1000;

/// The receiver of the dead letters of a landing.
pub(super) const LAND: &str = "@land";

/// An outbox from which signals are published to other services, and in which those of other services land.
///
/// A [`Relay`] and a landing call it. Each operation is atomic.
pub trait FanOut: Outbox {
    /// Completes deliveries whose signals the broker has stored, and notes the sequence number of each in the stream of
    /// the broker. Returns the claims that were lost before, of which it changes nothing.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn published(
        &self,
        published: &[(Claim, u64)],
    ) -> impl Future<Output = Result<Vec<Claim>, OutboxError>> + Send;

    /// Returns the greatest sequence number of the stored signals. `None` if none is stored.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn last_published(&self) -> impl Future<Output = Result<Option<u64>, OutboxError>> + Send;

    /// Lets the stored signals be published again whose sequence number is greater, in this order. Returns their number,
    /// up to a bound: call it until it returns 0.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn publish_again(&self, after: u64) -> impl Future<Output = Result<u64, OutboxError>> + Send;

    /// Stores signals of other services, except those whose source and id are stored, and wakes the workers. Returns the
    /// number of new ones.
    ///
    /// # Errors
    ///
    /// The storage did not answer, and has stored all or nothing.
    fn land(
        &self,
        signals: &[LandedSignal],
    ) -> impl Future<Output = Result<u64, OutboxError>> + Send;
}

/// The receiver of a signal to be published again: its name, and the name of its order.
pub(super) struct Publication {
    pub(super) receiver: String,
    pub(super) ordered_as: String,
}

impl Publication {
    /// Returns the receiver of a signal with this stored name, also if this program does not know it.
    pub(super) fn of(signal: &str) -> Self {
        let receiver = format!("{PUBLISH}{signal}");
        let known =
            publications().find(|it| it.name() == receiver || it.was().contains(&&*receiver));
        let ordered_as = known
            .and_then(DurableReceiver::ordered_as)
            .unwrap_or(&receiver);
        Self {
            ordered_as: ordered_as.to_owned(),
            receiver,
        }
    }
}

/// Returns the receivers that `publish` has added to signals of this program.
fn publications() -> impl Iterator<Item = &'static DurableReceiver> {
    let receivers = durable_receivers().into_iter();
    let durable = receivers.filter_map(|receiver| receiver.info.durable());
    durable.filter(|durable| durable.is_publication())
}
