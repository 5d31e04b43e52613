//! Concurrent tests that replace the same resource do not affect each other.

use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use lback_signals::{Res, Scope, Signal, Transaction, receiver, signal};
use test_support::rounds;

trait Mailer: Send + Sync {
    fn send(&self, to: &str);
}

/// A mailer that stores the mails.
#[derive(Default)]
struct FakeMailer(Mutex<Vec<String>>);

impl Mailer for FakeMailer {
    fn send(&self, to: &str) {
        self.0.lock().unwrap().push(to.to_owned());
    }
}

impl FakeMailer {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[signal(owned)]
struct Invited<'a> {
    email: &'a str,
}

#[receiver(signal = Invited)]
fn invite(event: &Invited<'_>, mailer: Res<'_, dyn Mailer>) {
    mailer.send(event.email);
}

#[receiver(signal = Invited, after_commit)]
fn remind(event: &Invited<'_>, mailer: Res<'_, dyn Mailer>) {
    mailer.send(event.email);
}

const TESTS: usize = 2;
const ROUNDS: u32 = 1_000;

fn scope_of(mailer: &Arc<FakeMailer>) -> Scope {
    Scope::new().provide_dyn::<dyn Mailer>(mailer.clone())
}

#[test]
fn concurrent_threads_have_separate_scopes() {
    let together = &Barrier::new(TESTS);
    let test = |name: usize| {
        for round in 0..rounds(ROUNDS) {
            let email = format!("{name}.{round}@example.org");
            let mailer = Arc::new(FakeMailer::default());
            let scope = scope_of(&mailer);
            let recorded = scope.capture::<Invited<'_>, _>(|event| event.email.to_owned());
            together.wait();
            scope.run(|| {
                let transaction = Transaction::new();
                transaction.run(|| assert!(Invited { email: &email }.send().is_ok()));
                assert_eq!(transaction.commit().delivered(), 1);
            });
            assert_eq!(mailer.take(), [email.as_str(), &email]);
            assert_eq!(recorded.take(), [email]);
        }
    };
    thread::scope(|threads| {
        for name in 0..TESTS {
            threads.spawn(move || test(name));
        }
    });
}

#[test]
fn concurrent_tasks_have_separate_scopes() {
    let test = |name: usize, together: Arc<tokio::sync::Barrier>| async move {
        for round in 0..rounds(ROUNDS) {
            let email = format!("{name}.{round}@example.org");
            let mailer = Arc::new(FakeMailer::default());
            let scope = scope_of(&mailer);
            let recorded = scope.capture::<Invited<'_>, _>(|event| event.email.to_owned());
            together.wait().await;
            let invite = async {
                let transaction = Transaction::new();
                let inside = async {
                    tokio::task::yield_now().await;
                    assert!(Invited { email: &email }.send().is_ok());
                    tokio::task::yield_now().await;
                };
                transaction.run_async(inside).await;
                tokio::task::yield_now().await;
                assert_eq!(transaction.commit().delivered(), 1);
            };
            scope.run_async(invite).await;
            assert_eq!(mailer.take(), [email.as_str(), &email]);
            assert_eq!(recorded.take(), [email]);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build()
        .unwrap();
    runtime.block_on(async {
        let together = Arc::new(tokio::sync::Barrier::new(TESTS));
        let tests: Vec<_> = (0..TESTS)
            .map(|name| tokio::spawn(test(name, Arc::clone(&together))))
            .collect();
        for test in tests {
            test.await.unwrap();
        }
    });
}
