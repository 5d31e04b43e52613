//! Dispatch. None of these tests changes the state of the process, such as the failure hook, or compares the
//! whole wiring. Tests that do have their own binaries beside this one.

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
