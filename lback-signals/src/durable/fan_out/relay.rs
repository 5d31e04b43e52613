//! The relay: publishes the signals of an outbox to a broker.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::broker::{Broker, PublishAck, PublishError, StreamPosition};
use super::relay_health::RelayHealth;
use super::relay_log::{log_dead, log_error, log_lost};
use super::{BrokerOutbox, publications};
use crate::durable::error::OutboxError;
use crate::durable::outbox::{Claim, ClaimRequest, Claimed, Ending, ReceiverClaim};
use crate::stderr;

/// How many signals are published at once.
const BATCH: u32 = 256;

/// The time after which another relay may publish what this one has claimed. A step takes less.
const LEASE: Duration = Duration::from_secs(30);

/// How long the broker has for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest pause without a look for signals that another process has sent.
const IDLE_PAUSE: Duration = Duration::from_secs(2);

/// How often an idle relay asks the broker whether it has lost signals.
const POSITION_INTERVAL: Duration = Duration::from_secs(10);

/// Publishes the signals that are declared with `publish` to a [`Broker`].
///
/// A delivery is completed when the broker has acknowledged its signal. An outage of the broker delays deliveries
/// without limit, and counts no attempts. A signal that the broker refuses for good becomes a dead letter. Of signals
/// with one key, one at a time is published, in the order of the commits.
///
/// Any number of relays may share an outbox. A relay publishes only the signals that are linked into its program, also
/// those that other programs have stored.
///
/// # Lost signals
///
/// A broker may lose signals that it has acknowledged, when its disk is replaced by an earlier copy for example. The
/// outbox keeps published signals for 5 minutes. A relay that sees that the broker has lost some publishes them again:
/// the last sequence number of the stream is lower than that of the outbox, the broker reuses sequence numbers, or it
/// has created the stream anew while the relay ran. It asks at each step, and every 10 seconds while it is idle.
///
/// Of one key, the lost signals are published again in their order, after those that were waiting when the loss was
/// found. So a receiver may get signals that were sent before the relay found the loss ahead of earlier, lost ones.
///
/// # Examples
///
/// ```no_run
/// # use lback_signals::durable::{Broker, BrokerOutbox};
/// use lback_signals::durable::Relay;
///
/// # async fn shutdown_signal() {}
/// # async fn relay(outbox: impl BrokerOutbox, broker: impl Broker) {
/// let relay = Relay::new(&outbox, broker);
/// let health = relay.health();
/// tokio::spawn(relay.run(shutdown_signal()));
/// println!("{} published, degraded: {}", health.published(), health.is_degraded());
/// # }
/// ```
pub struct Relay<O, B> {
    outbox: O,
    broker: Arc<B>,
    health: RelayHealth,
    /// The greatest sequence number that the broker is known to have stored.
    highest: u64,
    created_at: Option<SystemTime>,
    position_at: Option<Instant>,
}

impl<O: BrokerOutbox, B: Broker> Relay<O, B> {
    /// Creates a relay for the published signals that are linked into this program.
    #[must_use = "nothing happens before `run`"]
    pub fn new(outbox: &O, broker: B) -> Self {
        Self {
            outbox: outbox.clone(),
            broker: Arc::new(broker),
            health: RelayHealth::default(),
            highest: 0,
            created_at: None,
            position_at: None,
        }
    }

    /// Returns the state of the relay, which stays readable while it runs.
    #[must_use]
    pub fn health(&self) -> RelayHealth {
        self.health.clone()
    }

