//! Faults of durable signals and receivers. No outbox and no worker starts in this binary.

use std::env;
use std::fs;
use std::path::PathBuf;

use lback_signals::durable::{Delivery, MemoryOutbox, OutboxError, Worker};
use lback_signals::{FailureKind, Signal, WiringProblem, assert_wiring, receiver, signal, wiring};
use test_support::child_process_of;

#[signal(durable(name = "twice.paid", version = 1))]
struct Paid;

#[signal(durable(name = "twice.settled", version = 1, was("twice.paid")))]
struct Settled;

#[receiver(signal = Paid, durable(name = "twice-receipt"))]
fn send_receipt(_: &Paid) {}

#[receiver(signal = Settled, durable(name = "twice-bill", was("twice-receipt")))]
async fn send_bill(_: &Settled) {}

/// Takes what only a durable receiver has.
#[receiver(signal = Paid)]
fn count(_: &Paid, delivery: Delivery<'_>) {
    let _ = delivery.attempt();
}

fn texts() -> [String; 3] {
    let infos = [Paid::info(), Settled::info()];
    let signals = infos.map(|it| format!("{}:{}", file!(), it.line()));
    let location = |signal: usize, receiver: usize| {
        let receiver = infos[signal].receivers()[receiver];
        format!("{}:{}", file!(), receiver.line())
    };
    let receivers = [location(0, 1), location(1, 0)];
    let fix =
        "in `durable(…)`, give each its own `name`, and list an earlier name in one `was` only";
    [
        format!(
            "the durable name `twice.paid` has more than one signal: `wiring::durable::Paid` ({}), \
             `wiring::durable::Settled` ({}); {fix}",
            signals[0], signals[1],
        ),
        format!(
            "the durable name `twice-receipt` has more than one receiver: \
             `wiring::durable::send_receipt` ({}), `wiring::durable::send_bill` ({}); {fix}",
            receivers[0], receivers[1],
        ),
        format!(
            "`wiring::durable::count` ({}) takes `Delivery` and is not durable: add `durable(name = \"…\")` to \
             its `#[receiver]`, or remove the parameter",
            location(0, 0),
        ),
    ]
}

#[test]
fn faults_are_found_with_their_places() {
    let problems = crate::problems_of("wiring::durable");
    assert!(matches!(
        problems.as_slice(),
        [
            WiringProblem::SharedSignalName {
                name: "twice.paid",
                ..
            },
            WiringProblem::SharedReceiverName {
                name: "twice-receipt",
                ..
            },
            WiringProblem::NotDurable {
                parameter: "Delivery",
                ..
            },
        ]
    ));
    let found: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(found, texts());
}

/// Returns the texts of the faults in the error of an outbox or a worker.
fn faults(error: &OutboxError) -> Vec<String> {
    let OutboxError::Wiring(problems) = error else {
        panic!("{error}");
    };
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        error.to_string(),
        format!(
            "the durable receivers of this program are faulty: {}",
            problems.join("; ")
        )
    );
    problems
}

#[tokio::test]
async fn no_worker_starts() {
    let worker = || Worker::new(&MemoryOutbox::new());
    assert_eq!(faults(&worker().check().unwrap_err()), texts());
    assert_eq!(faults(&worker().spawn().unwrap_err()), texts());
    assert_eq!(faults(&worker().run(async {}).await.unwrap_err()), texts());
}

#[cfg(feature = "durable-sqlite")]
#[tokio::test]
async fn no_outbox_in_a_database_starts() {
    let pool = sqlx::SqlitePool::connect_lazy("sqlite::memory:").unwrap();
    let error = lback_signals::durable::SqliteOutbox::new(pool).await;
    assert_eq!(faults(&error.unwrap_err()), texts());
}

#[test]
fn a_parameter_that_only_durable_receivers_have_is_a_failure_of_each_call() {
    let report = Paid.send();
    let failures = report.failures().iter();
    let [failure] = failures
        .filter(|it| it.receiver().name() == "count")
        .collect::<Vec<_>>()[..]
    else {
        panic!("{report:?}");
    };
    let FailureKind::Error(error) = failure.kind() else {
        panic!("{failure:?}");
    };
    assert!(error.to_string().contains("is not durable: add"), "{error}");
}

/// The environment variable that names the file for the test that asserts the wiring in a child process.
const FILE: &str = "TEST_OF_SHARED_NAMES";

#[test]
fn the_lock_fails_and_is_not_written() {
    if let Some(file) = env::var_os(FILE) {
        assert_wiring!(PathBuf::from(file));
        return;
    }
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("shared-names.lock");
    for (update, lock) in [("0", wiring().to_lock()), ("1", String::new())] {
        fs::write(&file, &lock).unwrap();
        let mut command = child_process_of("durable::the_lock_fails_and_is_not_written");
        let output = command
            .arg("--nocapture")
            .env(FILE, &file)
            .env("UPDATE_SIGNALS_LOCK", update)
            .output()
            .unwrap();
        assert!(!output.status.success());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(&texts().join("; ")), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), lock);
    }
}
