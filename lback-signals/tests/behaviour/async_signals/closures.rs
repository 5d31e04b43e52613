//! Connected async closures.

use std::panic::Location;
use std::sync::{Arc, Mutex};

use lback_signals::{
    AsyncSignal, Connection, FailureKind, Phase, Scope, Signal, Transaction, receiver, signal,
};
use pollster::block_on;

use super::{Log, poll_once, yield_now};

#[test]
fn async_closures_start_after_async_receivers_and_run_concurrently() {
    #[signal(async)]
    struct Saved<'a> {
        title: &'a str,
        log: &'a Log,
    }

    #[receiver(signal = Saved)]
    async fn index(event: &Saved<'_>) {
        event.log.write("index begins");
        yield_now().await;
        event.log.write("index ends");
    }

    #[receiver(signal = Saved)]
    fn count(event: &Saved<'_>) {
        event.log.write("count");
    }

    async fn note(log: &Log, title: &str) {
        log.write(format!("{title} begins"));
        yield_now().await;
        log.write(format!("{title} ends"));
    }

    let log = &Log::default();
    let prefix = Arc::new("closure".to_owned());
    let first = {
        let prefix = Arc::clone(&prefix);
        Saved::connect_async(async move |event| {
            note(event.log, &format!("{prefix} {}", event.title)).await;
        })
    };
    let _second = Saved::connect_async(async |event: &Saved<'_>| {
        event.log.write("second");
        Ok::<(), std::io::Error>(())
    });
    let title = "a".to_owned();
    let saved = Saved { title: &title, log };
    assert_eq!(block_on(saved.send_async()).delivered(), 4);
    assert_eq!(
        log.take(),
        [
            "count",
            "index begins",
            "closure a begins",
            "second",
            "index ends",
            "closure a ends",
        ]
    );

    drop(first);
    assert_eq!(Arc::strong_count(&prefix), 1);
    assert_eq!(block_on(saved.send_async()).delivered(), 3);
    assert_eq!(
        log.take(),
        ["count", "index begins", "second", "index ends"]
    );
}

#[signal(async)]
struct Checked {
    number: u32,
}

#[receiver(signal = Checked)]
async fn allows(event: &Checked) -> Result<(), &'static str> {
    yield_now().await;
    if event.number == 0 {
        Err("zero")
    } else {
        Ok(())
    }
}

/// Connects a closure that fails for 1 and panics for 2.
#[track_caller]
fn connect() -> (Connection, String) {
    let call_site = Location::caller();
    let connection = Checked::connect_async(async |event| {
        assert_ne!(event.number, 2, "on purpose");
        if event.number == 1 {
            Err("one")
        } else {
            Ok(())
        }
    });
    (
        connection,
        format!("{}:{}", call_site.file(), call_site.line()),
    )
}

#[test]
fn a_failure_of_an_async_closure_names_its_call_site() {
    let (_connection, call_site) = connect();
    let send = |number| block_on(Checked { number }.send_async());
    let report = send(1);
    assert_eq!((report.delivered(), report.failures().len()), (1, 1));
    let failure = &report.failures()[0];
    assert!(failure.receiver().id().contains(&call_site), "{failure}");
    assert!(failure.receiver().is_async());
    assert_eq!(failure.receiver().phase(), Phase::Concurrent);
    assert!(failure.to_string().ends_with("failed: one"), "{failure}");

    let report = send(2);
    assert_eq!((report.delivered(), report.failures().len()), (1, 1));
    assert!(matches!(report.failures()[0].kind(), FailureKind::Panic(_)));

    let veto = block_on(Checked { number: 1 }.try_send_async());
    assert_eq!(veto.unwrap_err().receiver().id(), failure.receiver().id());
    assert!(block_on(Checked { number: 3 }.try_send_async()).is_ok());
}

#[test]
fn a_dispatch_calls_the_closures_that_were_connected_when_it_started() {
    #[signal(async)]
    struct Ticked;

    #[receiver(signal = Ticked)]
    async fn waits(_: &Ticked) {
        yield_now().await;
    }

    let connection = Ticked::connect_async(async |_| yield_now().await);
    let mut sending = Box::pin(async { Ticked.send_async().await });
    assert!(poll_once(sending.as_mut()).is_pending());
    drop(connection);
    let _late = Ticked::connect_async(async |_| {});
    let _later = Ticked::connect_async(async |_| {});
    assert_eq!(block_on(sending).delivered(), 2);
    assert_eq!(block_on(async { Ticked.send_async().await }).delivered(), 3);
}

