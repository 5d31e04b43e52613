//! Stores how attempts ended, in batches.

use std::mem;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout_at};

use super::dead_letter::{DeadLetter, DeliveryDied};
use super::engine::{EndedAttempt, Engine, Never};
use super::health::Statement;
use crate::durable::error::OutboxError;
use crate::durable::outbox::{Claim, Ending, Outbox};
use crate::signal::Signal;
use crate::stderr;
use crate::unwind::discard_panic;

/// The longest time that an ending waits for others.
const BATCH_TIME: Duration = Duration::from_millis(5);

/// The most endings that are stored at once.
const BATCH_SIZE: usize = 100;

/// How often the database may refuse one ending before the worker gives it up.
const REFUSALS: u32 = 5;

/// The endings that are stored at once.
#[derive(Default)]
struct Batch {
    endings: Vec<EndedAttempt>,
    /// Whether an earlier try may have stored them, although its answer was an error.
    is_uncertain: bool,
}

impl<O: Outbox> Engine<O> {
    /// Stores the endings that it receives.
    pub(super) async fn finish(&self, mut endings: mpsc::UnboundedReceiver<EndedAttempt>) -> Never {
        loop {
            let mut batch = Batch::default();
            // The worker has a sender.
            let Some(first) = endings.recv().await else {
                return std::future::pending().await;
            };
            batch.endings.push(first);
            let full_at = Instant::now() + BATCH_TIME;
            while batch.endings.len() < BATCH_SIZE {
                match timeout_at(full_at, endings.recv()).await {
                    Ok(Some(ended)) => batch.endings.push(ended),
                    Ok(None) | Err(_) => break,
                }
            }
            self.store(batch).await;
        }
    }

    /// Stores endings, and tries again as long as the database does not answer.
    async fn store(&self, mut batch: Batch) {
        let mut errors = 0_u32;
        while !batch.endings.is_empty() {
            match self.try_store(&mut batch).await {
                Ok(()) => {}
                // One of them may be at fault.
                Err(OutboxError::Database(_)) if batch.endings.len() > 1 => {
                    for ended in mem::take(&mut batch.endings) {
                        let endings = vec![ended];
                        let is_uncertain = batch.is_uncertain;
                        let alone = Batch {
                            endings,
                            is_uncertain,
                        };
                        Box::pin(self.store(alone)).await;
                    }
                    return;
                }
                Err(OutboxError::Database(error)) if errors + 1 >= REFUSALS => {
                    self.give_up(&batch.endings, &OutboxError::Database(error));
                    return;
                }
                Err(_) => {
                    errors = errors.saturating_add(1);
                    sleep(self.settings.error_delay(errors)).await;
                }
            }
        }
    }

    /// Stores endings, and leaves those in the batch that are to be tried again.
    async fn try_store(&self, batch: &mut Batch) -> Result<(), OutboxError> {
        let claimed: Vec<(Claim, Ending)> = {
            let held = self.held();
            batch
                .endings
                .retain(|ended| held.claim_of(ended.number).is_some());
            let claim_of =
                |ended: &EndedAttempt| Some((held.claim_of(ended.number)?, ended.ending.clone()));
            batch.endings.iter().filter_map(claim_of).collect()
        };
        if claimed.is_empty() {
            return Ok(());
        }
        let storing = self.outbox.finish(&claimed);
        let stored = self
            .run_statement(Statement::Finish, self.settings.lease, storing)
            .await;
        let lost = stored.inspect_err(|_| batch.is_uncertain = true)?;
        let mut dead_letters = Vec::new();
        for (ended, (claim, _)) in mem::take(&mut batch.endings).into_iter().zip(&claimed) {
            let is_lost = lost.contains(claim);
            let again = self.stored(
                ended,
                *claim,
                is_lost,
                batch.is_uncertain,
                &mut dead_letters,
            );
            batch.endings.extend(again);
        }
        self.ended.notify_one();
        self.claimable.notify_one();
        for dead in dead_letters {
            // Held until it is reported, so that a shutdown waits for it.
            let number = dead.number;
            self.report_dead(dead).await;
            self.held().remove(number);
            self.ended.notify_one();
            self.claimable.notify_one();
        }
        Ok(())
    }

    /// Notes that an ending was stored. Returns what is still to be stored.
    fn stored(
        &self,
        ended: EndedAttempt,
        claim: Claim,
        is_lost: bool,
        is_uncertain: bool,
        dead_letters: &mut Vec<DeadLetter>,
    ) -> Option<EndedAttempt> {
        let mut held = self.held();
        let is_held_anew = held
            .claim_of(ended.number)
            .is_some_and(|current| current != claim);
        if is_held_anew {
            // Claimed again by this worker meanwhile. If the ending was stored, nothing runs by the new claim.
            return Some(if is_lost {
                ended
            } else {
                EndedAttempt {
                    ending: Ending::Released {
                        after: Duration::ZERO,
                    },
                    dead: None,
                    ..ended
                }
            });
        }
        let is_lost = is_lost && !is_uncertain;
        match ended.dead {
            Some(dead) if !is_lost => dead_letters.push(dead),
            _ => held.remove(ended.number),
        }
        let due_after = match ended.ending {
            Ending::Retry { after, .. } => Some(after),
            Ending::Released { after } if after.is_zero() => Some(after),
            // A delivery that is given back for a time is left to another program.
            Ending::Released { .. } | Ending::Done | Ending::Dead { .. } => None,
        };
        if let Some(due_at) = due_after.and_then(|after| Instant::now().checked_add(after)) {
            held.next_poll = held.next_poll.min(due_at);
        }
        drop(held);
        match ended.ending {
            _ if is_lost => self.health.add_lost(),
            Ending::Done => self.health.add_delivered(),
            Ending::Dead { .. } => self.health.add_dead(),
            Ending::Retry { .. } | Ending::Released { .. } => {}
        }
        None
    }

    /// Logs a dead letter, sends it as a signal, and calls `on_dead` with it.
    async fn report_dead(&self, dead: DeadLetter) {
        dead.log();
        let on_dead = self.settings.on_dead.clone();
        if on_dead.is_none() && !DeliveryDied::has_receivers() {
            return;
        }
        let context = self.context();
        let reported = spawn_blocking(move || {
            let _in_context = context.enter();
            discard_panic(|| drop(DeliveryDied { letter: &dead }.send()));
            if let Some(on_dead) = on_dead {
                discard_panic(|| on_dead(&dead));
            }
        });
        // An error is that of a runtime that shuts down.
        let _ = reported.await;
    }

    /// Leaves deliveries to the end of their leases.
    fn give_up(&self, endings: &[EndedAttempt], error: &OutboxError) {
        for ended in endings {
            self.held().remove(ended.number);
            let number = ended.number;
            #[cfg(feature = "tracing")]
            discard_panic(|| {
                tracing::error!(
                    number,
                    "the outbox refuses to store how an attempt ended, so it is repeated: {error}",
                );
            });
            stderr::write_unless_traced(|| {
                format!(
                    "the outbox refuses to store how an attempt of delivery {number} ended, so it is repeated: {error}"
                )
            });
        }
        self.health.succeeded(Statement::Finish);
        self.ended.notify_one();
        self.claimable.notify_one();
    }
}
