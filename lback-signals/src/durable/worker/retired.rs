//! Discards the deliveries of removed receivers.

use std::collections::BTreeMap;
use std::mem;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::claiming::{is_stopped, stopped};
use super::engine::Engine;
use super::health::Statement;
use super::verdict::fraction;
use crate::durable::error::OutboxError;
use crate::durable::outbox::{ClaimRequest, Ending, Outbox, ReceiverClaim};
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;

/// The most deliveries that are discarded at once.
const BATCH_SIZE: u32 = 50;

/// The shortest time between two searches. Only processes of an earlier program store such deliveries.
const INTERVAL: Duration = Duration::from_mins(1);

impl<O: Outbox> Engine<O> {
    /// Discards the deliveries of removed receivers until `stop` is set.
    pub(super) async fn discard_retired(&self, stop: &mut watch::Receiver<bool>) {
        if self.retired.is_empty() {
            return;
        }
        let mut errors = 0_u32;
        let mut discarded = Discarded::default();
        while !is_stopped(stop) {
            // Like a claim, a batch is not cancelled by a shutdown.
            let batch = tokio::select! {
                biased;
                batch = self.discard_batch(&mut discarded) => batch,
                _ = self.out_of_grace(stop) => break,
            };
            let pause = match batch {
                Ok(0) => {
                    errors = 0;
                    discarded.log();
                    INTERVAL + fraction(INTERVAL / 2, (self.settings.random)())
                }
                Ok(_) => {
                    errors = 0;
                    continue;
                }
                Err(_) => {
                    errors = errors.saturating_add(1);
                    self.settings.error_delay(errors)
                }
            };
            tokio::select! {
                biased;
                () = stopped(stop) => {}
                () = sleep(pause) => {}
            }
        }
        discarded.log();
    }

    /// Discards a batch of deliveries, as if their receivers had completed them, and returns their number.
    async fn discard_batch(&self, discarded: &mut Discarded) -> Result<usize, OutboxError> {
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
        let count = claimed.len();
        for row in claimed {
            if !lost.contains(&row.claim) {
                *discarded.0.entry(row.receiver).or_default() += 1;
            }
        }
        Ok(count)
    }
}

/// The numbers of discarded deliveries by receiver, since the last warning. A warning per batch would be many.
#[derive(Default)]
struct Discarded(BTreeMap<String, usize>);

impl Discarded {
    /// Warns of them, at the end of a search.
    fn log(&mut self) {
        for (receiver, count) in mem::take(&mut self.0) {
            log(&receiver, count);
        }
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
