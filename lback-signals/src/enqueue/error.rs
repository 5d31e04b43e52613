//! Why a signal was not enqueued.

/// Error of a signal that was not enqueued for its durable receivers.
///
/// An error of the payload or a limit poisons the transaction: the commit returns the error and rolls back, so that
/// no row of the application is committed without its deliveries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnqueueError {
    /// The signal was sent outside a transaction of an outbox.
    #[error(
        "`{signal}` has durable receivers and was sent outside a transaction: send it in a transaction of \
         the outbox, or with `outbox.send(signal)`"
    )]
    OutsideTransaction {
        /// The stored name of the signal.
        signal: &'static str,
    },
    /// The transaction in which the signal was sent was committed, and no outbox had taken its deliveries.
    #[error(
        "the deliveries of `{signal}` were not written, since its transaction was not committed by an outbox: begin \
         it with the outbox, or write the rows of `Transaction::take_deliveries` before the commit"
    )]
    NotWritten {
        /// The stored name of the signal.
        signal: &'static str,
    },
    /// The signal was sent in a transaction that a panic had rolled back, or before that panic.
    #[error(
        "the deliveries of `{signal}` were discarded, since a panic had rolled its transaction back: check \
         `Transaction::is_open` after a panic was caught"
    )]
    RolledBack {
        /// The stored name of the signal.
        signal: &'static str,
    },
    /// The payload cannot be written as JSON.
    #[error("the payload of `{signal}` cannot be encoded: {reason}")]
    Encode {
        /// The stored name of the signal.
        signal: &'static str,
        /// The error of serde, without values of the payload.
        reason: String,
    },
    /// The payload is larger than the limit.
    #[error(
        "the payload of `{signal}` has more than {limit} bytes: send an id and look the rest up at delivery, or \
         raise `EnqueueLimits::with_payload_bytes`"
    )]
    PayloadTooLarge {
        /// The stored name of the signal.
        signal: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// The key has more bytes than an outbox can order by.
    #[error(
        "the key of `{signal}` has more than {limit} bytes: mark a field with a shorter value with `#[key]`"
    )]
    KeyTooLarge {
        /// The stored name of the signal.
        signal: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// The transaction has more deliveries than the limit.
    #[error(
        "the transaction has more than {limit} deliveries: commit in smaller steps, or raise \
         `EnqueueLimits::with_deliveries`"
    )]
    TooManyDeliveries {
        /// The limit.
        limit: usize,
    },
    /// The payloads of the transaction have more bytes than the limit.
    #[error(
        "the payloads of the transaction have more than {limit} bytes: commit in smaller steps, or raise \
         `EnqueueLimits::with_total_bytes`"
    )]
    TooManyBytes {
        /// The limit in bytes.
        limit: usize,
    },
}
