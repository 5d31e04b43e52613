//! Scopes of tests, which deliver to durable receivers without an outbox.

mod awaited;
mod hostile;
mod inline;
mod manual;
mod nested;
mod twice;

use std::sync::Arc;

use lback_signals::durable::Delivery;
use lback_signals::schemars::JsonSchema;
use lback_signals::serde::{Deserialize, Serialize};
use lback_signals::{Res, Scope, Transaction, receiver, signal};

use super::sending::Log;

/// A text that says whether it has been stored.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "lback_signals::schemars")]
struct Text {
    text: String,
    #[serde(skip, default = "yes")]
    is_stored: bool,
}

fn yes() -> bool {
    true
}

/// A comment was written.
#[signal(durable(name = "test-modes.commented", version = 1))]
struct Commented {
    text: Text,
}

impl Commented {
    fn new(text: &str) -> Self {
        let text = text.to_owned();
        Self {
            text: Text {
                text,
                is_stored: false,
            },
        }
    }
}

#[receiver(signal = Commented)]
fn counts(event: &Commented, log: Res<'_, Log>) -> Result<(), &'static str> {
    log.write(format!("counts {}", event.text.text));
    if event.text.text.is_empty() {
        Err("there is no text")
    } else {
        Ok(())
    }
}

#[receiver(signal = Commented, after_commit)]
fn publishes(event: &Commented, log: Res<'_, Log>) {
    log.write(format!("publishes {}", event.text.text));
}

#[receiver(signal = Commented, durable(name = "test-modes.mails"))]
fn mails(event: &Commented, delivery: Delivery<'_>, log: Res<'_, Log>) -> Result<(), String> {
    assert!(event.text.is_stored);
    assert_eq!(delivery.attempt(), 1);
    log.write(format!("mails {}", event.text.text));
    if event.text.text == "spam" {
        Err("refused".to_owned())
    } else {
        Ok(())
    }
}

#[receiver(signal = Commented, durable(name = "test-modes.translates"))]
fn translates(event: &Commented, log: Res<'_, Log>) {
    assert!(event.text.is_stored);
    // In no transaction: one that begins is outermost.
    let transaction = Transaction::new();
    let is_outermost = !format!("{transaction:?}").contains("is_nested: true");
    assert!(is_outermost);
    log.write(format!("translates {}", event.text.text));
}

fn logged(scope: Scope) -> (Scope, Arc<Log>) {
    let log = Arc::new(Log::default());
    (scope.provide_dyn(Arc::clone(&log)), log)
}
