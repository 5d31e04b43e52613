//! Durable receivers: outboxes, and the worker that delivers from them.

mod collector;
mod conformance;
mod declaring;
mod encoding;
mod fan_out;
mod kill;
mod memory;
mod metrics;
mod model;
mod own_outbox;
mod postgres;
mod postgres_faults;
mod postgres_schema;
mod sending;
mod sqlite;
mod test_modes;
mod wiring;
mod worker;
