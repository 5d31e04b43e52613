//! The metrics that are recorded are those of the table.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use lback_signals::background;
use lback_signals::durable::{MemoryOutbox, Worker};
use lback_signals::metrics::{
    METRICS, MetricKind, MetricsObserver, OutboxMetrics, record_background,
};
use lback_signals::{Signal, receiver, set_observer, signal};
use test_support::in_child_process;
use tokio::runtime::Builder;

use crate::worker::until;

/// The kind, the name and the labels of each metric.
type Names = BTreeSet<(String, String, Vec<String>)>;

/// The kind, the name and the unit of each metric.
type Units = BTreeSet<(String, String, &'static str)>;

#[derive(Clone, Default)]
struct Recorded {
    described: Arc<Mutex<Units>>,
    registered: Arc<Mutex<Names>>,
}

impl Recorded {
    fn describe(&self, kind: MetricKind, name: &KeyName, unit: Option<Unit>) {
        let described = (
            format!("{kind:?}"),
            name.as_str().to_owned(),
            unit.unwrap().as_str(),
        );
        self.described.lock().unwrap().insert(described);
    }

    fn register(&self, kind: MetricKind, key: &Key) {
        let labels = key.labels().map(|label| label.key().to_owned()).collect();
        let names = (format!("{kind:?}"), key.name().to_owned(), labels);
        self.registered.lock().unwrap().insert(names);
    }
}

impl Recorder for Recorded {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(MetricKind::Counter, &name, unit);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(MetricKind::Gauge, &name, unit);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(MetricKind::Histogram, &name, unit);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.register(MetricKind::Counter, key);
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.register(MetricKind::Gauge, key);
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.register(MetricKind::Histogram, key);
        Histogram::noop()
    }
}

#[signal(owned)]
struct Weighed;

#[receiver(signal = Weighed, background)]
fn is_refused(_: &Weighed) {}

#[receiver(signal = Weighed)]
fn succeeds(_: &Weighed) {}

#[signal(durable(name = "metrics.item", version = 1))]
struct Item;

#[receiver(signal = Item, durable(name = "metrics.deliver", timeout = "1h"))]
async fn deliver(_: &Item) {
    std::future::pending::<()>().await;
}

#[test]
fn each_metric_of_the_table_is_described_and_recorded_with_its_labels() {
    in_child_process(|| {
        let recorded = Recorded::default();
        ::metrics::set_global_recorder(recorded.clone()).unwrap();
        set_observer(MetricsObserver::new()).unwrap();
        let expected = METRICS.iter().map(|metric| {
            (
                format!("{:?}", metric.kind),
                metric.name.to_owned(),
                metric.unit(),
            )
        });
        assert_eq!(*recorded.described.lock().unwrap(), expected.collect());

        assert!(background::drain(Duration::ZERO).undelivered().is_empty());
        Weighed.send();
        record_background();
        let runtime = Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let outbox = MemoryOutbox::new();
            outbox.send(Item).await.unwrap();
            OutboxMetrics::new(&outbox).record().await.unwrap();
            let worker = |lease| Worker::new(&outbox).only(deliver).with_lease(lease);
            let slow = worker(Duration::from_mins(9)).spawn().unwrap();
            until(async || slow.health().running() == 1).await;
            lback_signals::durable::testing::TestOutbox::set_clock_offset(&outbox, 600_000);
            let other = worker(Duration::from_mins(9)).spawn().unwrap();
            until(async || slow.health().lost() == 1).await;
            slow.shutdown().await;
            other.shutdown().await;
        });
        let expected = METRICS.iter().map(|metric| {
            let labels = metric
                .labels
                .iter()
                .map(|label| (*label).to_owned())
                .collect();
            (format!("{:?}", metric.kind), metric.name.to_owned(), labels)
        });
        assert_eq!(*recorded.registered.lock().unwrap(), expected.collect());
    });
}
