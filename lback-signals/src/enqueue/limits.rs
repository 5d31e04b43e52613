//! The limits of what a transaction enqueues.

/// The limits of what one transaction enqueues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnqueueLimits {
    pub(crate) payload: usize,
    pub(crate) deliveries: usize,
    pub(crate) total: usize,
}

impl Default for EnqueueLimits {
    /// 1 MiB per payload; 100,000 deliveries and 64 MiB per transaction.
    fn default() -> Self {
        Self {
            payload: 1 << 20,
            deliveries: 100_000,
            total: 64 << 20,
        }
    }
}

impl EnqueueLimits {
    /// Sets the maximum size of one payload, in bytes.
    #[must_use]
    pub fn with_payload_bytes(mut self, bytes: usize) -> Self {
        self.payload = bytes;
        self
    }

    /// Sets the maximum number of deliveries of one transaction.
    #[must_use]
    pub fn with_deliveries(mut self, deliveries: usize) -> Self {
        self.deliveries = deliveries;
        self
    }

    /// Sets the maximum size of all payloads of one transaction, in bytes.
    #[must_use]
    pub fn with_total_bytes(mut self, bytes: usize) -> Self {
        self.total = bytes;
        self
    }
}
