//! Claims deliveries and starts their attempts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::attempt;
use super::dead_letter::{DeadLetter, DeadReason};
use super::engine::{AttemptOutcome, Engine};
use super::health::Statement;
use super::held::Start;
use super::verdict::blocks_key;
use crate::context::is_muted;
use crate::durable::outbox::{ClaimRequest, Claimed, Ending, Outbox, ReceiverClaim};

/// The pause after a claim that found nothing, since commits may be for receivers of other workers.
const EMPTY_CLAIM_DELAY: Duration = Duration::from_millis(10);

impl<O: Outbox> Engine<O> {
    /// Claims deliveries until `stop` is set. Returns the time of that.
    pub(super) async fn claim(self: &Arc<Self>, stop: &mut watch::Receiver<bool>) -> Instant {
        let mut claims = ClaimLoop::default();
        loop {
            if is_stopped(stop) {
                return Instant::now();
            }
            if let Some(stopped_at) = self.claim_wanted(&mut claims, stop).await {
                return stopped_at;
            }
            self.wait(&mut claims, stop).await;
        }
    }

    /// Claims until no more deliveries are due or can start. Returns when `stop` was set, if it was.
    async fn claim_wanted(
        self: &Arc<Self>,
        claims: &mut ClaimLoop,
        stop: &mut watch::Receiver<bool>,
    ) -> Option<Instant> {
        loop {
            // Deliveries whose endings cannot be stored would only become more.
            if claims.retry_at.is_some() || self.health.is_failing(Statement::Finish) {
                return None;
            }
            let (indices, receivers) = self.wanted();
            if receivers.is_empty() {
                return None;
            }
            let request = ClaimRequest {
                receivers,
                lease: self.settings.lease,
                worker: self.settings.name.clone(),
            };
            let asked_at = Instant::now();
            let lease = self.settings.lease;
            let claiming = self.run_statement(Statement::Claim, lease, self.outbox.claim(&request));
            // A claim is not cancelled by a shutdown, since its deliveries would wait for the end of their leases.
            let (claimed, stopped_at) = tokio::select! {
                biased;
                claimed = claiming => (claimed, is_stopped(stop).then(Instant::now)),
                stopped_at = self.out_of_grace(stop) => return Some(stopped_at),
            };
            match claimed {
                Ok(rows) => {
                    claims.errors = 0;
                    claims.claimed(!rows.is_empty());
                    self.note_due(&indices, &request.receivers, &rows);
                    for row in rows {
                        self.start(row, asked_at + lease, stopped_at.is_some());
                    }
                    self.leased.notify_waiters();
                }
                Err(_) => claims.failed(self),
            }
            if stopped_at.is_some() {
                return stopped_at;
            }
        }
    }

    /// Returns the receivers whose deliveries are to be claimed, by their indices.
    fn wanted(&self) -> (Vec<usize>, Vec<ReceiverClaim>) {
        let held = self.held();
        if held.is_behind() {
            return (Vec::new(), Vec::new());
        }
        let enabled = self.enabled();
        enabled
            .filter_map(|index| Some((index, held.wanted(index, &self.receivers[index])?)))
            .unzip()
    }

    fn enabled(&self) -> impl Iterator<Item = usize> {
        let scope = self.scope.as_deref();
        let receivers = self.receivers.iter().enumerate();
        let enabled = receivers.filter(move |(_, it)| !is_muted(scope, it.info));
        enabled.map(|(index, _)| index)
    }

    /// Notes for which receivers more deliveries may be due.
    fn note_due(&self, indices: &[usize], requested: &[ReceiverClaim], rows: &[Claimed]) {
        let mut held = self.held();
        for (&index, request) in indices.iter().zip(requested) {
            let names = &request.names;
            let claimed = rows
                .iter()
                .filter(|row| names.contains(&row.receiver.as_str()));
            let claimed = u32::try_from(claimed.count()).unwrap_or(u32::MAX);
            if held.claimed(index, claimed >= request.limit) {
                let early = Instant::now() + self.settings.early_poll_delay();
                held.next_poll = held.next_poll.min(early);
            }
        }
    }

