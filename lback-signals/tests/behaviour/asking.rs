//! Signals whose receivers are asked until one replies.

use std::any::Any;
use std::sync::Mutex;

use lback_signals::{
    Answer, AsyncSignal, FailureKind, Res, Scope, SenderAs, SentBy, Signal, receiver, signal,
};

/// The receivers that were called: a resource of a test's scope.
#[derive(Default)]
struct Asked(Mutex<Vec<&'static str>>);

impl Asked {
    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

trait Find: Any {}
impl Find for Key {}
impl Find for String {}

impl<T: Find> SenderAs<T> for dyn Find {
    fn sender_as(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }
}

enum Key {
    Number(u32),
    Text,
}

#[signal(reply = Option<u32>)]
struct FindingPrice<'a> {
    #[sender]
    key: &'a dyn Find,
    text: &'a str,
}

#[receiver(signal = FindingPrice, first)]
fn a_cache(event: &FindingPrice<'_>, asked: Option<Res<'_, Asked>>) -> Option<u32> {
    note("cache", asked);
    (event.text == "cached").then_some(1)
}

#[receiver(signal = FindingPrice)]
fn b_database(
    event: &FindingPrice<'_>,
    asked: Option<Res<'_, Asked>>,
) -> Result<Option<u32>, &'static str> {
    note("database", asked);
    match event.text {
        "stored" => Ok(Some(2)),
        "broken" => Err("no connection"),
        "panics" => panic!("on purpose"),
        _ => Ok(None),
    }
}

#[receiver(signal = FindingPrice)]
fn c_by_key(
    key: SentBy<'_, Key>,
    event: &FindingPrice<'_>,
    asked: Option<Res<'_, Asked>>,
) -> Option<u32> {
    note("key", asked);
    match *key {
        Key::Number(number) if event.text != "nothing" => Some(number),
        _ => None,
    }
}

#[receiver(signal = FindingPrice, last)]
fn d_default(event: &FindingPrice<'_>, asked: Option<Res<'_, Asked>>) -> Option<u32> {
    note("default", asked);
    (event.text != "nothing").then_some(4)
}

fn note(receiver: &'static str, asked: Option<Res<'_, Asked>>) {
    if let Some(asked) = asked {
        asked.0.lock().unwrap().push(receiver);
    }
}

fn ask(text: &str) -> Answer<u32> {
    FindingPrice {
        key: &Key::Number(3),
        text,
    }
    .ask()
}

fn names(answer: &Answer<u32>) -> Vec<&'static str> {
    answer.unasked().iter().map(|it| it.name()).collect()
}

/// Runs the test on the fast path, without a scope, and on the slow path, with one.
fn on_both_paths(test: impl Fn()) {
    test();
    Scope::new().run(test);
}

#[test]
fn the_first_answer_ends_the_dispatch() {
    on_both_paths(|| {
        let answer = ask("cached");
        assert_eq!(answer.value(), Some(&1));
        assert_eq!(answer.receiver().unwrap().name(), "a_cache");
        assert_eq!(names(&answer), ["b_database", "c_by_key", "d_default"]);
        assert_eq!((answer.delivered(), answer.is_ok()), (1, true));

        let answer = ask("stored");
        assert_eq!(answer.receiver().unwrap().name(), "b_database");
        assert_eq!(names(&answer), ["c_by_key", "d_default"]);
        assert_eq!(answer.delivered(), 2);
        assert_eq!(answer.into_value(), Some(2));
    });
}

#[test]
fn receivers_after_the_answer_are_not_called() {
    let asked = std::sync::Arc::new(Asked::default());
    Scope::new().provide_dyn(asked.clone()).run(|| {
        let _ = ask("stored");
        assert_eq!(asked.take(), ["cache", "database"]);
        let _ = ask("nothing");
        assert_eq!(asked.take(), ["cache", "database", "key", "default"]);
    });
}

#[test]
fn without_an_answer_all_receivers_are_asked() {
    on_both_paths(|| {
        let answer = ask("nothing");
        assert_eq!((answer.value(), answer.delivered()), (None, 4));
        assert!(answer.receiver().is_none() && answer.unasked().is_empty() && answer.is_ok());
        assert_eq!(answer.into_value(), None);
    });
}

#[test]
fn after_a_failure_the_next_receiver_is_asked() {
    on_both_paths(|| {
        for (text, is_panic) in [("broken", false), ("panics", true)] {
            let answer = ask(text);
            assert_eq!(answer.value(), Some(&3));
            let [failure] = answer.failures() else {
                panic!("{answer:?}");
            };
            assert_eq!(failure.receiver().name(), "b_database");
            assert_eq!(matches!(failure.kind(), FailureKind::Panic(_)), is_panic);
            assert_eq!((answer.delivered(), answer.is_ok()), (2, false));
            assert_eq!(names(&answer), ["d_default"]);
        }
    });
}

#[test]
fn after_a_skipped_receiver_the_next_one_is_asked() {
    on_both_paths(|| {
        let (key, text) = (&String::new(), "elsewhere");
        let answer = FindingPrice { key, text }.ask();
        assert_eq!((answer.value(), answer.skipped()), (Some(&4), 1));
    });
    let answer = FindingPrice {
        key: &Key::Text,
        text: "elsewhere",
    }
    .ask();
    assert_eq!((answer.value(), answer.skipped()), (Some(&4), 0));
}

