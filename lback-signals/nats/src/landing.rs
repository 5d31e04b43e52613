//! The landing: stores the signals of another service in the outbox of this one.

use std::fmt;
use std::time::{Duration, SystemTime};

use async_nats::Client;
use async_nats::jetstream::Message;
use async_nats::jetstream::stream::Stream;
use futures_util::{FutureExt, StreamExt};
use lback_signals::durable::{
    BrokerOutbox, IncomingSignal, LandedSignal, LandingError, OutboxError,
};
use tokio::time::sleep;

use crate::app::App;
use crate::consumer::{PENDING, Pulled, pull};
use crate::envelope::{self, printable};
use crate::error::NatsError;
use crate::landing_health::{LandingHealth, Numbers};
use crate::log::log;
use crate::stream::verified;

/// Maximum number of messages that are stored in one transaction.
const BATCH: usize = 256;

/// The bytes after which no more messages are added to a transaction.
const BATCH_BYTES: usize = 8 << 20;

/// How often the outbox may refuse one signal before it is stored as a dead letter.
const REFUSALS: u32 = 5;

/// Stores signals of other services in the outbox of this one, for the receivers that are linked here.
///
/// A message is stored once, although the server may deliver it several times: its service, `ce-source` and `ce-id` are
/// a key of the table `lback_landed`. It is acknowledged after the commit. Retries, order, dead letters and tools are
/// those of the outbox, so the program runs a `Worker`, too.
///
/// | message | effect |
/// |---|---|
/// | a version up to the current one of a signal with receivers here | a delivery per receiver |
/// | a newer version | a delivery per receiver, which waits for a newer program |
/// | of a signal without receivers here | acknowledged and ignored |
/// | damaged or hostile: over 1 MiB, nested deeper than 64, no JSON object, an id over 200 bytes | dead letter of `@land` |
///
/// One process at a time lands for a consumer, since signals of one key have to be stored in the order in which they were
/// published. Others stand by, and take over within seconds.
///
/// # Examples
///
/// ```no_run
/// use lback_signals::durable::{BrokerOutbox, Worker};
/// use lback_signals_nats::Landing;
///
/// # async fn shutdown_signal() {}
/// # async fn mailer(outbox: impl BrokerOutbox, client: async_nats::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let worker = Worker::new(&outbox).spawn()?;
/// let landing = Landing::new(&outbox, client, "mailer").from("shop").from("stock");
/// landing.run(shutdown_signal()).await?;
/// worker.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub struct Landing<O> {
    outbox: O,
    client: Client,
    /// The name of this service, which its consumers have.
    name: String,
    retention: Duration,
    ack_wait: Duration,
    health: LandingHealth,
}

impl<O: BrokerOutbox> Landing<O> {
    /// Creates a landing of the service `name`, which is the name of its consumers.
    #[must_use = "nothing happens before `run`"]
    pub fn new(outbox: &O, client: Client, name: &str) -> Self {
        Self {
            outbox: outbox.clone(),
            client,
            name: name.to_owned(),
            retention: Duration::from_hours(24 * 30),
            ack_wait: Duration::from_secs(30),
            health: LandingHealth::default(),
        }
    }

    /// Adds a service whose signals land here.
    #[must_use = "nothing happens before `run`"]
    pub fn from(mut self, app: &str) -> Self {
        self.health.add_service(app);
        self
    }

    /// Sets how long the ids of landed signals are kept: 30 days by default. It has to be longer than the `max_age` of the
    /// streams.
    #[must_use = "nothing happens before `run`"]
    pub fn with_retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// Sets after what time the server delivers a message again that is not acknowledged: 30 seconds by default. A
    /// consumer that exists keeps its setting.
    #[must_use = "nothing happens before `run`"]
    pub fn with_ack_wait(mut self, ack_wait: Duration) -> Self {
        self.ack_wait = ack_wait;
        self
    }

    /// Returns the state of the landing from the services that are added, which stays readable while it runs.
    #[must_use]
    pub fn health(&self) -> LandingHealth {
        self.health.clone()
    }

