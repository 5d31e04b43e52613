//! The durable consumer of a service on the stream of another one.
//!
//! One process at a time pulls from it, since messages of one key have to be stored in their order. Others stand by.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, Stream as Messages};
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy, Info};
use async_nats::jetstream::context::ConsumerInfoErrorKind;
use async_nats::jetstream::stream::Stream;
use tokio::time::sleep;

use crate::error::NatsError;

/// How often a process that stands by looks whether another one pulls.
const LOOK: Duration = Duration::from_millis(300);

/// Number of consecutive checks without another puller before this process takes over: a pull ends before the next one
/// begins.
const LOOKS: u32 = 3;

/// Maximum number of messages that are not acknowledged.
pub(crate) const PENDING: u16 = 512;

/// Maximum number of bytes that are pulled at once: more than the largest `max_payload` of a server, which is 64 MiB.
const PENDING_BYTES: usize = 80 << 20;

/// The messages of a consumer that this process alone pulls from.
pub(crate) struct Pulled {
    pub(crate) messages: Messages,
    /// The number of the next delivery. Another one shows that deliveries are lost.
    pub(crate) next_delivery: u64,
}

/// Waits until no other process pulls, and begins to pull after the last message that was acknowledged in order. If the
/// stream has lost messages, it begins with the first one.
///
/// # Errors
///
/// The server did not answer, or the consumer is misconfigured.
pub(crate) async fn pull(
    stream: &Stream,
    name: &str,
    ack_wait: Duration,
) -> Result<Pulled, NatsError> {
    let stream_name = &stream.cached_info().config.name;
    let failed =
        |error: async_nats::Error| NatsError::server(&format!("{stream_name}/{name}"), error);
    let idle = free(stream, name).await?;
    let start = idle.start();
    let info = idle.info;
    if let Some(reason) = info.as_ref().and_then(misconfiguration) {
        return Err(NatsError::Consumer {
            stream: stream_name.clone(),
            consumer: name.to_owned(),
            reason,
        });
    }
    let mut next_delivery = info
        .as_ref()
        .map_or(0, |info| info.delivered.consumer_sequence)
        + 1;
    let consumer: Consumer<Config> = if let Some(deliver_policy) = start {
        if info.is_some() {
            let deleted = stream.delete_consumer(name).await;
            deleted.map_err(|error| failed(error.into()))?;
        }
        next_delivery = 1;
        let created = stream
            .create_consumer(config(name, deliver_policy, ack_wait))
            .await;
        created.map_err(|error| failed(error.into()))?
    } else {
        stream.get_consumer(name).await.map_err(failed)?
    };
    let messages = consumer
        .stream()
        .max_messages_per_batch(PENDING.into())
        .max_bytes_per_batch(PENDING_BYTES)
        .heartbeat(Duration::from_secs(5))
        .expires(Duration::from_secs(30))
        .messages()
        .await
        .map_err(|error| failed(error.into()))?;
    Ok(Pulled {
        messages,
        next_delivery,
    })
}

/// A consumer from which no other process pulls.
struct Idle {
    /// `None` if it does not exist.
    info: Option<Info>,
    has_waited: bool,
    /// Whether it has delivered messages that the stream has lost since, after a crash of the server for example. It
    /// would not deliver the messages that get their sequence numbers.
    is_ahead: bool,
}

impl Idle {
    /// Returns where a new consumer begins. `None` if this one is used.
    fn start(&self) -> Option<DeliverPolicy> {
        let Some(info) = &self.info else {
            return Some(DeliverPolicy::All);
        };
        if self.is_ahead {
            return Some(DeliverPolicy::All);
        }
        // Messages that another process had pulled would be delivered after later ones.
        let is_behind = info.num_ack_pending > 0 || info.num_redelivered > 0 || self.has_waited;
        is_behind.then_some(DeliverPolicy::ByStartSequence {
            start_sequence: info.ack_floor.stream_sequence + 1,
        })
    }
}

/// Waits until no other process pulls.
async fn free(stream: &Stream, name: &str) -> Result<Idle, NatsError> {
    let mut looks = 0;
    let mut has_waited = false;
    let mut is_ahead = false;
    loop {
        let info = match stream.consumer_info(name).await {
            Ok(info) => info,
            Err(error) if matches!(error.kind(), ConsumerInfoErrorKind::NotFound) => {
                return Ok(Idle {
                    info: None,
                    has_waited,
                    is_ahead,
                });
            }
            Err(error) => return Err(NatsError::server(name, error)),
        };
        if info.num_waiting > 0 {
            looks = 0;
            has_waited = true;
            is_ahead = false;
        } else {
            looks += 1;
            // Read after the consumer, and each time: a relay publishes the lost messages again soon.
            let state = stream.get_info().await;
            let last = state
                .map_err(|error| NatsError::server(name, error))?
                .state
                .last_sequence;
            let reached = info
                .delivered
                .stream_sequence
                .max(info.ack_floor.stream_sequence);
            is_ahead |= reached > last;
        }
        if looks == LOOKS {
            return Ok(Idle {
                info: Some(info),
                has_waited,
                is_ahead,
            });
        }
        sleep(LOOK).await;
    }
}

fn config(name: &str, deliver_policy: DeliverPolicy, ack_wait: Duration) -> Config {
    Config {
        durable_name: Some(name.to_owned()),
        deliver_policy,
        ack_policy: AckPolicy::Explicit,
        ack_wait,
        // Each message is stored, at last as a dead letter.
        max_deliver: -1,
        max_ack_pending: PENDING.into(),
        ..Config::default()
    }
}

/// Returns what keeps a consumer from delivering each message until it is acknowledged.
fn misconfiguration(info: &Info) -> Option<String> {
    let config = &info.config;
    if config.ack_policy != AckPolicy::Explicit {
        return Some("its acknowledgements are not explicit".to_owned());
    }
    if config.max_deliver > 0 {
        return Some("it gives messages up (`max_deliver`)".to_owned());
    }
    if !config.filter_subject.is_empty() {
        return Some("it leaves messages out (`filter_subject`)".to_owned());
    }
    None
}
