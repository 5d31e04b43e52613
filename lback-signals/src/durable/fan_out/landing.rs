//! Signals of other services, as they are stored here.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use uuid::Uuid;

use super::LAND;
use crate::enqueue::{DeliveryRow, EnqueueLimits, SignalRow, is_traceparent};
use crate::info::DurableSignal;
use crate::payload::{MAX_DEPTH, MAX_KEY_BYTES, depth};
use crate::registry::durable_receivers;

/// Maximum number of bytes of a source and of an id.
const MAX_ID_BYTES: usize = 200;

/// How many bytes of a refused body are kept.
const KEPT_BYTES: usize = 64 << 10;

/// A signal of another service, as the broker has delivered it. `Debug` does not show the payload.
#[derive(Clone)]
pub struct IncomingSignal {
    /// The service from whose stream it comes. Sources and ids of different services do not collide.
    pub app: String,
    /// Its sequence number in the stream, which no other message of the stream has.
    pub sequence: u64,
    /// When the broker stored it, which tells it from a message with the same sequence number in an earlier stream of
    /// the service.
    pub published_at: SystemTime,
    /// The sender, any text up to 200 bytes.
    pub source: String,
    /// Unique for the sender, any text up to 200 bytes.
    pub id: String,
    /// The stored name of the signal.
    pub name: String,
    /// The version of the payload.
    pub version: u32,
    /// The payload, which should be a JSON object.
    pub payload: Vec<u8>,
    /// The W3C `traceparent` of the sender. A text that is not one is ignored.
    pub trace: Option<String>,
}

/// A signal of another service, with a delivery for each receiver of this program, or as a dead letter of the receiver
/// `@land`. `Debug` does not show the payload.
#[derive(Clone)]
pub struct LandedSignal {
    pub(in crate::durable) source: String,
    pub(in crate::durable) id: String,
    /// How long its source and id are kept.
    pub(in crate::durable) keep: Duration,
    pub(in crate::durable) row: SignalRow,
    /// Why it is a dead letter.
    pub(in crate::durable) error: Option<String>,
}

/// Error of a message that is no signal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LandingError {
    /// The source or the id is missing, too long, or has control characters.
    #[error("its `{0}` is not a text of 1 to 200 bytes without control characters")]
    Identity(&'static str),
    /// The body is larger than the limit of a payload.
    #[error("its body has more than {0} bytes")]
    TooLarge(usize),
    /// The body is nested deeper than the limit.
    #[error("its body is nested deeper than {0}")]
    TooDeep(usize),
    /// The body is no JSON object.
    #[error("its body is not a JSON object in UTF-8")]
    NotAnObject,
    /// The field `#[key]` has more bytes than an outbox can order by.
    #[error("its key `{field}` has more than {limit} bytes")]
    KeyTooLarge {
        /// The name of the field.
        field: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
    /// The version is older than those that the program reads.
    #[error(
        "its version {version} is older than {oldest}, the oldest one that this program reads: add it to `upcast`"
    )]
    TooOld {
        /// The version of the payload.
        version: u32,
        /// The oldest version that the program reads.
        oldest: u32,
    },
    /// The broker's message has no valid headers.
    #[error("{0}")]
    Envelope(String),
}

impl IncomingSignal {
    /// Returns whether a receiver of the signal is linked here, as [`land`](Self::land) does without a check.
    #[must_use]
    pub fn has_receivers(&self) -> bool {
        receivers_of(&self.name).is_some()
    }

    /// Returns the signal with a delivery for each receiver that is linked here, or as a dead letter if it is hostile or
    /// damaged. `None` if there is no receiver. It is not published again, since that is the publisher's task.
    ///
    /// `keep` is how long its source and id are kept, by which a second delivery of the broker is found.
    #[must_use]
    pub fn land(self, keep: Duration) -> Option<LandedSignal> {
        let (signal, deliveries) = receivers_of(&self.name)?;
        let checked = self.check(signal);
        Some(match checked {
            Ok((payload, key)) => {
                let deliveries = deliveries
                    .into_iter()
                    .map(|(receiver, ordered_as)| DeliveryRow {
                        receiver: receiver.to_owned(),
                        ordered_as: key.as_ref().and(ordered_as).map(str::to_owned),
                    });
                let deliveries = deliveries.collect();
                LandedSignal {
                    keep,
                    row: SignalRow {
                        id: Uuid::now_v7(),
                        name: self.name,
                        version: self.version,
                        key,
                        subject: None,
                        payload,
                        trace: self.trace.filter(|trace| is_traceparent(trace)),
                        keep: signal.keep(),
                        deliveries,
                    },
                    source: format!("{} {}", self.app, self.source),
                    id: self.id,
                    error: None,
                }
            }
            Err(error) => self.refuse(&error, keep),
        })
    }

