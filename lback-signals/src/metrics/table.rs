//! The names, units and labels of all metrics.

use ::metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// A metric that this crate records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// The name, which ends in its unit.
    pub name: &'static str,
    /// The kind.
    pub kind: MetricKind,
    /// The names of the labels.
    pub labels: &'static [&'static str],
    /// The description.
    pub description: &'static str,
}

/// The kind of a [`Metric`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MetricKind {
    /// A number of events since the process began.
    Counter,
    /// A number that rises and falls.
    Gauge,
    /// A distribution.
    Histogram,
}

const RECEIVER: &[&str] = &["signal", "receiver", "phase"];
const DURABLE: &[&str] = &["receiver"];

pub(super) const DISPATCHES: Metric = counter(
    "lback_dispatches_total",
    &["signal"],
    "signals that were sent",
);
pub(super) const RECEIVER_SECONDS: Metric = histogram(
    "lback_receiver_seconds",
    RECEIVER,
    "time of receivers that were called and are not durable",
);
pub(super) const FAILURES: Metric = counter(
    "lback_failures_total",
    &["signal", "receiver", "phase", "error_type"],
    "runs of receivers that have failed, by the kind of the failure",
);
pub(super) const BACKGROUND_WAITING: Metric = gauge(
    "lback_background_waiting",
    &[],
    "receivers that wait in the queue of the background",
);
pub(super) const BACKGROUND_RUNNING: Metric = gauge(
    "lback_background_running",
    &[],
    "receivers that run in the background",
);
pub(super) const BACKGROUND_REFUSED: Metric = counter(
    "lback_background_refused_total",
    RECEIVER,
    "receivers that the background has refused",
);
pub(super) const DURABLE_ATTEMPTS: Metric = counter(
    "lback_durable_attempts_total",
    &["receiver", "outcome"],
    "attempts of this process to deliver that have ended",
);
pub(super) const DURABLE_SECONDS: Metric = histogram(
    "lback_durable_attempt_seconds",
    DURABLE,
    "time of attempts that called their receiver",
);
pub(super) const DURABLE_LOST: Metric = counter(
    "lback_durable_leases_lost_total",
    DURABLE,
    "attempts whose delivery another worker had claimed meanwhile",
);
pub(super) const DURABLE_OLDEST: Metric = gauge(
    "lback_durable_oldest_due_seconds",
    DURABLE,
    "time for which the oldest waiting delivery has been due",
);
pub(super) const DURABLE_WAITING: Metric = gauge(
    "lback_durable_waiting",
    DURABLE,
    "deliveries that wait, due or not",
);
pub(super) const DURABLE_RUNNING: Metric = gauge(
    "lback_durable_running",
    DURABLE,
    "deliveries that a worker runs",
);
pub(super) const DURABLE_DEAD: Metric = gauge("lback_durable_dead", DURABLE, "dead letters");

/// All metrics.
pub const METRICS: &[Metric] = &[
    DISPATCHES,
    RECEIVER_SECONDS,
    FAILURES,
    BACKGROUND_WAITING,
    BACKGROUND_RUNNING,
    BACKGROUND_REFUSED,
    DURABLE_ATTEMPTS,
    DURABLE_SECONDS,
    DURABLE_LOST,
    DURABLE_OLDEST,
    DURABLE_WAITING,
    DURABLE_RUNNING,
    DURABLE_DEAD,
];

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    description: &'static str,
) -> Metric {
    Metric {
        name,
        kind: MetricKind::Counter,
        labels,
        description,
    }
}

const fn gauge(
    name: &'static str,
    labels: &'static [&'static str],
    description: &'static str,
) -> Metric {
    Metric {
        kind: MetricKind::Gauge,
        ..counter(name, labels, description)
    }
}

const fn histogram(
    name: &'static str,
    labels: &'static [&'static str],
    description: &'static str,
) -> Metric {
    Metric {
        kind: MetricKind::Histogram,
        ..counter(name, labels, description)
    }
}

impl Metric {
    /// Returns the unit: `seconds` or `count`.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        self.facade_unit().as_str()
    }

    fn facade_unit(&self) -> Unit {
        if self.name.ends_with("_seconds") {
            Unit::Seconds
        } else {
            Unit::Count
        }
    }
}

/// Tells the recorder of the process what each metric is.
pub(super) fn describe() {
    for metric in METRICS {
        let (name, unit) = (metric.name, metric.facade_unit());
        match metric.kind {
            MetricKind::Counter => describe_counter!(name, unit, metric.description),
            MetricKind::Gauge => describe_gauge!(name, unit, metric.description),
            MetricKind::Histogram => describe_histogram!(name, unit, metric.description),
        }
    }
}