    /// Lands signals until `shutdown` is ready.
    ///
    /// Later errors of the server or the outbox do not end it: it tries again with a backoff, and its
    /// [`health`](Self::health) says that it is degraded. Dropping the future is safe at any time: the
    /// server delivers unacknowledged messages again.
    ///
    /// # Errors
    ///
    /// A name is invalid, a stream is missing or misconfigured, or it keeps messages for as long as the landed ids are
    /// kept or longer.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), NatsError> {
        App::new(&self.name)?;
        let services = self.health.services().map(|(name, numbers)| {
            let app = App::new(name)?;
            Ok(Publisher { app, numbers })
        });
        let services = services.collect::<Result<Vec<_>, NatsError>>()?;
        let landings = services.iter().map(|service| self.land_from(service));
        tokio::select! {
            biased;
            () = shutdown => Ok(()),
            ended = futures_util::future::try_join_all(landings) => ended.map(drop),
        }
    }

    /// Lands the signals of one service. Ends with an error of its configuration at the start.
    async fn land_from(&self, service: &Publisher<'_>) -> Result<(), NatsError> {
        let Publisher { app, numbers } = service;
        let mut errors = 0_u32;
        let mut has_started = false;
        loop {
            let before = numbers.handled();
            let error = match self.start(app).await {
                Ok(pulled) => {
                    has_started = true;
                    numbers.set_active(true);
                    self.land_pulled(service, pulled).await
                }
                Err(error) => error,
            };
            numbers.set_active(false);
            if !has_started && !matches!(error, NatsError::Server { .. }) {
                return Err(error);
            }
            let has_progressed = numbers.handled() != before;
            errors = if has_progressed {
                1
            } else {
                errors.saturating_add(1)
            };
            if numbers.set_degraded(true) {
                log(app, "the landing has stopped, and starts again", &error);
            }
            sleep((Duration::from_millis(100) * (1 << errors.min(6))).min(Duration::from_secs(5)))
                .await;
        }
    }

    async fn start(&self, app: &App) -> Result<Pulled, NatsError> {
        let stream = verified(&self.client, app).await?;
        self.check_retention(&stream)?;
        pull(&stream, &self.name, self.ack_wait).await
    }

    fn check_retention(&self, stream: &Stream) -> Result<(), NatsError> {
        let config = &stream.cached_info().config;
        if config.max_age.is_zero() || config.max_age >= self.retention {
            return Err(NatsError::Retention {
                stream: config.name.clone(),
                retention: self.retention,
                max_age: config.max_age,
            });
        }
        Ok(())
    }

    /// Lands messages until the server does not answer, or has lost a delivery.
    async fn land_pulled(&self, service: &Publisher<'_>, pulled: Pulled) -> NatsError {
        let app = &service.app;
        let Pulled {
            mut messages,
            mut next_delivery,
        } = pulled;
        service.numbers.set_degraded(false);
        loop {
            let mut batch = Vec::new();
            let mut bytes = 0;
            let mut failure = None;
            let mut next = messages.next().await;
            // Those that are here already are stored with it.
            loop {
                match next {
                    Some(Ok(message)) => match Pending::of(message) {
                        Ok(pending) if pending.delivery == next_delivery => {
                            next_delivery += 1;
                            bytes += pending.message.payload.len();
                            batch.push(pending);
                        }
                        Ok(Pending { delivery, .. }) => {
                            failure = Some(
                                format!("delivery {delivery} follows {}", next_delivery - 1).into(),
                            );
                        }
                        Err(error) => failure = Some(error),
                    },
                    Some(Err(error)) => failure = Some(error.into()),
                    None => failure = Some("the messages have ended".into()),
                }
                let is_full = batch.len() >= BATCH.min(PENDING.into()) || bytes >= BATCH_BYTES;
                if failure.is_some() || is_full {
                    break;
                }
                let Some(ready) = messages.next().now_or_never() else {
                    break;
                };
                next = ready;
            }
            self.land_batch(service, &batch).await;
            for pending in &batch {
                // One that is lost is sent again, and found to be stored.
                if let Err(error) = pending.message.ack().await {
                    return NatsError::server(&app.stream(), error);
                }
            }
            if let Some(error) = failure {
                return NatsError::server(&app.stream(), error);
            }
        }
    }

    /// Stores messages, and tries again until the outbox has stored them.
    async fn land_batch(&self, service: &Publisher<'_>, batch: &[Pending]) {
        let mut errors = 0_u32;
        while let Err(error) = self.store(service, batch, None).await {
            if service.numbers.set_degraded(true) {
                let text = "the outbox does not store signals that land, and is asked again";
                log(&service.app, text, &error);
            }
            // One of them may be at fault.
            if matches!(error, OutboxError::Database(_)) {
                match batch {
                    [_] if errors + 1 >= REFUSALS => {
                        let refusal =
                            LandingError::Envelope(format!("the outbox refuses it: {error}"));
                        if self.store(service, batch, Some(&refusal)).await.is_ok() {
                            return;
                        }
                    }
                    [_] => {}
                    _ => {
                        for one in batch.chunks(1) {
                            Box::pin(self.land_batch(service, one)).await;
                        }
                        return;
                    }
                }
            }
            errors = errors.saturating_add(1);
            sleep((Duration::from_millis(50) * (1 << errors.min(6))).min(Duration::from_secs(2)))
                .await;
        }
        service.numbers.set_degraded(false);
    }

    async fn store(
        &self,
        service: &Publisher<'_>,
        batch: &[Pending],
        refusal: Option<&LandingError>,
    ) -> Result<(), OutboxError> {
        let landed = batch
            .iter()
            .filter_map(|pending| self.landed(&service.app, pending, refusal));
        let landed: Vec<_> = landed.collect();
        let new = self.outbox.land(&landed).await?;
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let refused = landed.iter().filter(|it| it.error().is_some()).count();
        let numbers = service.numbers;
        numbers.add_stored(new, count(refused), count(landed.len()));
        numbers.add_ignored(count(batch.len() - landed.len()));
        Ok(())
    }

    fn landed(
        &self,
        app: &App,
        pending: &Pending,
        refusal: Option<&LandingError>,
    ) -> Option<LandedSignal> {
        let message = &pending.message;
        let subject = message.subject.as_str();
        let signal = IncomingSignal {
            app: app.name().to_owned(),
            sequence: pending.sequence,
            published_at: pending.published_at,
            source: String::new(),
            id: String::new(),
            name: printable(subject),
            version: 0,
            payload: message.payload.to_vec(),
            trace: None,
        };
        let Some((name, version)) = app.parse(subject) else {
            let error =
                LandingError::Envelope("its subject names no signal and version".to_owned());
            return Some(signal.refuse(&error, self.retention));
        };
        let signal = IncomingSignal {
            name: name.to_owned(),
            version,
            ..signal
        };
        if let Some(error) = refusal {
            return Some(signal.refuse(error, self.retention));
        }
        if !signal.has_receivers() {
            return None;
        }
        match envelope::read(message.headers.as_ref(), name, version) {
            Ok(envelope) => IncomingSignal {
                source: envelope.source,
                id: envelope.id,
                trace: envelope.trace,
                ..signal
            }
            .land(self.retention),
            Err(error) => Some(signal.refuse(&error, self.retention)),
        }
    }
}

/// A service whose signals land here.
struct Publisher<'h> {
    app: App,
    numbers: &'h Numbers,
}

/// A message that is not acknowledged.
struct Pending {
    message: Message,
    /// The number of the delivery.
    delivery: u64,
    /// The sequence number in the stream.
    sequence: u64,
    published_at: SystemTime,
}

impl Pending {
    fn of(message: Message) -> Result<Self, async_nats::Error> {
        let info = message.info()?;
        Ok(Self {
            delivery: info.consumer_sequence,
            sequence: info.stream_sequence,
            published_at: info.published.into(),
            message,
        })
    }
}

impl<O> fmt::Debug for Landing<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Landing")
            .field("name", &self.name)
            .field("health", &self.health)
            .finish_non_exhaustive()
    }
}