#[test]
fn a_cancelled_dispatch_drops_the_futures_of_its_closures() {
    #[signal(async)]
    struct Opened;

    let captured = Arc::new(());
    let connection = {
        let captured = Arc::clone(&captured);
        Opened::connect_async(async move |_| {
            assert!(Arc::strong_count(&captured) > 1);
            std::future::pending::<()>().await;
        })
    };
    let mut sending = Box::pin(async { Opened.send_async().await });
    assert!(poll_once(sending.as_mut()).is_pending());
    assert_eq!(Arc::strong_count(&captured), 3);
    drop(sending);
    assert_eq!(Arc::strong_count(&captured), 2);
    drop(connection);
    assert_eq!(Arc::strong_count(&captured), 1);
}

#[test]
fn a_scope_captures_the_signals_of_async_closures_and_mutes_them() {
    #[signal(async, owned)]
    struct Moved {
        to: u32,
    }

    #[receiver(signal = Moved, after_commit)]
    fn tell(_: &Moved) {}

    let _connection = Moved::connect_async(async |_| {});
    let scope = Scope::new();
    let moved = scope.capture::<Moved, _>(|event| event.to);
    let send = async { Moved { to: 7 }.send_async().await };
    assert_eq!(block_on(scope.run_async(send)).delivered(), 2);
    assert_eq!(moved.take(), [7]);

    let muted = Scope::new().mute_signal::<Moved>();
    let send = async { Moved { to: 7 }.send_async().await };
    let report = block_on(muted.run_async(send));
    assert_eq!((report.delivered(), report.skipped()), (0, 2));

    let transaction = Transaction::new();
    let send = async { Moved { to: 7 }.send_async().await };
    let report = block_on(transaction.run_async(send));
    assert_eq!((report.delivered(), report.deferred()), (1, 1));
}

#[test]
fn async_closures_reply() {
    #[signal(async, reply = Option<u32>)]
    struct Finding {
        number: u32,
    }

    #[receiver(signal = Finding)]
    async fn one(event: &Finding) -> Option<u32> {
        (event.number == 1).then_some(10)
    }

    let _two = Finding::connect_async(async |event| {
        yield_now().await;
        (event.number == 2).then_some(20)
    });
    let _any = Finding::connect_async(async |_| Some(30));
    let report = block_on(async { Finding { number: 2 }.send_async().await });
    let replies: Vec<_> = report.replies().map(|(_, reply)| *reply).collect();
    assert_eq!(replies, [None, Some(20), Some(30)]);

    for (number, value, unasked) in [(1, 10, 2), (2, 20, 1), (3, 30, 0)] {
        let answer = block_on(async { Finding { number }.ask_async().await });
        assert_eq!(
            (answer.value(), answer.unasked().len()),
            (Some(&value), unasked)
        );
    }
}

#[test]
fn with_a_borrowed_reply_type_async_closures_return_no_reply() {
    #[signal(async, reply = &'a str)]
    struct Naming<'a> {
        name: &'a str,
        other: &'a str,
    }

    #[receiver(signal = Naming)]
    async fn first<'a>(event: &Naming<'a>) -> &'a str {
        event.name
    }

    let _listens = Naming::connect_async(async |event| {
        yield_now().await;
        assert_eq!(event.other, "b");
    });
    let _fails = Naming::connect_async(async |_| Err::<(), _>("on purpose"));
    let (name, other) = ("a", "b");
    let report = block_on(async { Naming { name, other }.send_async().await });
    let replies: Vec<_> = report.replies().map(|(_, reply)| *reply).collect();
    assert_eq!(replies, ["a"]);
    assert_eq!((report.delivered(), report.failures().len()), (2, 1));
}

#[test]
fn a_closure_connected_during_a_dispatch_is_called_from_the_next_one_on() {
    #[signal(async)]
    struct Opened<'a> {
        connections: &'a Mutex<Vec<Connection>>,
    }

    #[receiver(signal = Opened)]
    fn connect_one(event: &Opened<'_>) {
        let connection = Opened::connect_async(async |_: &Opened<'_>| {});
        event.connections.lock().unwrap().push(connection);
    }

    let connections = Mutex::default();
    let opened = Opened {
        connections: &connections,
    };
    assert_eq!(block_on(opened.send_async()).delivered(), 1);
    assert_eq!(block_on(opened.send_async()).delivered(), 2);
}

#[test]
fn receivers_asked_after_the_first_poll_run_in_its_scope() {
    #[signal(async, reply = Option<u32>)]
    struct Asking;

    #[receiver(signal = Asking)]
    async fn a_has_no_answer(_: &Asking) -> Option<u32> {
        yield_now().await;
        None
    }

    #[receiver(signal = Asking)]
    async fn b_has_one(_: &Asking) -> Option<u32> {
        Noted.send();
        Some(7)
    }

    #[signal]
    struct Noted;

    let scope = Scope::new();
    let noted = scope.capture::<Noted, _>(|_| ());
    let mut asking = Box::pin(Asking.ask_async());
    assert!(scope.run(|| poll_once(asking.as_mut())).is_pending());
    assert_eq!(block_on(asking).into_value(), Some(7));
    assert_eq!(noted.take().len(), 1);
}