    /// Starts the attempt of a delivery that was claimed, or ends it at once.
    fn start(self: &Arc<Self>, row: Claimed, lease_end: Instant, is_stopped: bool) {
        let receiver = self.receivers.iter().position(|it| it.takes(&row.receiver));
        let Some(index) = receiver else {
            // The outbox returned what was not asked for. Its lease expires.
            return;
        };
        let served = &self.receivers[index];
        let started = self.held().start(row.claim, index, lease_end);
        let Start::New(cancelled) = started else {
            return;
        };
        let is_late = Instant::now() >= self.cutoff(lease_end);
        let attempts = served.options().attempts();
        let (ending, dead) = if is_stopped || is_late {
            let after = Duration::ZERO;
            (Ending::Released { after }, None)
        } else if row.attempt > attempts {
            let error = format!(
                "attempt {} was not run, since the receiver has {attempts}: the last one did not end, because the \
                 process ended or lost its lease, or `attempts` was lowered",
                row.attempt,
            );
            let dead = DeadLetter {
                number: row.claim.number,
                id: row.id,
                receiver: served.info,
                attempts: row.attempt - 1,
                reason: DeadReason::AttemptsExhausted,
                error: error.clone(),
            };
            let ending = Ending::Dead {
                error,
                was_run: false,
                blocks_key: blocks_key(served.options()),
            };
            (ending, Some(dead))
        } else {
            self.health.add_running();
            tokio::spawn(attempt::run(Arc::clone(self), index, row, cancelled));
            return;
        };
        let was_called = false;
        let outcome = AttemptOutcome::Store {
            ending,
            dead,
            was_called,
        };
        self.end(row.claim, outcome);
    }

    /// Waits until there may be something to claim.
    async fn wait(&self, claims: &mut ClaimLoop, stop: &mut watch::Receiver<bool>) {
        if let Some(retry_at) = claims.retry_at.take() {
            tokio::select! {
                biased;
                () = stopped(stop) => {}
                () = sleep_until(retry_at) => {}
            }
            return;
        }
        let changed = async {
            if let Some(ignores_changes_until) = claims.ignores_changes_until {
                sleep_until(ignores_changes_until).await;
            }
            self.outbox.changed(claims.seen).await
        };
        let next_poll = self.held().next_poll;
        tokio::select! {
            biased;
            () = stopped(stop) => {}
            seen = changed => {
                claims.seen = seen;
                self.held().expect_due();
            }
            () = self.claimable.notified() => {}
            () = sleep_until(next_poll) => self.poll(claims, stop).await,
        }
    }

    /// Polls for deliveries that no commit of this process has announced, or whose time has come.
    async fn poll(&self, claims: &mut ClaimLoop, stop: &mut watch::Receiver<bool>) {
        let (indices, startable) = self.startable();
        let next_due = async {
            if startable.is_empty() {
                return Ok(None);
            }
            let next_due = self.outbox.next_due(&startable);
            self.run_statement(Statement::Poll, self.settings.lease, next_due)
                .await
        };
        let next_due = tokio::select! {
            biased;
            () = stopped(stop) => return,
            next_due = next_due => next_due,
        };
        let interval = self.settings.idle_interval(claims.idle_polls);
        claims.idle_polls = claims.idle_polls.saturating_add(1);
        let after = match next_due {
            Ok(Some(Duration::ZERO)) => {
                let mut held = self.held();
                held.expect_due();
                for index in indices {
                    held.polled(index, true);
                }
                interval
            }
            Ok(Some(next_due)) => next_due.min(interval),
            Ok(None) => interval,
            Err(_) => {
                claims.failed(self);
                interval
            }
        };
        self.held().next_poll = Instant::now() + after;
    }

    /// Returns the indices and claims of the enabled receivers of which a delivery can start. Notes that the poll does
    /// not ask for deliveries of the others.
    fn startable(&self) -> (Vec<usize>, Vec<ReceiverClaim>) {
        let mut held = self.held();
        let startable = self.enabled().filter_map(|index| {
            let claim = held.startable(index, &self.receivers[index]);
            held.polled(index, claim.is_none());
            Some((index, claim?))
        });
        startable.unzip()
    }

    /// Waits until the worker is shut down and its grace has passed. Returns when it was shut down.
    pub(super) async fn out_of_grace(&self, stop: &mut watch::Receiver<bool>) -> Instant {
        stopped(stop).await;
        let stopped_at = Instant::now();
        sleep(self.settings.grace).await;
        stopped_at
    }
}

/// The state of the loop that claims.
#[derive(Default)]
struct ClaimLoop {
    /// The number of changes of the outbox that it has seen.
    seen: u64,
    /// Until when it ignores changes, after a claim that found nothing.
    ignores_changes_until: Option<Instant>,
    /// When it tries again after an error of the database.
    retry_at: Option<Instant>,
    /// The number of errors of the database in a row.
    errors: u32,
    /// The number of polls since a delivery was claimed.
    idle_polls: u32,
}

impl ClaimLoop {
    fn claimed(&mut self, has_claimed: bool) {
        if has_claimed {
            self.idle_polls = 0;
            self.ignores_changes_until = None;
        } else {
            self.ignores_changes_until = Some(Instant::now() + EMPTY_CLAIM_DELAY);
        }
    }

    fn failed<O>(&mut self, engine: &Engine<O>) {
        self.errors = self.errors.saturating_add(1);
        self.retry_at = Some(Instant::now() + engine.settings.error_delay(self.errors));
    }
}

pub(super) fn is_stopped(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}

/// Waits until the worker is shut down, or its handle is dropped.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|is_stopped| *is_stopped).await;
}
