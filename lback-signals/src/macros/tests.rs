//! Tests of generated code that need items of the crate: a stored signal is decoded and delivered.

use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::{receiver, signal};
use crate::__private::inventory;
use crate::context::{Context, ErasedSignal};
use crate::registry::DurableEntry;
use crate::report::{BoxError, DeliveryError, Exception, FailureKind, Outcome, Retry, retry_of};
use crate::signal::Signal;

#[signal(crate = crate, durable(name = "unit.order", version = 1))]
struct Ordered<'a> {
    #[sender]
    number: u64,
    items: &'a [String],
    how: &'a str,
}

thread_local! {
    static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn hear(by: &str, event: &Ordered<'_>) {
    let heard = format!("{by} {} {:?}", event.number, event.items);
    HEARD.with_borrow_mut(|list| list.push(heard));
}

#[receiver(crate = crate, signal = Ordered, durable(name = "unit.a-fn"))]
fn a_fn(event: &Ordered<'_>) -> Result<(), DeliveryError> {
    hear("fn", event);
    match event.how {
        "never" => Err(DeliveryError::permanent("refused")),
        "later" => Err(DeliveryError::retry_after("busy", Duration::from_secs(9))),
        "again" => Err(io::Error::other("no answer"))?,
        _ => Ok(()),
    }
}

#[receiver(crate = crate, signal = Ordered, durable(name = "unit.an-async-fn"))]
async fn an_async_fn(event: &Ordered<'_>) -> Result<(), BoxError> {
    std::future::ready(()).await;
    hear("async fn", event);
    match event.how {
        "again" => Err("no answer".into()),
        _ => Ok(()),
    }
}

#[receiver(crate = crate, signal = Ordered, durable(name = "unit.without-error"))]
async fn without_error(event: &Ordered<'_>) {
    hear("without error", event);
}

fn decoded(how: &str) -> Arc<dyn ErasedSignal> {
    let payload = format!(r#"{{"number":7,"items":["a","b"],"how":"{how}"}}"#);
    let mut entries = inventory::iter::<DurableEntry>.into_iter();
    let entry = entries
        .find(|entry| entry.signal == Ordered::info())
        .unwrap();
    (entry.decode)(1, &payload).unwrap().into_erased()
}

/// Calls or awaits a receiver with a signal that was stored.
fn deliver(name: &str, how: &str) -> Outcome {
    let signal = decoded(how);
    let numbers = 0..Ordered::info().receivers().len();
    let is_it = |&number: &usize| signal.receiver(number).is_some_and(|it| it.name() == name);
    let number = numbers.into_iter().find(is_it).unwrap();
    let context = Context::new(None);
    match Arc::clone(&signal).start(number, Context::new(None)) {
        Some(started) => pollster::block_on(started),
        None => signal.call(number, &context),
    }
}

fn failure(outcome: Outcome) -> BoxError {
    let Err(Exception::Failed(kind)) = outcome else {
        panic!("{outcome:?}");
    };
    let FailureKind::Error(error) = *kind else {
        panic!("{kind:?}");
    };
    error
}

#[test]
fn a_stored_signal_is_delivered() {
    for (name, heard) in [
        ("a_fn", r#"fn 7 ["a", "b"]"#),
        ("an_async_fn", r#"async fn 7 ["a", "b"]"#),
        ("without_error", r#"without error 7 ["a", "b"]"#),
    ] {
        assert!(deliver(name, "").is_ok());
        assert_eq!(HEARD.take(), [heard]);
    }
}

#[test]
fn a_failure_tells_when_to_try_again() {
    for (how, retry) in [
        ("never", Retry::Never),
        ("later", Retry::After(Duration::from_secs(9))),
        ("again", Retry::Backoff),
    ] {
        assert_eq!(retry_of(&failure(deliver("a_fn", how))), retry);
    }
    let error = failure(deliver("an_async_fn", "again"));
    assert_eq!(retry_of(&error), Retry::Backoff);
    assert_eq!(error.to_string(), "no answer");
}