    /// Publishes until `shutdown` is ready, and ends after the current step.
    ///
    /// An error of the outbox or the broker does not end it: it tries again with a backoff up to 5 seconds, and its
    /// [`health`](Self::health) says that it is degraded. Another relay publishes the signals that a dropped one had claimed
    /// after 30 seconds.
    ///
    /// # Panics
    ///
    /// If there is no tokio runtime with an enabled timer.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) {
        if publications().next().is_none() {
            stderr::warn(format_args!(
                "a relay was started in a program that links no published signal, so nothing will be published: add \
                 `publish` to the `durable(…)` of a signal, or link its crate with `lback_signals::link!(the_crate);`"
            ));
        }
        self.outbox.worker_started();
        let mut shutdown = pin!(shutdown);
        let mut seen = 0;
        let mut errors = 0_u32;
        loop {
            // A step is not cancelled by a shutdown, so that its signals are not published twice.
            let step = self.step().await;
            let pause = match step {
                Ok(0) => {
                    errors = 0;
                    IDLE_PAUSE
                }
                Ok(_) => {
                    errors = 0;
                    Duration::ZERO
                }
                Err(error) => {
                    errors = errors.saturating_add(1);
                    if self.health.set_degraded(true) {
                        log_error(&error);
                    }
                    (Duration::from_millis(100) * (1 << errors.min(6))).min(Duration::from_secs(5))
                }
            };
            if errors == 0 {
                self.health.set_degraded(false);
            }
            tokio::select! {
                biased;
                () = &mut shutdown => return,
                () = sleep(pause) => {}
                changed = self.outbox.changed(seen), if errors == 0 => seen = changed,
            }
        }
    }

    /// Publishes the signals that are due now, for tests and tools. Returns their number.
    ///
    /// # Errors
    ///
    /// The outbox or the broker did not answer.
    pub async fn publish_due(&mut self) -> Result<u64, OutboxError> {
        let mut count = 0;
        loop {
            match self.step().await? {
                0 => return Ok(count),
                published => count += published,
            }
        }
    }

    /// Publishes up to a batch of signals. Returns how many left the outbox.
    async fn step(&mut self) -> Result<u64, OutboxError> {
        let claimed = self.outbox.claim(&claim_request()).await?;
        let is_position_old = |at: Instant| at.elapsed() >= POSITION_INTERVAL;
        if claimed.is_empty() && !self.position_at.is_none_or(is_position_old) {
            return Ok(0);
        }
        if let Err(error) = self.find_lost().await {
            self.give_back(&claimed).await?;
            return Err(error);
        }
        if claimed.is_empty() {
            return Ok(0);
        }
        let answers = self.publish(claimed).await;
        self.store(answers).await
    }

    /// Lets signals be published again that the broker has lost.
    async fn find_lost(&mut self) -> Result<(), OutboxError> {
        // Read before the position: the stream had stored each noted sequence number by then.
        let noted = self.outbox.last_published().await?.unwrap_or(0);
        let StreamPosition {
            last_sequence,
            created_at,
        } = self.position().await?;
        let is_new = self.created_at.is_some_and(|before| before != created_at);
        if is_new {
            self.republish(0).await?;
        } else if last_sequence < self.highest.max(noted) {
            self.republish(last_sequence).await?;
        }
        self.highest = last_sequence;
        self.created_at = Some(created_at);
        self.position_at = Some(Instant::now());
        Ok(())
    }

    async fn position(&self) -> Result<StreamPosition, OutboxError> {
        match timeout(ANSWER_TIMEOUT, self.broker.position()).await {
            Ok(Ok(position)) => Ok(position),
            Ok(Err(error)) => Err(OutboxError::Unavailable(error.into())),
            Err(elapsed) => Err(OutboxError::Unavailable(elapsed.into())),
        }
    }

    async fn republish(&self, after: u64) -> Result<(), OutboxError> {
        loop {
            let count = self.outbox.republish(after).await?;
            if count == 0 {
                return Ok(());
            }
            self.health.add_republished(count);
            log_lost(count);
        }
    }

    /// Publishes signals at once, and returns the answers of the broker.
    async fn publish(&self, claimed: Vec<Claimed>) -> Vec<(Claim, Answer)> {
        let mut tasks = JoinSet::new();
        let mut answers = Vec::with_capacity(claimed.len());
        for signal in claimed {
            let broker = Arc::clone(&self.broker);
            tasks.spawn(async move {
                let answer = timeout(ANSWER_TIMEOUT, broker.publish(&signal)).await;
                let answer = answer.unwrap_or_else(|it| Err(PublishError::Unavailable(it.into())));
                (signal.claim, answer)
            });
        }
        while let Some(joined) = tasks.join_next().await {
            // The delivery of a broker that panics waits for the end of its lease.
            answers.extend(joined.ok());
        }
        answers
    }

    /// Stores the answers of the broker. Returns how many deliveries left the outbox.
    async fn store(&mut self, answers: Vec<(Claim, Answer)>) -> Result<u64, OutboxError> {
        let has_duplicate = |(_, answer): &(Claim, Answer)| {
            matches!(
                answer,
                Ok(PublishAck {
                    is_duplicate: true,
                    ..
                })
            )
        };
        // A duplicate may be one of a message that the broker has lost since.
        let last_sequence = if answers.iter().any(has_duplicate) {
            self.position().await?.last_sequence
        } else {
            u64::MAX
        };
        let mut published = Vec::new();
        let mut dead = Vec::new();
        let mut failed = Vec::new();
        let mut first_new = u64::MAX;
        let mut failure = None;
        for (claim, answer) in answers {
            match answer {
                Ok(ack) if ack.is_duplicate && ack.sequence > last_sequence => failed.push(claim),
                Ok(ack) => {
                    if !ack.is_duplicate {
                        first_new = first_new.min(ack.sequence);
                    }
                    published.push((claim, ack.sequence));
                }
                Err(PublishError::Refused(error)) => dead.push((
                    claim,
                    Ending::Dead {
                        error,
                        was_run: true,
                        blocks_key: false,
                    },
                )),
                Err(PublishError::Unavailable(error)) => {
                    failed.push(claim);
                    failure = Some(error);
                }
            }
        }
        if first_new <= self.highest {
            // The broker has reused sequence numbers, so what had them is lost.
            self.republish(first_new.saturating_sub(1)).await?;
        }
        let highest = published.iter().map(|it| it.1).max().unwrap_or(0);
        self.highest = if first_new <= self.highest {
            highest
        } else {
            self.highest.max(highest)
        };
        if !published.is_empty() {
            let lost = self.outbox.mark_published(&published).await?;
            self.health.add_published(published.len() - lost.len());
        }
        if !dead.is_empty() {
            let lost = self.outbox.finish(&dead).await?;
            self.health.add_dead(dead.len() - lost.len());
            log_dead(&dead);
        }
        let left = published.len() + dead.len();
        // Alone they are tried again after the backoff, else they do not hold up the others.
        let after = if left == 0 {
            Duration::ZERO
        } else {
            Duration::from_secs(5)
        };
        self.release(&failed, after).await?;
        match failure {
            Some(error) if left == 0 => Err(OutboxError::Unavailable(error)),
            _ => Ok(u64::try_from(left).unwrap_or(u64::MAX)),
        }
    }

    async fn give_back(&self, claimed: &[Claimed]) -> Result<(), OutboxError> {
        let claims: Vec<_> = claimed.iter().map(|it| it.claim).collect();
        self.release(&claims, Duration::ZERO).await
    }

    async fn release(&self, claims: &[Claim], after: Duration) -> Result<(), OutboxError> {
        if claims.is_empty() {
            return Ok(());
        }
        let ending = |claim: &Claim| (*claim, Ending::Released { after });
        let endings: Vec<_> = claims.iter().map(ending).collect();
        self.outbox.finish(&endings).await.map(drop)
    }
}

type Answer = Result<PublishAck, PublishError>;

fn claim_request() -> ClaimRequest {
    let names = publications().flat_map(|it| [&[it.name()], it.was()].concat());
    ClaimRequest {
        receivers: vec![ReceiverClaim {
            names: names.collect(),
            oldest_version: 0,
            newest_version: u32::MAX,
            limit: BATCH,
        }],
        lease: LEASE,
        worker: "relay".to_owned(),
    }
}

impl<O, B> fmt::Debug for Relay<O, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("health", &self.health)
            .finish_non_exhaustive()
    }
}
