//! Durable receivers: outboxes, and the worker that delivers from them.

mod conformance;
mod collector;
mod declaring;
mod encoding;
#[cfg(feature = "durable-sqlite")]
mod kill;
#[cfg(feature = "durable-sqlite")]
mod kill;
mod memory;
mod memory;
mod memory;
mod model;
mod model;
mod sending;
mod sending;
mod model;
mod sending;
#[cfg(feature = "durable-sqlite")]
mod sqlite;
mod test_modes;
mod wiring;
mod worker;
