//! Connected closures.

use std::cell::Cell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use lback_signals::{Connection, FailureKind, Scope, Signal, receiver, signal};

/// The received signals, in order.
type Log = Arc<Mutex<Vec<String>>>;

fn write(log: &Log, line: &str) {
    log.lock().unwrap().push(line.to_owned());
}

fn take(log: &Log) -> Vec<String> {
    std::mem::take(&mut log.lock().unwrap())
}

#[test]
fn closures_run_after_the_linked_receivers_in_order_of_connection() {
    #[signal]
    struct Saved<'a> {
        log: &'a Log,
        title: &'a str,
    }

    #[receiver(signal = Saved, last)]
    fn linked(event: &Saved<'_>) {
        write(event.log, "linked");
    }

    let log = Log::default();
    let save = || {
        Saved {
            log: &log,
            title: "on signals",
        }
        .send()
    };
    let connect = |name: &'static str| {
        Saved::connect(move |event| write(event.log, &format!("{name} {}", event.title)))
    };
    let first = connect("first");
    let second = connect("second");
    let third = connect("third");
    assert_eq!(save().delivered(), 4);
    let all = [
        "linked",
        "first on signals",
        "second on signals",
        "third on signals",
    ];
    assert_eq!(take(&log), all);

    drop(second);
    let second = connect("second");
    assert_eq!(save().delivered(), 4);
    let all = [
        "linked",
        "first on signals",
        "third on signals",
        "second on signals",
    ];
    assert_eq!(take(&log), all);

    drop((first, second, third));
    assert_eq!(save().delivered(), 1);
    assert_eq!(take(&log), ["linked"]);
}

#[test]
fn a_closure_is_dropped_with_its_connection_unless_it_is_leaked() {
    #[signal]
    struct Ticked;

    let captured = Arc::new(());
    let connect = || {
        let captured = Arc::clone(&captured);
        Ticked::connect(move |_| {
            let _ = &captured;
        })
    };
    let connection = connect();
    assert_eq!(Arc::strong_count(&captured), 2);
    drop(connection);
    assert_eq!(Arc::strong_count(&captured), 1);
    connect().leak();
    assert_eq!(Arc::strong_count(&captured), 2);
    assert_eq!(Ticked.send().delivered(), 1);
}

#[test]
fn a_closure_fails_like_a_receiver_and_its_id_is_its_call_site() {
    #[signal]
    struct Uploaded<'a> {
        path: &'a str,
    }

    let line = line!() + 1;
    let _picky = Uploaded::connect(|event| match event.path {
        "" => Err("no path"),
        "panic" => panic!("on purpose"),
        _ => Ok(()),
    });
    let _other = Uploaded::connect(|_| {});
    assert_eq!(Uploaded { path: "/a" }.send().delivered(), 2);

    let report = Uploaded { path: "" }.send();
    assert_eq!((report.delivered(), report.failures().len()), (1, 1));
    let receiver = report.failures()[0].receiver();
    let call_site = format!("{}:{line}:{}", file!(), 18);
    assert_eq!(receiver.id(), call_site);
    assert_eq!((receiver.file(), receiver.line()), (file!(), line));
    assert_eq!((receiver.name(), receiver.module()), (&*call_site, ""));
    assert_eq!(receiver.crate_name(), "");
    assert_eq!(receiver.signal().name(), "uploaded");
    assert_eq!(
        report.failures()[0].to_string(),
        format!("receiver `{call_site}` of `uploaded` failed: no path")
    );

    let report = Uploaded { path: "panic" }.send();
    assert_eq!(report.delivered(), 1);
    assert!(matches!(report.failures()[0].kind(), FailureKind::Panic(_)));

    let veto = Uploaded { path: "" }.try_send().unwrap_err();
    assert_eq!(veto.receiver().id(), call_site);
}

#[test]
fn closures_of_one_call_site_are_one_receiver() {
    #[signal]
    struct Ticked;

    let connect = || Ticked::connect(|_| Err("always"));
    let connections = [connect(), connect()];
    let report = Ticked.send();
    let [first, second] = report.failures() else {
        panic!("{report:?}");
    };
    assert_eq!(first.receiver(), second.receiver());
    drop(connections);
}

#[test]
fn a_closure_connected_during_a_dispatch_is_called_from_the_next_one_on() {
    #[signal]
    struct Grown<'a> {
        connections: &'a Mutex<Vec<Connection>>,
    }

    #[receiver(signal = Grown)]
    fn connect_one(event: &Grown<'_>) {
        let connection = Grown::connect(|_| {});
        event.connections.lock().unwrap().push(connection);
    }

    let connections = Mutex::default();
    let event = Grown {
        connections: &connections,
    };
    for delivered in 1..10 {
        assert_eq!(event.send().delivered(), delivered);
    }
    connections.lock().unwrap().clear();
    assert_eq!(event.send().delivered(), 1);
}

