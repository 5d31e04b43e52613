//! Tests of dispatch. A test that changes process-wide state, such as the failure hook, runs in a child process.

mod allocation;
mod asking;
mod async_signals;
mod connections;
mod disable;
mod dispatch;
mod drafts;
mod equality;
mod extractors;
#[cfg(feature = "tracing")]
mod failure_hook;
mod has_receivers;
mod hostile;
mod isolation;
mod models;
mod observer;
mod order;
mod recursion;
mod recursion_reports;
mod replies;
mod resources;
mod scopes;
mod stderr;
mod stress;
mod transactions;
