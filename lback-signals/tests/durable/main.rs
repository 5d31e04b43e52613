//! Durable receivers: outboxes, and the worker that delivers from them.

mod conformance;
mod declaring;
mod memory;
#[cfg(feature = "durable-sqlite")]
mod sqlite;
mod wiring;
mod sending;
mod worker;
