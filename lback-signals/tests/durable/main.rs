//! Durable receivers: outboxes, and the worker that delivers from them.

mod memory;
mod declaring;
