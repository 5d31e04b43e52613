//! The broker in memory.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use super::broker::{Broker, PublishAck, PublishError, StreamPosition};
use crate::durable::outbox::Claimed;

/// A broker in memory, for tests.
///
/// A clone is the same broker.
///
/// # Examples
///
/// ```standalone_crate
/// use lback_signals::durable::{MemoryBroker, MemoryOutbox, OutboxError, Relay};
/// use lback_signals::{Signal, signal};
///
/// #[signal(durable(name = "order.paid", version = 1, publish))]
/// struct OrderPaid {
///     number: u64,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), OutboxError> {
/// let (outbox, broker) = (MemoryOutbox::new(), MemoryBroker::new());
/// let transaction = outbox.begin();
/// transaction.run(|| OrderPaid { number: 7 }.send());
/// transaction.commit()?;
///
/// Relay::new(&outbox, broker.clone()).publish_due().await?;
/// let published = broker.published();
/// assert_eq!(published[0].signal, "order.paid");
/// assert_eq!(published[0].payload, r#"{"number":7}"#);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MemoryBroker(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    published: Vec<Claimed>,
    max_payload: Option<usize>,
    is_unavailable: bool,
    creations: u64,
}

impl MemoryBroker {
    /// Creates a broker without signals.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the stored signals. The sequence number of the first one is 1.
    #[must_use]
    pub fn published(&self) -> Vec<Claimed> {
        self.state().published.clone()
    }

    /// Stops answering, or answers again.
    pub fn set_unavailable(&self, is_unavailable: bool) {
        self.state().is_unavailable = is_unavailable;
    }

    /// Refuses larger payloads.
    pub fn set_max_payload(&self, bytes: usize) {
        self.state().max_payload = Some(bytes);
    }

    /// Loses the signals after the first ones, as a broker does whose disk is replaced by an earlier copy.
    pub fn lose_after(&self, stored: usize) {
        self.state().published.truncate(stored);
    }

    /// Loses all signals, and creates the stream anew.
    pub fn recreate_stream(&self) {
        let mut state = self.state();
        state.published.clear();
        state.creations += 1;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check_available(&self) -> Result<(), PublishError> {
        if self.is_unavailable {
            return Err(PublishError::Unavailable("it does not answer".into()));
        }
        Ok(())
    }
}

impl Broker for MemoryBroker {
    async fn publish(&self, signal: &Claimed) -> Result<PublishAck, PublishError> {
        let mut state = self.state();
        state.check_available()?;
        if state
            .max_payload
            .is_some_and(|most| signal.payload.len() > most)
        {
            return Err(PublishError::Refused("the payload is too large".to_owned()));
        }
        let stored = state.published.iter().position(|it| it.id == signal.id);
        let index = stored.unwrap_or(state.published.len());
        if stored.is_none() {
            state.published.push(signal.clone());
        }
        Ok(PublishAck {
            sequence: u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1),
            is_duplicate: stored.is_some(),
        })
    }

    async fn position(&self) -> Result<StreamPosition, PublishError> {
        let state = self.state();
        state.check_available()?;
        Ok(StreamPosition {
            last_sequence: u64::try_from(state.published.len()).unwrap_or(u64::MAX),
            created_at: UNIX_EPOCH + Duration::from_secs(state.creations),
        })
    }
}

impl fmt::Debug for MemoryBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBroker")
            .field("published", &self.state().published.len())
            .finish_non_exhaustive()
    }
}
