//! Tests of dispatch that run in parallel in one process. None of them changes process-wide state, such as the
//! failure hook, or compares the whole wiring: tests that do are separate binaries.

mod allocation;
mod asking;
mod async_signals;
mod connections;
mod dispatch;
mod equality;
mod extractors;
mod has_receivers;
mod hostile;
mod isolation;
mod models;
mod order;
mod recursion;
mod replies;
mod resources;
mod scopes;
mod stress;
mod transactions;
