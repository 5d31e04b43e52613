//! Each number moves.

use std::future::pending;
use std::sync::mpsc;
use std::time::Duration;

use lback_signals::background::{self, Overflow, Settings};
use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{MemoryOutbox, Worker, WorkerHandle};
use lback_signals::metrics::{METRICS, MetricsObserver};
use lback_signals::{Res, Signal, provide, receiver, set_observer, signal};
use tokio::time::sleep;

use super::*;

#[signal(owned)]
struct Weighed {
    grams: u32,
}

#[receiver(signal = Weighed)]
fn refuses_nothing(event: &Weighed) -> Result<(), &'static str> {
    (event.grams > 0).then_some(()).ok_or("there is nothing")
}

struct Gate(std::sync::Mutex<mpsc::Receiver<()>>);

#[receiver(signal = Weighed, background)]
fn waits(_: &Weighed, gate: Res<'_, Gate>) {
    let _ = gate.0.lock().unwrap().recv();
}

#[signal(durable(name = "exporter.item", version = 1))]
struct Item;

#[receiver(signal = Item, durable(name = "exporter.good"))]
async fn good(_: &Item) {}

#[receiver(signal = Item, durable(name = "exporter.bad", attempts = 1))]
async fn bad(_: &Item) -> Result<(), &'static str> {
    Err("there is nothing")
}

#[receiver(signal = Item, durable(name = "exporter.endless"))]
async fn endless(_: &Item) {
    pending::<()>().await;
}

/// The page that Prometheus reads.
struct Scraped(String);

impl Scraped {
    async fn of(address: SocketAddr) -> Self {
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        Self(answer)
    }

    /// Returns the value of the line that begins with the name and has all these labels. `None` if there is none.
    fn value(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let mut lines = self.0.lines();
        let line = lines.find(|line| {
            let of_metric = line.strip_prefix(name);
            let of_metric = of_metric.filter(|rest| rest.starts_with([' ', '{']));
            of_metric.is_some_and(|rest| labels.iter().all(|label| rest.contains(label)))
        });
        let value = line?.rsplit(' ').next()?;
        value.parse().ok()
    }
}

