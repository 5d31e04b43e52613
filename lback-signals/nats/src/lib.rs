//! Signals of one service for others, over the streams of NATS.
//!
//! A signal that is declared with `publish` is stored in the sender's database transaction. [`publish`] sends it to the
//! stream of the service, and completes its delivery when the server has acknowledged it. A [`Landing`] in another
//! service stores it in that service's database for the receivers that are linked there, once, and acknowledges it
//! afterwards. The server only moves messages. Undelivered signals are stored in the sender's outbox, then in the receiver's.
//!
//! | | of a service `shop` and its signal `order.paid` |
//! |---|---|
//! | stream | `lback-shop`, created by [`setup`] only |
//! | subject | `lback.shop.order.paid.v2`, with the version of the payload |
//! | headers | `CloudEvents` 1.0 in binary mode: `ce-id`, `ce-source`, `ce-type`, `ce-time` and others, `traceparent`, and `Nats-Msg-Id` |
//! | body | the payload as JSON |
//!
//! A client with permission to publish to a subject can run its receivers. Give each service the permissions of
//! [the guide's page](https://github.com/lback/lback-signals/blob/main/docs/many-services.md#hostile-messages).
//!
//! # Examples
//!
//! The shop publishes:
//!
//! ```no_run
//! use lback_signals::durable::BrokerOutbox;
//! use lback_signals_nats::{StreamSettings, publish, setup};
//!
//! # async fn shutdown_signal() {}
//! # async fn shop(outbox: impl BrokerOutbox) -> Result<(), Box<dyn std::error::Error>> {
//! let client = async_nats::connect("127.0.0.1").await?;
//! setup(&client, "shop", &StreamSettings::default()).await?; // in a deployment: once
//! let relay = publish(&outbox, client, "shop").await?;
//! relay.run(shutdown_signal()).await;
//! # Ok(())
//! # }
//! ```
//!
//! The mailer takes its signals. It declares the signals that it receives, and runs a `Worker`:
//!
//! ```no_run
//! use lback_signals::durable::BrokerOutbox;
//! use lback_signals_nats::Landing;
//!
//! # async fn shutdown_signal() {}
//! # async fn mailer(outbox: impl BrokerOutbox) -> Result<(), Box<dyn std::error::Error>> {
//! let client = async_nats::connect("127.0.0.1").await?;
//! let landing = Landing::new(&outbox, client, "mailer").from("shop");
//! landing.run(shutdown_signal()).await?;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod app;
mod consumer;
mod envelope;
mod error;
mod jet_stream;
mod landing;
mod landing_health;
mod log;
mod stream;

pub use self::error::NatsError;
pub use self::jet_stream::{JetStream, publish};
pub use self::landing::Landing;
pub use self::landing_health::LandingHealth;
pub use self::stream::{StreamSettings, setup};