#[test]
fn a_closure_disconnected_during_a_dispatch_is_still_called_in_it() {
    #[signal]
    struct Shrunk;

    let held = Arc::new(Mutex::new(None));
    let calls = Arc::new(AtomicUsize::new(0));
    let _first = Shrunk::connect({
        let held = Arc::clone(&held);
        move |_| drop(held.lock().unwrap().take())
    });
    *held.lock().unwrap() = Some(Shrunk::connect({
        let calls = Arc::clone(&calls);
        move |_| {
            calls.fetch_add(1, Ordering::Relaxed);
        }
    }));
    assert_eq!(Shrunk.send().delivered(), 2);
    assert_eq!(Shrunk.send().delivered(), 1);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    // The dispatch that called it last has dropped it.
    assert_eq!(Arc::strong_count(&calls), 1);
}

#[test]
fn a_closure_may_disconnect_itself() {
    #[signal]
    struct Once;

    let connection_slot = Arc::new(Mutex::new(None::<Connection>));
    let connection = Once::connect({
        let connection_slot = Arc::clone(&connection_slot);
        move |_| drop(connection_slot.lock().unwrap().take())
    });
    *connection_slot.lock().unwrap() = Some(connection);
    assert_eq!(Once.send().delivered(), 1);
    assert_eq!(Once.send().delivered(), 0);
}

#[test]
fn a_closure_may_send_its_own_signal() {
    #[signal]
    struct Counted {
        left: u32,
    }

    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let connection = Counted::connect(move |event| {
        counter.fetch_add(1, Ordering::Relaxed);
        if let Some(left) = event.left.checked_sub(1) {
            assert!(Counted { left }.send().is_ok());
        }
    });
    assert!(Counted { left: 20 }.send().is_ok());
    assert_eq!(calls.load(Ordering::Relaxed), 21);
    let report = Counted { left: 100 }.send();
    assert!(matches!(
        report.failures()[0].kind(),
        FailureKind::Recursion(recursion) if recursion.chain().len() == 65
    ));
    drop(connection);
}

#[test]
fn scopes_mute_closures_and_capture_their_signals() {
    #[signal]
    struct Heard<'a> {
        by: &'a Cell<u32>,
    }

    #[receiver(signal = Heard)]
    fn linked(event: &Heard<'_>) {
        event.by.set(event.by.get() + 1);
    }

    let by = &Cell::new(0);
    let hear = || {
        let report = Heard { by }.send();
        (by.take(), report.delivered(), report.skipped())
    };
    let _connection = Heard::connect(|event| event.by.set(event.by.get() + 10));
    assert_eq!(hear(), (11, 2, 0));
    let scope = Scope::new();
    let heard = scope.capture::<Heard<'_>, _>(|event| event.by.get());
    assert_eq!(scope.run(hear), (11, 2, 0));
    assert_eq!(scope.mute(linked).run(hear), (10, 1, 1));
    assert_eq!(Scope::new().only(linked).run(hear), (1, 1, 1));
    assert_eq!(Scope::new().mute_signal::<Heard<'_>>().run(hear), (0, 0, 2));
    assert_eq!(heard.take(), [0, 0]);
}

#[test]
fn closures_reply_like_receivers() {
    #[signal(reply = u32)]
    struct Quoting {
        kilometres: u32,
    }

    #[receiver(signal = Quoting)]
    fn by_train(event: &Quoting) -> u32 {
        12 * event.kilometres
    }

    let _on_foot = Quoting::connect(|event| match event.kilometres {
        20.. => Err("too far"),
        _ => Ok(0),
    });
    let _by_boat = Quoting::connect(|event| 3 * event.kilometres);
    let replies_for = |kilometres| {
        let report = Quoting { kilometres }.send();
        report
            .replies()
            .map(|(_, cents)| *cents)
            .collect::<Vec<_>>()
    };
    assert_eq!(replies_for(10), [120, 0, 30]);
    assert_eq!(replies_for(100), [1_200, 300]);
    assert!(Quoting { kilometres: 100 }.try_send().is_err());
}

#[test]
fn with_a_borrowed_reply_type_closures_return_no_reply() {
    #[signal(reply = &'b str)]
    struct Named<'a, 'b> {
        first: &'a str,
        last: &'b str,
    }

    #[receiver(signal = Named)]
    fn last<'b>(event: &Named<'_, 'b>) -> &'b str {
        event.last
    }

    let _connection = Named::connect(|event| match event.first {
        "" => Err("nameless"),
        _ => Ok(()),
    });
    let last = "Lovelace".to_owned();
    let names = |first: &str| {
        let event = Named { first, last: &last };
        let report = event.send();
        let names: Vec<_> = report.into_replies().map(|(_, name)| name).collect();
        names
    };
    assert_eq!(names("Ada"), ["Lovelace"]);
    assert_eq!(names(""), ["Lovelace"]);
}

