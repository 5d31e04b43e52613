//! A failure of a background receiver is logged and passed to the hook, and stops no other receiver.

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
fn d_succeeds(_: &Failing<'_>, notes: Res<'_, Notes>) {
    notes.write("done");
}

static FAILURES: LazyLock<Mutex<Vec<String>>> = LazyLock::new(Mutex::default);

fn note(failure: &Failure) {
    FAILURES.lock().unwrap().push(failure.to_string());
}

#[test]
fn each_failure_is_reported_once_with_its_receiver_and_sender() {
    on_failure(note);
    let notes = Arc::new(Notes::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&notes));
    let report = scope.run(|| {
        Failing {
            order: &Order { id: 7 },
        }
        .send()
    });
    assert_eq!((report.deferred(), report.is_ok()), (4, true));
    assert_eq!(notes.wait_for(1), ["done"]);
    assert!(background::flush(LONG));
    assert!(background::stats().failed() >= 3);

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
                + "was not called: missing resource `background::failures::Missing`: call \
                   `lback_signals::provide::<background::failures::Missing>(…)` before the first send",
        ]
    );
}

/// A value whose `clone` panics: no background receiver gets its signal, and the send reports a failure.
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
fn a_clone_that_panics_is_a_failure_of_the_send() {
    let report = Uncopied { held: &NoCopy }.send();
    assert_eq!((report.deferred(), report.failures().len()), (0, 1));
}

/// A value whose clones panic on drop.
struct Fragile {
    is_copy: bool,
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        Self { is_copy: true }
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        if self.is_copy {
            std::panic::panic_any("dropped");
        }
    }
}

#[signal(owned)]
struct Held {
    fragile: Fragile,
    panics: bool,
}

#[receiver(signal = Held, background)]
async fn awaited(event: &Held, notes: Res<'_, Notes>) {
    notes.write(format!("awaited {}", event.fragile.is_copy));
    assert!(!event.panics);
}

#[receiver(signal = Held, background)]
fn called(event: &Held, notes: Res<'_, Notes>) {
    notes.write(format!("called {}", event.fragile.is_copy));
    assert!(!event.panics);
}

/// A panic during an unwind would abort the process.
#[test]
fn a_copy_that_panics_on_drop_does_not_stop_other_receivers() {
    let notes = Arc::new(Notes::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&notes));
    for panics in [false, true] {
        let fragile = Fragile { is_copy: false };
        let report = scope.run(|| Held { fragile, panics }.send());
        assert_eq!(report.deferred(), 2);
    }
    assert_eq!(notes.wait_for(4).len(), 4);
    assert!(background::flush(LONG));
    assert_eq!(
        scope
            .run(|| Held {
                fragile: Fragile { is_copy: false },
                panics: false
            }
            .send())
            .deferred(),
        2
    );
    assert_eq!(notes.wait_for(6).len(), 6);
}
