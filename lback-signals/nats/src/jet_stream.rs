//! The broker of a relay: a stream of NATS.

use std::error::Error;

use async_nats::Client;
use async_nats::jetstream;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::PublishErrorKind;
use lback_signals::durable::{
    Broker, BrokerOutbox, Claimed, PublishAck, PublishError, Relay, StreamPosition,
};

use crate::app::App;
use crate::envelope;
use crate::error::NatsError;
use crate::stream::verified;

/// Returns a relay that publishes the signals of an outbox to the stream of this service.
///
/// A signal that is larger than the `max_payload` of the server, with its headers, becomes a dead letter at once.
///
/// # Errors
///
/// The name is invalid, the server does not answer, or the stream is missing or misconfigured: create it with
/// [`setup`](crate::setup).
pub async fn publish<O: BrokerOutbox>(
    outbox: &O,
    client: Client,
    app: &str,
) -> Result<Relay<O, JetStream>, NatsError> {
    let app = App::new(app)?;
    verified(&client, &app).await?;
    let context = jetstream::new(client.clone());
    Ok(Relay::new(
        outbox,
        JetStream {
            client,
            context,
            app,
        },
    ))
}

/// The stream of a service, as the [`Broker`] of a [`Relay`].
#[derive(Clone, Debug)]
pub struct JetStream {
    client: Client,
    context: jetstream::Context,
    app: App,
}

impl Broker for JetStream {
    async fn publish(&self, signal: &Claimed) -> Result<PublishAck, PublishError> {
        let subject = self.app.subject(&signal.signal, signal.version);
        let headers = envelope::headers(&self.app, signal);
        let payload = signal.payload.clone().into();
        let sent = self.context.publish_with_headers(subject, headers, payload);
        let ack = sent
            .await
            .map_err(|error| self.refused_or_unavailable(error))?;
        let ack = ack
            .await
            .map_err(|error| self.refused_or_unavailable(error))?;
        if ack.stream != self.app.stream() {
            let text = format!(
                "the stream `{}` also captures `{}`: remove that subject from it",
                ack.stream,
                self.app.subjects()
            );
            return Err(PublishError::Unavailable(text.into()));
        }
        Ok(PublishAck {
            sequence: ack.sequence,
            is_duplicate: ack.duplicate,
        })
    }

    async fn position(&self) -> Result<StreamPosition, PublishError> {
        let stream = verified(&self.client, &self.app).await;
        let stream = stream.map_err(|error| PublishError::Unavailable(error.into()))?;
        let info = stream.cached_info();
        Ok(StreamPosition {
            last_sequence: info.state.last_sequence,
            created_at: info.created.into(),
        })
    }
}

impl JetStream {
    fn refused_or_unavailable(&self, error: jetstream::context::PublishError) -> PublishError {
        let stream = self.app.stream();
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => PublishError::Refused(format!(
                "it is larger than the `max_payload` of the server, {} bytes with its headers",
                self.client.max_payload()
            )),
            _ if code(&error) == Some(ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM) => {
                PublishError::Refused(format!(
                    "it is larger than the `max_msg_size` of the stream `{stream}`"
                ))
            }
            _ => PublishError::Unavailable(error.into()),
        }
    }
}

/// Returns the code of the server's error.
fn code(error: &jetstream::context::PublishError) -> Option<ErrorCode> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<jetstream::Error>() {
            return Some(error.error_code());
        }
        source = error.source();
    }
    None
}
