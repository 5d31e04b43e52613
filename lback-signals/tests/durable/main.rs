//! Durable receivers: outboxes, and the worker that delivers from them.

mod conformance;
mod declaring;
mod memory;
mod sending;
#[cfg(feature = "durable-sqlite")]
mod kill;
mod memory;
mod sending;
mod model;
#[cfg(feature = "durable-sqlite")]
mod sqlite;
mod test_modes;
mod wiring;
mod worker;
mod encoding;