#[test]
fn a_muted_receiver_is_neither_asked_nor_listed_as_unasked() {
    let scope = Scope::new().mute(a_cache).mute(c_by_key);
    scope.run(|| {
        let answer = ask("cached");
        assert_eq!((answer.value(), answer.skipped()), (Some(&4), 2));
        let answer = ask("stored");
        assert_eq!(names(&answer), ["d_default"]);
    });
}

#[test]
fn a_capture_records_the_signal_and_does_not_answer() {
    let scope = Scope::new();
    let captured = scope.capture::<FindingPrice<'_>, _>(|event| event.text.to_owned());
    let answer = scope.run(|| ask("cached"));
    assert_eq!(answer.receiver().unwrap().name(), "a_cache");
    assert_eq!(captured.take(), ["cached"]);
}

#[test]
fn send_collects_the_replies_of_all_receivers() {
    let report = FindingPrice {
        key: &Key::Number(3),
        text: "cached",
    }
    .send();
    let replies: Vec<_> = report.replies().map(|(_, reply)| *reply).collect();
    assert_eq!(replies, [Some(1), None, Some(3), Some(4)]);
}

#[test]
fn closures_are_asked_after_receivers() {
    #[signal(reply = Option<String>)]
    struct Naming {
        number: u32,
    }

    #[receiver(signal = Naming)]
    fn one(event: &Naming) -> Option<String> {
        (event.number == 1).then(|| "one".to_owned())
    }

    let _two = Naming::connect(|event| (event.number == 2).then(|| "two".to_owned()));
    let _any = Naming::connect(|_| Some("many".to_owned()));
    on_both_paths(|| {
        for (number, name, unasked) in [(1, "one", 2), (2, "two", 1), (3, "many", 0)] {
            let answer = Naming { number }.ask();
            assert_eq!(answer.unasked().len(), unasked);
            assert_eq!(answer.into_value().as_deref(), Some(name));
        }
    });
}

#[test]
fn a_receiver_stopped_at_the_recursion_limit_has_not_answered() {
    #[signal(reply = Option<u32>)]
    struct Asking;

    #[receiver(signal = Asking)]
    fn asks(_: &Asking) -> Option<u32> {
        Asking.ask().into_value().or(Some(1))
    }

    #[receiver(signal = Asking, after(asks))]
    fn is_never_asked(_: &Asking) -> Option<u32> {
        unreachable!()
    }

    on_both_paths(|| {
        let answer = Asking.ask();
        assert_eq!((answer.value(), answer.unasked().len()), (None, 0));
        let kind = answer.failures()[0].kind();
        assert!(matches!(kind, FailureKind::Recursion(_)));
    });
}

#[signal(async, reply = Option<u32>)]
struct Fetching<'a> {
    text: &'a str,
}

#[receiver(signal = Fetching)]
fn from_memory(event: &Fetching<'_>) -> Option<u32> {
    (event.text == "memory").then_some(1)
}

#[receiver(signal = Fetching)]
async fn a_from_disk(event: &Fetching<'_>) -> Result<Option<u32>, &'static str> {
    yield_now().await;
    match event.text {
        "disk" => Ok(Some(2)),
        "broken" => Err("no disk"),
        "panics" => panic!("on purpose"),
        _ => Ok(None),
    }
}

#[receiver(signal = Fetching)]
async fn b_from_network(event: &Fetching<'_>, asked: Option<Res<'_, Asked>>) -> Option<u32> {
    note("network", asked);
    yield_now().await;
    (event.text != "nothing").then_some(3)
}

async fn yield_now() {
    let mut is_ready = false;
    std::future::poll_fn(|task| {
        task.waker().wake_by_ref();
        if std::mem::replace(&mut is_ready, true) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}

fn fetch(text: &str) -> Answer<u32> {
    pollster::block_on(async { Fetching { text }.ask_async().await })
}

#[test]
fn async_receivers_are_asked_one_after_another() {
    let asked = std::sync::Arc::new(Asked::default());
    Scope::new().provide_dyn(asked.clone()).run(|| {
        assert_eq!(names(&fetch("memory")), ["a_from_disk", "b_from_network"]);
        let answer = fetch("disk");
        assert_eq!((answer.value(), answer.delivered()), (Some(&2), 2));
        assert_eq!(names(&answer), ["b_from_network"]);
        assert!(asked.take().is_empty());

        let answer = fetch("network");
        assert_eq!((answer.value(), answer.delivered()), (Some(&3), 3));
        assert_eq!(asked.take(), ["network"]);
        for text in ["broken", "panics"] {
            let answer = fetch(text);
            assert_eq!((answer.value(), answer.failures().len()), (Some(&3), 1));
        }
        let answer = fetch("nothing");
        assert_eq!((answer.value(), answer.delivered()), (None, 3));
    });
    Scope::new().mute(b_from_network).run(|| {
        assert!(fetch("disk").unasked().is_empty());
        assert_eq!(fetch("network").skipped(), 1);
    });
}
