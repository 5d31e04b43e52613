//! Dead letters, as a worker reports them.

use lback_signals_macros::signal;
use uuid::Uuid;

use crate::info::ReceiverInfo;
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;

/// A delivery that is not attempted again. It stays in the outbox for operators.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    pub(super) number: i64,
    pub(super) id: Uuid,
    pub(super) receiver: &'static ReceiverInfo,
    pub(super) attempts: u32,
    pub(super) reason: DeadReason,
    pub(super) error: String,
}

/// Why a delivery is a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadReason {
    /// The last attempt failed, or its process ended.
    AttemptsExhausted,
    /// The receiver returned `DeliveryError::permanent(…)`.
    PermanentError,
    /// The payload cannot be decoded, so the receiver was not called.
    Undecodable,
}

/// Signal that a delivery has become a dead letter.
///
/// A [`Worker`](super::Worker) sends it on the blocking pool, in its scope, after the dead letter is stored. It waits
/// until the receivers have returned, and its shutdown waits for that, too. A failure of a receiver is logged and has
/// no other effect. After an error of the database it may be sent more than once for a delivery.
///
/// [`wiring`](crate::wiring()) lists the signal in programs that have a receiver of it.
///
/// # Examples
///
/// ```
/// use lback_signals::durable::DeliveryDied;
/// use lback_signals::receiver;
///
/// #[receiver(signal = DeliveryDied)]
/// fn page_operator(event: &DeliveryDied<'_>) {
///     let letter = event.letter;
///     println!("{} gave up: {}", letter.receiver(), letter.error());
/// }
/// ```
#[signal(owned, crate = crate)]
pub struct DeliveryDied<'a> {
    /// The dead letter.
    pub letter: &'a DeadLetter,
}

impl DeadLetter {
    /// Returns the number of the delivery in its outbox.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Returns the id of the signal.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Returns the receiver.
    #[must_use]
    pub fn receiver(&self) -> &'static ReceiverInfo {
        self.receiver
    }

    /// Returns the number of attempts that were counted.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns why it is not attempted again.
    #[must_use]
    pub fn reason(&self) -> DeadReason {
        self.reason
    }

    /// Returns the error of the last attempt, or why there was none.
    #[must_use]
    pub fn error(&self) -> &str {
        &self.error
    }

    pub(super) fn log(&self) {
        let Self {
            number,
            id,
            receiver,
            attempts,
            error,
            ..
        } = self;
        let receiver = receiver.id();
        #[cfg(feature = "tracing")]
        discard_panic(|| {
            tracing::error!(
                signal = self.receiver.signal().name(),
                receiver,
                %id,
                number,
                attempts,
                "a delivery is a dead letter: {error}",
            );
        });
        stderr::write_unless_traced(|| {
            format!(
                "delivery {number} of signal {id} to `{receiver}` is a dead letter after {attempts} attempts: {error}"
            )
        });
    }
}
