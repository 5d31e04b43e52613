//! The extractor of a durable receiver's delivery.

use std::time::SystemTime;

use uuid::Uuid;

use super::FromSignal;
use crate::context::{Context, CurrentDelivery};
use crate::info::{DurableNeed, Needs};
use crate::report::Rejection;
use crate::signal::Signal;

/// Extractor of the delivery that a durable receiver is called for.
///
/// A delivery is attempted until the receiver succeeds, so the receiver may run more than once for a signal: pass
/// [`idempotency_key`](Self::idempotency_key) to a service that ignores repeated requests.
///
/// A receiver that takes it and is not durable fails at each call, and is a [`WiringProblem`](crate::WiringProblem).
///
/// # Examples
///
/// ```
/// use lback_signals::durable::Delivery;
/// use lback_signals::{Res, receiver, signal};
///
/// struct Bank;
///
/// impl Bank {
///     async fn refund(&self, _cents: u64, _key: &str) -> Result<(), std::io::Error> {
///         Ok(())
///     }
/// }
///
/// #[signal(durable(name = "order.returned", version = 1))]
/// struct OrderReturned {
///     cents: u64,
/// }
///
/// #[receiver(signal = OrderReturned, durable(name = "refund"))]
/// async fn refund(
///     event: &OrderReturned,
///     delivery: Delivery<'_>,
///     bank: Res<'_, Bank>,
/// ) -> Result<(), std::io::Error> {
///     // The bank ignores a request whose key it has seen.
///     bank.refund(event.cents, &delivery.idempotency_key()).await
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'s>(&'s CurrentDelivery);

impl Delivery<'_> {
    /// Returns the id of the signal, which all its receivers and attempts share: a UUID of version 7.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.0.id
    }

    /// Returns a key that is the same for each attempt of this delivery, and that no other delivery has: the id and
    /// the stored name of the receiver, as in `0199b2c4-…/send-receipt`.
    ///
    /// It has the name under which the delivery was stored, so it stays when the receiver is renamed meanwhile.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        format!("{}/{}", self.0.id, self.0.receiver)
    }

    /// Returns the number of this attempt, beginning with 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.0.attempt
    }

    /// Returns whether a failure of this attempt makes the delivery a dead letter.
    #[must_use]
    pub fn is_last_attempt(&self) -> bool {
        self.0.attempt >= self.0.max_attempts
    }

    /// Returns when the signal was stored.
    #[must_use]
    pub fn sent_at(&self) -> SystemTime {
        self.0.sent_at
    }
}

/// Error of a receiver that takes [`Delivery`] and is not durable.
#[derive(Debug, thiserror::Error)]
#[error(
    "it takes `Delivery` and is not durable: add `durable(name = \"…\")` to its `#[receiver]`, or remove the \
     parameter"
)]
struct NotDurable;

impl<'s, S: Signal> FromSignal<'s, S> for Delivery<'s> {
    fn from_signal(_: &'s S, context: &'s Context) -> Result<Self, Rejection> {
        let delivery = context.delivery();
        delivery
            .map(Self)
            .ok_or_else(|| Rejection::fail(NotDurable))
    }

    fn needs(needs: &mut Needs) {
        needs.add_durable(DurableNeed::Delivery);
    }
}
