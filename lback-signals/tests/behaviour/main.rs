//! What a dispatch does. None of these tests sets what all of a process share, such as the hook of
//! failures, or compares the whole wiring: those that do are binaries beside this one.

mod allocation;
mod asking;
mod async_signals;
mod connections;
mod dispatch;
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
