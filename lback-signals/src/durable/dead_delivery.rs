//! A delivery that is not attempted again.

/// A delivery that is not attempted again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadDelivery {
    /// The number of the delivery.
    pub number: i64,
    /// The stored name of the receiver.
    pub receiver: String,
    /// How many attempts were counted.
    pub attempt: u32,
    /// The stored part of the last error.
    pub error: String,
}

impl DeadDelivery {
    /// Returns a dead letter, for [`TestOutbox::dead_letters`](super::testing::TestOutbox::dead_letters).
    #[must_use]
    pub fn new(number: i64, receiver: String, attempt: u32, error: String) -> Self {
        Self {
            number,
            receiver,
            attempt,
            error,
        }
    }
}