#[test]
fn a_closure_receives_signals_of_any_lifetime() {
    #[signal]
    struct Invariant<'a> {
        text: Cell<&'a str>,
    }

    #[signal]
    struct Several<'a, 'b: 'a> {
        one: &'a str,
        other: &'b [&'b str],
    }

    let _invariant = Invariant::connect(|event| event.text.set("heard"));
    let text = "unheard".to_owned();
    let event = Invariant {
        text: Cell::new(&text),
    };
    event.send();
    assert_eq!(event.text.get(), "heard");

    let lengths = Arc::new(AtomicUsize::new(0));
    let _several = Several::connect({
        let lengths = Arc::clone(&lengths);
        move |event| {
            let length = event.one.len() + event.other.len();
            lengths.fetch_add(length, Ordering::Relaxed);
        }
    });
    Several {
        one: &text,
        other: &["a", "b"],
    }
    .send();
    assert_eq!(lengths.load(Ordering::Relaxed), 9);
}

#[test]
fn panics_in_drops_of_closures_do_not_unwind_into_other_code() {
    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    #[signal]
    struct Poked;

    let bomb = PanicsWhenDropped;
    let connection = Poked::connect(move |_| {
        let _ = &bomb;
        Err(Box::<dyn Error + Send + Sync>::from("refused"))
    });
    assert_eq!(Poked.send().failures().len(), 1);
    // The panic reaches neither the thread that disconnects nor, during a dispatch, the sender.
    assert!(catch_unwind(AssertUnwindSafe(|| drop(connection))).is_ok());

    let held = Arc::new(Mutex::new(None::<Connection>));
    let _releases = Poked::connect({
        let held = Arc::clone(&held);
        move |_| drop(held.lock().unwrap().take())
    });
    let bomb = PanicsWhenDropped;
    *held.lock().unwrap() = Some(Poked::connect(move |_| {
        let _ = &bomb;
    }));
    assert_eq!(Poked.send().delivered(), 2);
    assert_eq!(Poked.send().delivered(), 1);
}

#[test]
fn a_closure_that_connects_when_it_is_dropped_does_not_deadlock() {
    struct ConnectsWhenDropped;

    impl Drop for ConnectsWhenDropped {
        fn drop(&mut self) {
            Chained::connect(|_| {}).leak();
        }
    }

    #[signal]
    struct Chained;

    let chained = ConnectsWhenDropped;
    drop(Chained::connect(move |_| {
        let _ = &chained;
    }));
    assert_eq!(Chained.send().delivered(), 1);
}

#[test]
fn the_debug_output_of_a_connection_has_its_signal_and_call_site() {
    #[signal]
    struct Ticked;

    let line = line!() + 1;
    let connection = Ticked::connect(|_| {});
    let shown = format!("{connection:?}");
    assert!(shown.contains("ticked") && shown.contains(&format!("{}:{line}:", file!())));
}

#[test]
fn the_cost_of_a_connection_does_not_depend_on_their_number() {
    #[signal]
    struct Ticked;

    let allocated = |number: usize| {
        let mut connections = Vec::with_capacity(number);
        let connect = || Ticked::connect(|_| {});
        connect().leak();
        let connected = allocation_counter::measure(|| {
            connections.extend(std::iter::repeat_with(connect).take(number));
        });
        assert!(Ticked.send().delivered() > number);
        let disconnected = allocation_counter::measure(|| connections.clear());
        assert_eq!(disconnected.bytes_total, 0);
        connected.bytes_total
    };
    let (once, twice) = (allocated(1_000), allocated(2_000));
    assert!(twice < 3 * once, "{once} and {twice} bytes");
    assert_eq!(Ticked.send().delivered(), 2);
}

/// A dropped closure may send the signal, connect to it and disconnect from it.
#[test]
fn no_lock_is_held_while_a_closure_is_dropped() {
    #[signal]
    struct Ticked;

    struct SendsWhenDropped(Arc<AtomicUsize>, Option<Connection>);

    impl Drop for SendsWhenDropped {
        fn drop(&mut self) {
            let connection = Ticked::connect(|_| {});
            self.0.store(Ticked.send().delivered(), Ordering::Relaxed);
            drop((connection, self.1.take()));
        }
    }

    let seen = Arc::new(AtomicUsize::new(0));
    let held = SendsWhenDropped(Arc::clone(&seen), Some(Ticked::connect(|_| {})));
    let connection = Ticked::connect(move |_| {
        let _ = &held;
    });
    assert_eq!(Ticked.send().delivered(), 2);
    drop(connection);
    assert_eq!(seen.load(Ordering::Relaxed), 2);
    assert_eq!(Ticked.send().delivered(), 0);
}
