//! The settings that all candidates share.

/// The tasks that send at the same time.
pub(crate) const CLIENTS: u16 = 16;

/// The connections of each pool.
pub(crate) const CONNECTIONS: u32 = 20;

/// The jobs that a worker runs at the same time. The receiver of `Noop` repeats it as a literal.
#[cfg(feature = "peers")]
pub(crate) const CONCURRENCY: usize = 100;

/// Returns a text with which a payload takes about 300 bytes.
pub(crate) fn note() -> String {
    "0123456789".repeat(26)
}
