//! What fails in the background is logged and given to the hook, and stops nothing.

use std::sync::{Arc, LazyLock, Mutex};

use lback_signals::{Failure, Model, Res, Scope, Signal, background, on_failure, receiver, signal};

use crate::{LONG, Notes};

#[derive(Clone, Debug, Model)]
struct Order {
    #[model(id)]
    id: i64,
}

#[signal(owned)]
struct Failing<'a> {
    #[sender]
    order: &'a Order,
}

#[receiver(signal = Failing, background)]
fn a_errs(event: &Failing<'_>) -> Result<(), String> {
    Err(format!("no order {}", event.order.id))
}

#[receiver(signal = Failing, background)]
async fn b_panics(_: &Failing<'_>) {
    tokio::task::yield_now().await;
    std::panic::panic_any("on purpose");
}

struct Missing;

#[receiver(signal = Failing, background)]
async fn c_misses(_: &Failing<'_>, _: Res<'_, Missing>) {}

#[receiver(signal = Failing, background)]
fn d_does_its_work(_: &Failing<'_>, notes: Res<'_, Notes>) {
    notes.write("done");
}

static FAILURES: LazyLock<Mutex<Vec<String>>> = LazyLock::new(Mutex::default);

fn note(failure: &Failure) {
    FAILURES.lock().unwrap().push(failure.to_string());
}

#[test]
fn each_is_announced_once_with_who_failed_and_whose_it_was() {
    on_failure(note);
    let notes = Arc::new(Notes::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&notes));
    let failed_before = background::stats().failed();
    let report = scope.run(|| {
        Failing {
            order: &Order { id: 7 },
        }
        .send()
    });
    assert_eq!((report.deferred(), report.is_ok()), (4, true));
    assert_eq!(notes.wait_for(1), ["done"]);
    assert!(background::flush(LONG));
    assert_eq!(background::stats().failed() - failed_before, 3);

    let mut failures = FAILURES.lock().unwrap().clone();
    failures.retain(|failure| failure.contains("`failing`"));
    failures.sort();
    let receiver =
        |name: &str| format!("receiver `background::failures::{name}` of `failing` (order 7) ");
    assert_eq!(
        failures,
        [
            receiver("a_errs") + "failed: no order 7",
            receiver("b_panics") + "panicked: on purpose",
            receiver("c_misses")
                + "was not called: nothing provides a `background::failures::Missing`: call `lback_signals::provide` before signals are sent",
        ]
    );
}

/// Whose copy panics: nobody can have it, and the sender is told.
#[derive(Debug)]
struct NoCopy;

impl Clone for NoCopy {
    fn clone(&self) -> Self {
        std::panic::panic_any("cannot be copied")
    }
}

#[signal(owned)]
struct Uncopied<'a> {
    held: &'a NoCopy,
}

#[receiver(signal = Uncopied, background)]
fn never_called(event: &Uncopied<'_>) {
    unreachable!("{:?}", event.held);
}

#[test]
fn what_cannot_be_copied_is_a_failure_of_the_send() {
    let report = Uncopied { held: &NoCopy }.send();
    assert_eq!((report.deferred(), report.failures().len()), (0, 1));
}
