//! Fan-out: signals in an outbox that go to other services, or come from them.

mod broker;
mod landing;
mod memory_broker;
mod relay;
mod relay_health;
mod relay_log;

#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
use std::collections::BTreeMap;

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

/// Maximum number of signals that one call lets be published again.
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
pub(super) const PUBLISHED_AGAIN: u32 = 1000;

/// The receiver of the dead letters of a landing.
pub(super) const LAND: &str = "@land";

/// An outbox from which signals are published to other services, and in which those of other services land.
///
/// A [`Relay`] and a landing call it. Each operation is atomic.
pub trait BrokerOutbox: Outbox {
    /// Completes deliveries whose signals the broker has stored, and notes the sequence number of each in the stream of
    /// the broker. Returns the claims that were lost before, of which it changes nothing.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn mark_published(
        &self,
        published: &[(Claim, u64)],
    ) -> impl Future<Output = Result<Vec<Claim>, OutboxError>> + Send;

    /// Returns the greatest sequence number of the stored signals. `None` if none is stored.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn last_published(&self) -> impl Future<Output = Result<Option<u64>, OutboxError>> + Send;

    /// Lets the stored signals be published again whose sequence number is greater, those of one name in this order.
    /// Returns their number, up to a bound: call it until it returns 0. Of signals that were done for 5 minutes or
    /// longer it forgets the sequence numbers instead, since receiving services may have forgotten their ids.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn republish(&self, after: u64) -> impl Future<Output = Result<u64, OutboxError>> + Send;

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

/// Published signals whose sequence numbers are to be forgotten.
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
pub(super) struct PublishedPage {
    /// The ids of the signals to be published again, in the order of their sequence numbers.
    pub(super) by_name: BTreeMap<String, Vec<String>>,
    /// The ids of those that were done too long ago.
    over: Vec<String>,
}

#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
impl PublishedPage {
    /// Creates a page of names and ids, with those that were done too long ago.
    pub(super) fn new(signals: Vec<(String, String, bool)>) -> Self {
        let mut page = Self {
            by_name: BTreeMap::new(),
            over: Vec::new(),
        };
        for (name, id, is_over) in signals {
            if is_over {
                page.over.push(id);
            } else {
                page.by_name.entry(name).or_default().push(id);
            }
        }
        page
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        let again = self.by_name.values().flatten();
        again.chain(&self.over).map(String::as_str)
    }

    /// Returns the number of signals to be published again. `None` if there are none, and the next page may have some.
    pub(super) fn again(&self) -> Option<u64> {
        let again = self.by_name.values().map(Vec::len).sum::<usize>();
        let is_last = again > 0 || self.over.is_empty();
        is_last.then(|| again.try_into().unwrap_or(u64::MAX))
    }
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
