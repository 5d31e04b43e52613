//! Tests across the crates.

mod editions;
mod layers;
mod metrics;
mod model_signals;
mod rfc9106;
mod secrets;
mod shared_library;
mod targets;
mod trace;
