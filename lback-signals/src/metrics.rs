//! Numbers about dispatches, receivers and outboxes, for the [`metrics`](https://docs.rs/metrics) facade.
//!
//! | to | use |
//! |---|---|
//! | count dispatches, runs and failures | [`MetricsObserver`] |
//! | measure what waits and runs in the background | [`record_background`], before each scrape |
//! | measure the deliveries of an outbox | [`OutboxMetrics`], at intervals |
//! | know the names, units and labels | [`METRICS`] |
//!
//! Labels are names that the program declares, so their number is limited. No label has a value of a signal.
//!
//! # Examples
//!
//! ```standalone_crate
//! use lback_signals::metrics::{MetricsObserver, record_background};
//! use lback_signals::{Signal, set_observer, signal};
//!
//! #[signal]
//! struct Ticked;
//!
//! // First install a recorder, such as that of `metrics-exporter-prometheus`.
//! set_observer(MetricsObserver::new())?;
//! Ticked.send(); // lback_dispatches_total{signal="ticked"} 1
//! # #[cfg(feature = "tokio")]
//! record_background();
//! # Ok::<(), lback_signals::ObserverAlreadySet>(())
//! ```

mod observer;
#[cfg(feature = "durable")]
mod outbox;
mod table;

pub use self::observer::MetricsObserver;
#[cfg(feature = "tokio")]
pub use self::observer::record_background;
#[cfg(feature = "durable")]
pub use self::outbox::OutboxMetrics;
pub use self::table::{METRICS, Metric, MetricKind};
