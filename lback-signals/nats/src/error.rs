//! The errors.

use std::time::Duration;

/// Error of a service that publishes or lands signals.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NatsError {
    /// The name is not one token of a subject.
    #[error("`{0}` is not the name of a service: use 1 to 50 of `a-z`, `0-9`, `_` and `-`")]
    Name(String),
    /// The stream does not exist.
    #[error("there is no stream `{stream}`: create it with `setup(&client, \"{app}\", &settings)`")]
    NoStream {
        /// The name of the stream.
        stream: String,
        /// The name of the service.
        app: String,
    },
    /// The stream has another configuration than `setup` gives it.
    #[error(
        "the stream `{stream}` is misconfigured: {reason}; run `setup(&client, \"{app}\", &settings)`"
    )]
    Stream {
        /// The name of the stream.
        stream: String,
        /// The name of the service.
        app: String,
        /// The difference from the expected configuration.
        reason: String,
    },
    /// The ids of landed signals are kept for less time than the stream keeps messages.
    #[error(
        "landed ids are kept for {retention:?}, and the stream `{stream}` keeps messages for {max_age:?}: keep the ids \
         for longer with `with_retention`, or let `setup` shorten `max_age`"
    )]
    Retention {
        /// The name of the stream.
        stream: String,
        /// How long landed ids are kept.
        retention: Duration,
        /// How long the stream keeps messages, without limit if it is zero.
        max_age: Duration,
    },
    /// A durable consumer of the name has another configuration.
    #[error(
        "the consumer `{consumer}` of `{stream}` is misconfigured: {reason}; delete it while no process lands"
    )]
    Consumer {
        /// The name of the stream.
        stream: String,
        /// The name of the consumer.
        consumer: String,
        /// The difference from the expected configuration.
        reason: String,
    },
    /// The server did not answer, or it refused the request.
    #[error("the NATS server did not answer the request for `{what}`, or refused it")]
    Server {
        /// The stream or consumer.
        what: String,
        /// The error of the client.
        #[source]
        source: async_nats::Error,
    },
}

impl NatsError {
    pub(crate) fn server(what: &str, error: impl Into<async_nats::Error>) -> Self {
        Self::Server {
            what: what.to_owned(),
            source: error.into(),
        }
    }
}
