//! The stream of a service.

use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};

use crate::app::App;
use crate::error::NatsError;

/// The time for which the outbox keeps published signals. Those that it publishes again are duplicates for longer.
const PUBLISHED_KEEP: Duration = Duration::from_mins(5);

/// The settings of a stream that [`setup`] sets.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use lback_signals_nats::StreamSettings;
///
/// let settings = StreamSettings::default()
///     .with_max_age(Duration::from_hours(24 * 3))
///     .with_max_bytes(10 << 30)
///     .with_replicas(3);
/// # let _ = settings;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSettings {
    max_age: Duration,
    max_bytes: Option<i64>,
    replicas: usize,
}

impl Default for StreamSettings {
    /// 7 days, without a limit of bytes, on one server.
    fn default() -> Self {
        Self {
            max_age: Duration::from_hours(24 * 7),
            max_bytes: None,
            replicas: 1,
        }
    }
}

impl StreamSettings {
    /// Sets how long the stream keeps messages. A service that lands none for longer misses some.
    #[must_use]
    pub fn with_max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Sets the maximum size of the stream in bytes. A full stream refuses messages, which then wait in the outbox of
    /// the publisher.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(i64::try_from(bytes).unwrap_or(i64::MAX));
        self
    }

    /// Sets on how many servers of a cluster the stream is stored.
    #[must_use]
    pub fn with_replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }
}

/// Creates the stream of a service, or changes it to these settings. Call it in a deployment: publishers and landings
/// only verify the stream.
///
/// # Errors
///
/// The name is invalid, or the server refuses.
pub async fn setup(client: &Client, app: &str, settings: &StreamSettings) -> Result<(), NatsError> {
    let app = App::new(app)?;
    let config = Config {
        name: app.stream(),
        subjects: vec![app.subjects()],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        // A full stream refuses messages. Deleting old ones would lose them for services that have not landed them.
        discard: DiscardPolicy::New,
        max_age: settings.max_age,
        max_bytes: settings.max_bytes.unwrap_or(-1),
        max_messages: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        max_message_size: -1,
        num_replicas: settings.replicas,
        duplicate_window: duplicate_window(settings.max_age),
        ..Config::default()
    };
    let context = jetstream::new(client.clone());
    let created = context.create_or_update_stream(config).await;
    created
        .map(drop)
        .map_err(|error| NatsError::server(&app.stream(), error))
}

/// A message that is published again within this time is a duplicate. It is not longer than `max_age`.
fn duplicate_window(max_age: Duration) -> Duration {
    let window = PUBLISHED_KEEP * 2;
    if max_age.is_zero() {
        window
    } else {
        window.min(max_age)
    }
}

/// Returns the stream of a service, which exists and is configured as it has to be.
pub(crate) async fn verified(client: &Client, app: &App) -> Result<Stream, NatsError> {
    let name = app.stream();
    let stream = match jetstream::new(client.clone()).get_stream(&name).await {
        Ok(stream) => stream,
        Err(error) => {
            return Err(match error.kind() {
                GetStreamErrorKind::JetStream(error)
                    if error.error_code() == ErrorCode::STREAM_NOT_FOUND =>
                {
                    NatsError::NoStream {
                        stream: name,
                        app: app.name().to_owned(),
                    }
                }
                _ => NatsError::server(&name, error),
            });
        }
    };
    match misconfiguration(&stream.cached_info().config, app) {
        None => Ok(stream),
        Some(reason) => Err(NatsError::Stream {
            stream: name,
            app: app.name().to_owned(),
            reason,
        }),
    }
}

/// Returns what keeps a stream from delivering each signal to each service.
fn misconfiguration(config: &Config, app: &App) -> Option<String> {
    let subjects = app.subjects();
    if config.subjects != [subjects.as_str()] {
        return Some(format!(
            "its subjects are {:?}, and not `{subjects}` alone",
            config.subjects
        ));
    }
    if config.retention != RetentionPolicy::Limits {
        return Some(
            "its retention is not `limits`, so that one service would take the messages of others"
                .to_owned(),
        );
    }
    if config.no_ack {
        return Some("it does not acknowledge messages".to_owned());
    }
    if config.storage != StorageType::File {
        return Some("it is stored in memory, and not in files".to_owned());
    }
    if config.discard != DiscardPolicy::New && (config.max_bytes > 0 || config.max_messages > 0) {
        return Some("it deletes old messages when it is full, and does not refuse new ones (`discard: new`)".to_owned());
    }
    if config.max_messages_per_subject > 0 {
        return Some("it keeps only some messages per subject (`max_msgs_per_subject`)".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_loses_messages_is_misconfigured() {
        let app = App::new("shop").unwrap();
        let valid = || Config {
            subjects: vec!["lback.shop.>".to_owned()],
            ..Config::default()
        };
        assert_eq!(misconfiguration(&valid(), &app), None);
        let misconfigured = [
            Config {
                subjects: vec!["lback.>".to_owned()],
                ..valid()
            },
            Config {
                subjects: vec!["lback.shop.>".to_owned(), "x".to_owned()],
                ..valid()
            },
            Config {
                retention: RetentionPolicy::WorkQueue,
                ..valid()
            },
            Config {
                retention: RetentionPolicy::Interest,
                ..valid()
            },
            Config {
                no_ack: true,
                ..valid()
            },
            Config {
                storage: StorageType::Memory,
                ..valid()
            },
            Config {
                max_bytes: 1,
                ..valid()
            },
            Config {
                max_messages: 1,
                ..valid()
            },
            Config {
                max_messages_per_subject: 1,
                ..valid()
            },
        ];
        for config in misconfigured {
            assert!(misconfiguration(&config, &app).is_some(), "{config:?}");
        }
        let full = Config {
            max_bytes: 1,
            discard: DiscardPolicy::New,
            ..valid()
        };
        assert_eq!(misconfiguration(&full, &app), None);
    }
}
