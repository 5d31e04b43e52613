//! A program that mails no tokens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lback_auth::{Accounts, Hasher, MemoryStore, SessionKey, User, UserRegistered};
use lback_signals::durable::{ClaimRequest, Outbox, ReceiverClaim, Worker};
use lback_signals::{Scope, WiringProblem, receiver, wiring};
use tokio::time::sleep;

static IS_NOTED: AtomicBool = AtomicBool::new(false);

#[receiver(signal = UserRegistered, durable(name = "note-registered"))]
async fn note_registered(_: &UserRegistered<'_>) {
    IS_NOTED.store(true, Ordering::SeqCst);
}

#[test]
fn is_a_problem_of_the_wiring() {
    let problems = wiring().check().unwrap_err();
    let signals = problems.iter().filter_map(|problem| match problem {
        WiringProblem::NoReceiver { signal, .. } => Some(signal.name()),
        _ => None,
    });
    assert_eq!(signals.collect::<Vec<_>>(), ["address_mail_due"]);
}

#[tokio::test]
async fn its_requests_wait() {
    let store = MemoryStore::new();
    let accounts = Accounts::new(store.clone(), SessionKey::new(&[7; 32]).unwrap());
    let ada = User::new("ada", "ada@example.org").unwrap();
    let scope = Scope::new()
        .provide(Hasher::insecure_for_tests())
        .provide(accounts.token_issuer());
    let registering = accounts.register(ada, "correct horse battery staple");
    scope.run_async(registering).await.unwrap();
    let worker = scope.run(|| Worker::new(store.outbox()).spawn().unwrap());
    // The worker serves the other receiver.
    while !IS_NOTED.load(Ordering::SeqCst) {
        sleep(Duration::from_millis(1)).await;
    }
    worker.shutdown().await;
    let request = ClaimRequest {
        receivers: vec![ReceiverClaim {
            names: vec!["lback.issue-token"],
            oldest_version: 1,
            newest_version: 1,
            limit: 10,
        }],
        lease: Duration::from_secs(1),
        worker: "test".to_owned(),
    };
    let claimed = store.outbox().claim(&request).await.unwrap();
    let attempts: Vec<_> = claimed.iter().map(|it| it.attempt).collect();
    assert_eq!(attempts, [1], "this is the first attempt");
}
