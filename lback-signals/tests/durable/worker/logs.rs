//! The log of a worker, and the span of an attempt.

use std::sync::Arc;
use std::time::Duration;

use lback_signals::durable::{MemoryOutbox, TraceContext};
use lback_signals::{Scope, receiver, signal};
use tokio::time::sleep;
use tracing::Level;

use super::faulty::{Fault, Faulty, Operation};
use super::{until, until_done, worker};
use crate::collector::collecting;

#[signal(durable(name = "logs.item", version = 1))]
struct Item;

#[receiver(
    signal = Item,
    durable(name = "logs.fail", attempts = 2, backoff("1s", max = "1s"))
)]
async fn fail(_: &Item) -> Result<(), String> {
    tracing::info!("called");
    Err("no ink".to_owned())
}

struct Sender;

impl TraceContext for Sender {
    fn traceparent(&self) -> Option<String> {
        Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned())
    }
}

#[test]
fn an_attempt_has_a_span_with_the_trace_of_its_sender() {
    collecting(Level::INFO, async |collected| {
        let outbox = MemoryOutbox::new();
        let sender = Scope::new().provide_dyn::<dyn TraceContext>(Arc::new(Sender));
        sender.run_async(outbox.send(Item)).await.unwrap();
        let worker = worker(&outbox).only(fail).spawn().unwrap();
        until_done(&outbox).await;
        worker.shutdown().await;
        let lines = collected.take();
        let spans: Vec<_> = lines
            .iter()
            .filter(|it| it.starts_with("deliver "))
            .collect();
        assert_eq!(spans.len(), 2, "{lines:?}");
        let recorded = |line: &&String| **line == r#"recorded error.type="error""#;
        assert_eq!(lines.iter().filter(recorded).count(), 2, "{lines:?}");
        for (span, attempt) in spans.into_iter().zip(1..) {
            assert!(span.contains(r#"signal="item" receiver="durable::worker::logs::fail" id="#));
            let end = format!(
                r#" attempt={attempt} traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01""#
            );
            assert!(span.contains(&end), "{span}");
            for attribute in [
                r#"code.function.name="durable::worker::logs::fail""#,
                r#"messaging.system="lback""#,
                r#"messaging.operation.name="process""#,
                r#"messaging.operation.type="process""#,
                r#"messaging.destination.name="logs.item""#,
                r#"messaging.consumer.group.name="logs.fail""#,
                "messaging.message.id=",
                r#"otel.kind="consumer""#,
            ] {
                assert!(span.contains(attribute), "{attribute}: {span}");
            }
        }
    });
}

#[test]
fn each_failure_and_the_dead_letter_are_errors() {
    collecting(Level::WARN, async |collected| {
        let outbox = MemoryOutbox::new();
        outbox.send(Item).await.unwrap();
        let worker = worker(&outbox).only(fail).spawn().unwrap();
        until_done(&outbox).await;
        worker.shutdown().await;
        let lines = collected.take();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].starts_with("ERROR receiver failed: no ink"));
        assert!(lines[1].starts_with("ERROR receiver failed: no ink"));
        assert!(lines[2].starts_with("ERROR a delivery is a dead letter: failed: no ink"));
        assert!(lines[2].contains(" number=1 attempts=2"));
    });
}

#[test]
fn an_outage_is_logged_at_its_begin_and_its_end() {
    collecting(Level::INFO, async |collected| {
        let outbox = Faulty::new();
        let worker = worker(&outbox).only(fail).spawn().unwrap();
        until(async || outbox.calls(Operation::Claim) == 1).await;
        for operation in [Operation::Claim, Operation::NextDue] {
            outbox.fail(operation, 20, Fault::Before);
        }
        outbox.inner.send(Item).await.unwrap();
        until_done(&outbox.inner).await;
        sleep(Duration::from_mins(2)).await;
        worker.shutdown().await;
        let lines = collected.take();
        let of_worker: Vec<_> = lines.iter().filter(|it| it.contains("worker")).collect();
        let error = "the database of the outbox is unavailable: the cable is out";
        assert_eq!(
            of_worker[..2],
            [
                &format!("WARN the worker is degraded and tries again: {error}"),
                "INFO the outbox answers the worker again",
            ]
        );
    });
}
