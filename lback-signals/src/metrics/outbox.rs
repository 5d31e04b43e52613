//! The deliveries of an outbox, per receiver.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use ::metrics::gauge;

use super::table::{DURABLE_DEAD, DURABLE_OLDEST, DURABLE_RUNNING, DURABLE_WAITING};
use crate::durable::{Counts, Outbox, OutboxError};

/// Records how many deliveries of an outbox wait, run and are dead, per receiver.
///
/// One process per outbox is enough, since the numbers are those of the storage.
///
/// ```
/// use std::time::Duration;
///
/// use lback_signals::durable::Outbox;
/// use lback_signals::metrics::OutboxMetrics;
///
/// async fn record(outbox: &impl Outbox) {
///     let mut metrics = OutboxMetrics::new(outbox);
///     loop {
///         if let Err(error) = metrics.record().await {
///             eprintln!("cannot count the deliveries: {error}");
///         }
///         tokio::time::sleep(Duration::from_secs(15)).await;
///     }
/// }
/// ```
pub struct OutboxMetrics<O> {
    outbox: O,
    /// The receivers that have been recorded, whose numbers are zero when their deliveries are gone.
    receivers: BTreeSet<String>,
}

impl<O: Outbox> OutboxMetrics<O> {
    /// Creates the metrics of an outbox.
    #[must_use]
    pub fn new(outbox: &O) -> Self {
        Self {
            outbox: outbox.clone(),
            receivers: BTreeSet::new(),
        }
    }

    /// Counts the deliveries and records the numbers. It [reads all deliveries](Outbox::counts), so call it a few
    /// times per minute.
    ///
    /// # Errors
    ///
    /// The storage did not answer. The last numbers remain.
    pub async fn record(&mut self) -> Result<(), OutboxError> {
        let counts = self.outbox.counts().await?;
        for name in &self.receivers {
            if !counts.iter().any(|counts| counts.receiver == *name) {
                set(name, [0.0; 4]);
            }
        }
        for counts in counts {
            set(&counts.receiver, numbers(&counts));
            self.receivers.insert(counts.receiver);
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn numbers(counts: &Counts) -> [f64; 4] {
    let oldest = counts.oldest_due.unwrap_or(Duration::ZERO);
    [
        counts.waiting as f64,
        counts.running as f64,
        counts.dead as f64,
        oldest.as_secs_f64(),
    ]
}

fn set(receiver: &str, numbers: [f64; 4]) {
    let metrics = [
        DURABLE_WAITING,
        DURABLE_RUNNING,
        DURABLE_DEAD,
        DURABLE_OLDEST,
    ];
    for (metric, number) in metrics.into_iter().zip(numbers) {
        gauge!(metric.name, "receiver" => receiver.to_owned()).set(number);
    }
}

impl<O> fmt::Debug for OutboxMetrics<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxMetrics")
            .field("receivers", &self.receivers)
            .finish_non_exhaustive()
    }
}