async fn until(address: SocketAddr, name: &str, labels: &[&str], is_met: impl Fn(f64) -> bool) {
    loop {
        let scraped = Scraped::of(address).await;
        if scraped.value(name, labels).is_some_and(&is_met) {
            return;
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// Compares a number of events.
fn is(number: u32) -> impl Fn(f64) -> bool {
    move |it| (it - f64::from(number)).abs() < 0.5
}

fn spawn<F: Copy + 'static>(outbox: &MemoryOutbox, receiver: F) -> WorkerHandle {
    let worker = Worker::new(outbox).only(receiver);
    let worker = worker.with_lease(Duration::from_secs(3));
    worker.with_grace(Duration::ZERO).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_number_moves() {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let exporter = Exporter::bind(address).await.unwrap();
    set_observer(MetricsObserver::new()).unwrap();
    let address = exporter.listener.local_addr().unwrap();
    let outbox = MemoryOutbox::new();
    tokio::spawn(exporter.serve(outbox.clone()));
    let before = Scraped::of(address).await;
    for metric in METRICS {
        let value = before.value(metric.name, &[]);
        assert!(matches!(value, None | Some(0.0)), "{}", metric.name);
    }

    // One receiver runs in the background, one waits, and one is refused.
    let settings = Settings::new().with_concurrency(1).with_capacity(1);
    background::configure(settings.with_overflow(Overflow::Refuse)).unwrap();
    let (open, gate) = mpsc::channel();
    provide(Gate(std::sync::Mutex::new(gate))).unwrap();
    Weighed { grams: 0 }.send();
    until(address, "lback_background_running", &[], is(1)).await;
    Weighed { grams: 5 }.send();
    Weighed { grams: 5 }.send();
    let now = Scraped::of(address).await;
    let weighed = r#"signal="weighed""#;
    let of = |kind| [weighed, r#"phase="now""#, kind];
    let value = |name, labels: &[&str]| now.value(name, labels);
    assert_eq!(value("lback_dispatches_total", &[weighed]), Some(3.0));
    assert_eq!(value("lback_receiver_seconds_count", &of("")), Some(3.0));
    let error = r#"error_type="error""#;
    assert_eq!(value("lback_failures_total", &of(error)), Some(1.0));
    assert_eq!(value("lback_background_waiting", &[]), Some(1.0));
    assert_eq!(
        value("lback_background_refused_total", &[weighed]),
        Some(1.0)
    );
    drop(open);
    until(address, "lback_background_running", &[], is(0)).await;

    // Three deliveries wait, of which one is done, one is dead, and one runs and loses its lease.
    outbox.send(Item).await.unwrap();
    let bad_one = r#"receiver="exporter.bad""#;
    until(address, "lback_durable_waiting", &[bad_one], is(1)).await;
    outbox.set_clock_offset(5_000);
    until(
        address,
        "lback_durable_oldest_due_seconds",
        &[bad_one],
        |it| it >= 5.0,
    )
    .await;
    let bad = spawn(&outbox, bad);
    until(address, "lback_durable_dead", &[bad_one], is(1)).await;
    until(address, "lback_durable_waiting", &[bad_one], is(0)).await;
    let attempts = "lback_durable_attempts_total";
    until(address, attempts, &[bad_one, r#"outcome="failed""#], is(1)).await;

    let good_one = r#"receiver="exporter.good""#;
    let good = spawn(&outbox, good);
    until(address, "lback_durable_waiting", &[good_one], |it| {
        it == 0.0
    })
    .await;
    until(
        address,
        attempts,
        &[good_one, r#"outcome="succeeded""#],
        is(1),
    )
    .await;
    until(
        address,
        "lback_durable_attempt_seconds_count",
        &[good_one],
        is(1),
    )
    .await;

    let endless_one = r#"receiver="exporter.endless""#;
    let endless = spawn(&outbox, endless);
    until(address, "lback_durable_running", &[endless_one], is(1)).await;
    // The lease is over for another worker, which claims the delivery.
    outbox.set_clock_offset(60_000);
    let other = spawn(&outbox, self::endless);
    until(
        address,
        "lback_durable_leases_lost_total",
        &[endless_one],
        |it| it >= 1.0,
    )
    .await;

    let after = Scraped::of(address).await;
    for metric in METRICS {
        let described = format!("# TYPE {} ", metric.name);
        assert!(after.0.contains(&described), "{}", metric.name);
    }
    for worker in [bad, good, endless, other] {
        worker.shutdown().await;
    }
}

/// An exporter whose recorder is not that of the process.
async fn serve_without_numbers() -> SocketAddr {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let exporter = Exporter {
        listener: TcpListener::bind(address).await.unwrap(),
        handle: PrometheusBuilder::new().build_recorder().handle(),
    };
    let address = exporter.listener.local_addr().unwrap();
    tokio::spawn(exporter.serve(MemoryOutbox::new()));
    address
}

#[tokio::test]
async fn silent_clients_do_not_delay_an_answer() {
    let address = serve_without_numbers().await;
    let mut silent = Vec::new();
    for _ in 0..3 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    let scraped = timeout(CLIENT_TIMEOUT / 2, Scraped::of(address)).await;
    assert!(scraped.is_ok());
}

#[tokio::test]
async fn a_request_that_is_too_long_or_ends_early_is_not_answered() {
    let address = serve_without_numbers().await;
    for request in [vec![b'x'; 1_000_000], b"GET /metrics".to_vec()] {
        let mut client = TcpStream::connect(address).await.unwrap();
        let _ = client.write_all(&request).await;
        let _ = client.shutdown().await;
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer).await;
        assert!(answer.is_empty());
    }
    Scraped::of(address).await;
}
