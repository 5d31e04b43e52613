//! Durable receivers: outboxes, and the worker that delivers from them.

mod conformance;
mod memory;
mod declaring;
#[cfg(feature = "durable-sqlite")]
mod sqlite;
mod wiring;
