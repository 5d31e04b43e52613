//! One signal and its deliveries, as they are stored.

use std::fmt;
use std::time::Duration;

use uuid::Uuid;

/// The time for which a published signal is kept, so that it can be published again if the broker loses it.
pub(crate) const PUBLISHED_KEEP: Duration = Duration::from_mins(5);

/// A signal that was sent in a transaction, encoded, with the durable receivers that get it.
///
/// An outbox stores one row for the signal and one per [delivery](DeliveryRow). `Debug` does not show the payload.
#[derive(Clone, PartialEq, Eq)]
pub struct SignalRow {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) version: u32,
    /// The key by which deliveries are ordered, as JSON.
    pub(crate) key: Option<String>,
    /// The text by which the signal is erased.
    pub(crate) subject: Option<String>,
    pub(crate) payload: String,
    pub(crate) trace: Option<String>,
    /// How long the signal is kept after its last delivery is done.
    pub(crate) keep: Option<Duration>,
    pub(crate) deliveries: Vec<DeliveryRow>,
}

/// The delivery of a signal to one receiver, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    pub(crate) receiver: String,
    pub(crate) ordered_as: Option<String>,
}

impl DeliveryRow {
    /// Returns the stored name of the receiver.
    #[must_use]
    pub fn receiver(&self) -> &str {
        &self.receiver
    }

    /// Returns the name under which deliveries of one [key](SignalRow::key) are ordered: the oldest name of the
    /// receiver, which a rename keeps. `None` if the receiver is not ordered, or the signal has no key.
    ///
    /// The deliveries with this name and the key are a chain of the [`Outbox`](crate::durable::Outbox).
    #[must_use]
    pub fn ordered_as(&self) -> Option<&str> {
        self.ordered_as.as_deref()
    }
}

impl SignalRow {
    // Not public API. For the conformance suite of outboxes, which stores signals that no code declares.
    #[doc(hidden)]
    #[must_use]
    pub fn __new(name: &str, version: u32, payload: &str, receivers: &[&str]) -> Self {
        Self {
            id: Uuid::now_v7(),
            name: name.to_owned(),
            version,
            key: None,
            subject: None,
            payload: payload.to_owned(),
            trace: None,
            keep: None,
            deliveries: receivers
                .iter()
                .map(|&name| DeliveryRow {
                    receiver: name.to_owned(),
                    ordered_as: None,
                })
                .collect(),
        }
    }

    // Not public API. For tests of outboxes.
    #[doc(hidden)]
    #[must_use]
    pub fn __with_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    // Not public API. For tests of outboxes.
    #[doc(hidden)]
    #[must_use]
    pub fn __with_keep(mut self, keep: Duration) -> Self {
        self.keep = Some(keep);
        self
    }

    // Not public API. For tests of outboxes: orders the deliveries of all receivers by the key.
    #[doc(hidden)]
    #[must_use]
    pub fn __with_order(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        for delivery in &mut self.deliveries {
            delivery.ordered_as = Some(delivery.receiver.clone());
        }
        self
    }

    // Not public API. For tests of outboxes.
    #[doc(hidden)]
    #[must_use]
    pub fn __with_subject(mut self, subject: &str) -> Self {
        self.subject = Some(subject.to_owned());
        self
    }

    /// Returns the id of the signal, a UUID of version 7.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Returns the stored name of the signal.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the version of the payload.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Returns the payload, as JSON.
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// Returns the text by which an outbox erases the signal, if [its sender](super::SnapshotSender) has one.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Returns the W3C `traceparent` of the sender, if it had one.
    #[must_use]
    pub fn trace(&self) -> Option<&str> {
        self.trace.as_deref()
    }

    /// Returns the key by which deliveries are ordered, as JSON.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Returns how long the signal is kept after its last delivery is done. `None` if it is deleted then.
    #[must_use]
    pub fn keep(&self) -> Option<Duration> {
        self.keep
    }

    /// Returns the deliveries to store, one per receiver.
    #[must_use]
    pub fn deliveries(&self) -> &[DeliveryRow] {
        &self.deliveries
    }
}

impl fmt::Debug for SignalRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignalRow")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("version", &self.version)
            .field("deliveries", &self.deliveries)
            .finish_non_exhaustive()
    }
}
