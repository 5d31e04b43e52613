//! Durable receivers: their deliveries are stored in the sender's database transaction and survive the process.
//!
//! A durable signal is sent in a transaction of an [`Outbox`]. The commit stores one delivery for each durable
//! receiver, or rolls back with the rest of the transaction. A [`Worker`] runs the receivers, retries those that
//! fail, and keeps a dead letter of a delivery that keeps failing. A delivery is run *at least once*.
//!
//! | to | use |
//! |---|---|
//! | declare | the options `durable(…)` of [`#[signal]`](macro@crate::signal#durable-signals) and [`#[receiver]`](macro@crate::receiver#durable-receivers) |
//! | store | `SqliteOutbox` (feature `durable-sqlite`), `PostgresOutbox` (feature `durable-postgres`), [`MemoryOutbox`], or your own [`Outbox`] |
//! | deliver | [`Worker`], [`WorkerHandle`], [`WorkerHealth`] |
//! | store a sender as a snapshot | [`SnapshotSender`] |
//! | distinguish attempts | the parameter [`Delivery`] |
//! | act exactly once in the same database | the parameter `DurableTx` (feature `durable-sqlite` or `durable-postgres`) |
//! | choose what a failure means | [`DeliveryError`] |
//! | publish to other services | the option `publish` of the signal, and a [`Relay`] to a [`Broker`] |
//! | take signals of other services | [`IncomingSignal`], [`BrokerOutbox::land`] |
//! | inspect and change what is stored | [`OutboxAdmin`], and the command `cli::DurableCommand` (feature `durable-cli`) |
//! | react to dead letters | [`DeliveryDied`] |
//! | remove a receiver | [`retire!`](crate::retire) |
//! | find deliveries that no receiver would take | [`OutboxAdmin::check`], [`AcceptedForms`] |
//! | test | [`Scope::durable_inline`](crate::Scope::durable_inline), [`durable_manual`](crate::Scope::durable_manual) and [`durable_twice`](crate::Scope::durable_twice) |
//!
//! The [guide](https://github.com/lback/lback-signals/blob/main/docs/durable.md) has complete programs.
//!
//! # Examples
//!
//! ```standalone_crate
//! use lback_signals::durable::{Delivery, MemoryOutbox, OutboxError, Worker};
//! use lback_signals::{Signal, receiver, signal};
//!
//! #[signal(durable(name = "order.paid", version = 1))]
//! struct OrderPaid<'a> {
//!     number: u64,
//!     email: &'a str,
//! }
//!
//! #[receiver(signal = OrderPaid, durable(name = "send-receipt", attempts = 5))]
//! async fn send_receipt(event: &OrderPaid<'_>, delivery: Delivery<'_>) -> Result<(), std::io::Error> {
//!     println!("to {}: thank you for order {}", event.email, event.number);
//!     println!("the key of this message is {}", delivery.idempotency_key());
//!     Ok(())
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), OutboxError> {
//!     let outbox = MemoryOutbox::new(); // or a `SqliteOutbox`
//!     let worker = Worker::new(&outbox).spawn()?;
//!
//!     let transaction = outbox.begin();
//!     transaction.run(|| OrderPaid { number: 7, email: "ada@example.org" }.send());
//!     transaction.commit()?; // the delivery is stored, and the worker runs the receiver
//!
//!     worker.shutdown().await;
//!     Ok(())
//! }
//! ```

mod admin;
mod arrivals;
mod chain;
#[cfg(feature = "durable-cli")]
pub mod cli;
mod dead_delivery;
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
mod delivery_slot;
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
mod durable_tx;
#[cfg(all(feature = "durable-postgres", feature = "durable-sqlite"))]
mod either_tx;
mod error;
mod fan_out;
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
mod insert_statement;
mod kept_error;
mod maintenance;
mod memory;
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
mod open_watch;
mod outbox;
#[cfg(feature = "durable-postgres")]
mod postgres;
mod schemas;
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
mod sql_error;
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
mod sql_sending;
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
mod sql_values;
#[cfg(feature = "durable-sqlite")]
mod sqlite;
mod start;
mod stranded;
pub mod testing;
mod worker;

pub use self::admin::{
    DeliveryFilter, DeliveryState, Erased, Operation, OutboxAdmin, Replay, ReplayPosition,
    ReplayStep, Replayable, Replayed, StoredDelivery, StoredForm, StoredOperation, StoredSignal,
};
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
pub use self::durable_tx::{DurableDatabase, DurableTx};
#[cfg(all(feature = "durable-postgres", feature = "durable-sqlite"))]
pub use self::either_tx::{Either, EitherConnection};
pub use self::error::OutboxError;
pub use self::fan_out::{
    Broker, BrokerOutbox, IncomingSignal, LandedSignal, LandingError, MemoryBroker, PublishAck,
    PublishError, Relay, RelayHealth, StreamPosition,
};
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
pub use self::insert_statement::InsertStatement;
pub use self::maintenance::{DEAD_LETTER_RETENTION, Maintenance};
pub use self::memory::{MemoryOutbox, MemoryTransaction};
pub use self::outbox::{
    Claim, ClaimRequest, Claimed, Counts, DeliveryCommit, DeliveryTransaction, Ending, Outbox,
    ReceiverClaim,
};
#[cfg(feature = "durable-postgres")]
pub use self::postgres::PostgresOutbox;
pub use self::schemas::{PublishedSchema, SchemaError, check_schema, published_schemas};
#[cfg(feature = "durable-sqlite")]
pub use self::sqlite::SqliteOutbox;
pub use self::stranded::{Stranded, StrandedReason};
pub use self::worker::{DeadLetter, DeadReason, DeliveryDied, Worker, WorkerHandle, WorkerHealth};
pub use crate::enqueue::{
    DecodeError, DeliveryRow, EnqueueError, EnqueueLimits, SignalRow, SnapshotSender, TraceContext,
};
pub use crate::extract::Delivery;
pub use crate::info::{Backoff, DurableReceiver, DurableSignal, OnDead, RetiredReceiver};
pub use crate::report::DeliveryError;
pub use crate::wiring::{AcceptedForms, LockError};
pub use uuid::Uuid;
