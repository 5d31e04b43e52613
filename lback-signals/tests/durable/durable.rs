//! Durable receivers: outboxes, and the worker that delivers from them.

mod collector;
mod conformance;
mod declaring;
mod encoding;
mod kill;
mod memory;
mod model;
mod sending;
mod sqlite;
mod test_modes;
mod wiring;
mod worker;
