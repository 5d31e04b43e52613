//! Discards the deliveries of removed receivers.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::claiming::stopped;
use super::engine::{Engine, Never};
use super::health::Statement;
use super::verdict::fraction;
use crate::durable::error::OutboxError;
use crate::durable::outbox::{ClaimRequest, Ending, Outbox, ReceiverClaim};
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;

/// The most deliveries that are discarded at once.
const BATCH_SIZE: u32 = 50;

/// The longest time between two looks. Only processes of an earlier program store such deliveries.
const INTERVAL: Duration = Duration::from_mins(1);

impl<O: Outbox> Engine<O> {
    /// Discards the deliveries of removed receivers until the worker is shut down.
    pub(super) async fn discard_retired(&self, mut stop: watch::Receiver<bool>) -> Never {
        let discarding = async {
            if self.retired.is_empty() {
                return std::future::pending().await;
            }
            let mut errors = 0_u32;
            loop {
                match self.discard_batch().await {
                    Ok(0) => {
                        errors = 0;
                        sleep(INTERVAL / 2 + fraction(INTERVAL / 2, (self.settings.random)()))
                            .await;
                    }
                    Ok(_) => errors = 0,
                    Err(_) => {
                        errors = errors.saturating_add(1);
                        sleep(self.settings.error_delay(errors)).await;
                    }
                }
            }
        };
        tokio::select! {
            biased;
            // A batch that is cut off is discarded when its leases have expired.
            () = stopped(&mut stop) => std::future::pending().await,
            never = discarding => never,
        }
    }

    /// Discards some deliveries, as if their receivers had completed them, and returns how many.
    async fn discard_batch(&self) -> Result<usize, OutboxError> {
        let lease = self.settings.lease;
        let request = ClaimRequest {
            receivers: vec![ReceiverClaim {
                names: self.retired.clone(),
                oldest_version: 0,
                newest_version: u32::MAX,
                limit: BATCH_SIZE,
            }],
            lease,
            worker: self.settings.name.clone(),
        };
        let claiming = self.outbox.claim(&request);
        let claimed = self
            .run_statement(Statement::Discard, lease, claiming)
            .await?;
        if claimed.is_empty() {
            return Ok(0);
        }
        let endings: Vec<_> = claimed.iter().map(|it| (it.claim, Ending::Done)).collect();
        let finishing = self.outbox.finish(&endings);
        let lost = self
            .run_statement(Statement::Discard, lease, finishing)
            .await?;
        let mut discarded = BTreeMap::<_, usize>::new();
        for row in claimed.iter().filter(|row| !lost.contains(&row.claim)) {
            *discarded.entry(row.receiver.as_str()).or_default() += 1;
        }
        for (receiver, count) in discarded {
            log(receiver, count);
        }
        Ok(claimed.len())
    }
}

fn log(receiver: &str, count: usize) {
    #[cfg(feature = "tracing")]
    discard_panic(|| {
        tracing::warn!(
            receiver,
            count,
            "discarded deliveries of a retired receiver"
        );
    });
    stderr::write_unless_traced(|| {
        format!("discarded {count} deliveries of the retired receiver `{receiver}`")
    });
}