    /// Returns the message as a dead letter of the receiver `@land`, with the first 64 KiB of its body as a JSON string.
    #[must_use]
    pub fn refuse(self, error: &LandingError, keep: Duration) -> LandedSignal {
        let kept = &self.payload[..self.payload.len().min(KEPT_BYTES)];
        let text = String::from_utf8_lossy(kept).into_owned();
        LandedSignal {
            // Only the stream is trusted. A source of a publisher has a space after the service, and this one has none.
            source: format!("{LAND}.{}", self.app),
            id: format!("{} {}", self.sequence, micros(self.published_at)),
            keep,
            row: SignalRow {
                id: Uuid::now_v7(),
                name: self.name,
                version: self.version,
                key: None,
                subject: None,
                payload: Value::String(text).to_string(),
                trace: None,
                keep: None,
                deliveries: vec![DeliveryRow {
                    receiver: LAND.to_owned(),
                    ordered_as: None,
                }],
            },
            error: Some(format!(
                "message {} of `{}` was not landed: {error}",
                self.sequence, self.app
            )),
        }
    }

    /// Returns the payload and the key.
    fn check(&self, signal: &DurableSignal) -> Result<(String, Option<String>), LandingError> {
        for (name, text) in [("source", &self.source), ("id", &self.id)] {
            let is_valid =
                (1..=MAX_ID_BYTES).contains(&text.len()) && !text.contains(char::is_control);
            if !is_valid {
                return Err(LandingError::Identity(name));
            }
        }
        // It would be stored and never claimed, and block its key.
        if self.version < signal.oldest_version() {
            return Err(LandingError::TooOld {
                version: self.version,
                oldest: signal.oldest_version(),
            });
        }
        let limit = EnqueueLimits::default().payload;
        if self.payload.len() > limit {
            return Err(LandingError::TooLarge(limit));
        }
        let payload = str::from_utf8(&self.payload).map_err(|_| LandingError::NotAnObject)?;
        // Checked first, so that the parser never recurses deeper.
        if depth(payload) > MAX_DEPTH {
            return Err(LandingError::TooDeep(MAX_DEPTH));
        }
        let Ok(Value::Object(fields)) = serde_json::from_str(payload) else {
            return Err(LandingError::NotAnObject);
        };
        let field = signal.key();
        let key = field.and_then(|field| Some((field, fields.get(field)?.to_string())));
        match key {
            Some((field, key)) if key.len() > MAX_KEY_BYTES => Err(LandingError::KeyTooLarge {
                field,
                limit: MAX_KEY_BYTES,
            }),
            key => Ok((payload.to_owned(), key.map(|(_, key)| key))),
        }
    }
}

fn micros(time: SystemTime) -> u128 {
    let since_epoch = time.duration_since(UNIX_EPOCH);
    since_epoch.unwrap_or_default().as_micros()
}

/// The name of a receiver, and that of its order.
type Landing = (&'static str, Option<&'static str>);

/// Returns the signal of this name and its receivers that are linked here. `None` if there is none.
fn receivers_of(name: &str) -> Option<(&'static DurableSignal, Vec<Landing>)> {
    let mut found = None;
    for receiver in durable_receivers() {
        let (Some(signal), Some(durable)) =
            (receiver.info.signal().durable(), receiver.info.durable())
        else {
            continue;
        };
        let has_name = signal.name() == name || signal.was().contains(&name);
        if has_name && !durable.is_publication() {
            let (_, deliveries) = found.get_or_insert_with(|| (signal, Vec::new()));
            deliveries.push((durable.name(), durable.ordered_as()));
        }
    }
    found
}

impl LandedSignal {
    /// Returns why it is a dead letter of the receiver `@land`. `None` if it is not.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Returns the signal, with the deliveries to store.
    #[must_use]
    pub fn row(&self) -> &SignalRow {
        &self.row
    }
}

impl fmt::Debug for IncomingSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingSignal")
            .field("app", &self.app)
            .field("sequence", &self.sequence)
            .field("published_at", &self.published_at)
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for LandedSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LandedSignal")
            .field("row", &self.row)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
