#![forbid(unsafe_code)]
#![deny(warnings, rust_2018_idioms, single_use_lifetimes, unused_qualifications, unused_results)]
#![allow(explicit_outlives_requirements)]

//! Async signals of any shape, and code that sends them.

use std::borrow::Cow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use lback_signals::{
    AsyncSignal, Failure, Report, Signal, SyncSignal, Transaction, receiver, signal,
};

#[derive(Clone, Debug, PartialEq)]
struct Order {
    number: u32,
}

#[signal(async)]
struct Nothing;

#[signal(async)]
struct Braces {}

#[signal(async)]
struct One<'a> {
    calls: &'a AtomicU32,
}

#[signal(async)]
struct Two<'a, 'b> {
    #[sender]
    order: &'a Order,
    text: Cow<'b, str>,
}

#[signal(async)]
struct Bounded<'a, 'b: 'a> {
    texts: &'a [&'b str],
}

#[signal(async)]
struct Invariant<'a> {
    texts: &'a Mutex<Vec<&'a str>>,
}

/// An objection.
#[derive(Debug)]
#[signal(crate = ::lback_signals, name = "asked", reply = u32, async, required)]
struct Asked<'a> {
    #[sender]
    about: &'a (dyn std::fmt::Debug + Send + Sync),
}

#[signal(async, reply = Result<&'a str, String>)]
struct Borrowing<'a> {
    text: &'a str,
}

#[signal(async, owned)]
struct Kept<'a, 'b> {
    #[sender]
    order: &'a Order,
    text: &'b str,
    number: Option<u32>,
    #[cfg(any())]
    absent: Missing,
    #[cfg(all())]
    present: &'a [u8],
}

#[receiver(signal = Nothing)]
async fn on_nothing(_: &Nothing) {}

#[receiver(signal = Braces)]
async fn on_braces(_: &Braces) -> Result<(), &'static str> {
    Err("braces")
}

#[receiver(signal = One)]
async fn on_one(event: &One<'_>) {
    tokio::task::yield_now().await;
    let _ = event.calls.fetch_add(1, Ordering::Relaxed);
}

#[receiver(signal = One)]
fn on_one_at_once(event: &One<'_>) {
    assert_eq!(event.calls.fetch_add(10, Ordering::Relaxed), 0);
}

#[receiver(signal = Two)]
async fn on_two(event: &Two<'_, '_>) {
    assert_eq!((event.order.number, &*event.text), (7, "text"));
}

#[receiver(signal = Bounded)]
async fn on_bounded<'a, 'b>(event: &'a Bounded<'a, 'b>) {
    let texts: &'a [&'b str] = event.texts;
    assert_eq!(texts, ["a", "b"]);
}

#[receiver(signal = Invariant)]
async fn on_invariant(event: &Invariant<'_>) -> Result<(), String> {
    let mut texts = event.texts.lock().map_err(|error| error.to_string())?;
    texts.push("c");
    Ok(())
}

#[receiver(signal = Asked, fulfills)]
async fn on_asked(event: &Asked<'_>) -> u32 {
    tokio::task::yield_now().await;
    u32::from(format!("{:?}", event.about) == "Order { number: 7 }")
}

#[receiver(signal = Asked)]
async fn on_asked_too(_: &Asked<'_>) -> Result<u32, std::io::Error> {
    Ok(2)
}

#[receiver(signal = Asked)]
fn on_asked_at_once(_: &Asked<'_>) -> u32 {
    3
}

#[receiver(signal = Borrowing)]
async fn on_borrowing<'a>(event: &Borrowing<'a>) -> Result<&'a str, String> {
    Ok(event.text)
}

#[receiver(signal = Kept)]
async fn on_kept(event: &Kept<'_, '_>) {
    assert_eq!((event.order.number, event.text, event.number), (7, "text", None));
}

#[receiver(signal = Kept, after_commit)]
fn on_kept_later(event: &Kept<'_, '_>) {
    assert_eq!((event.order.number, event.text, event.present), (7, "text", &[1][..]));
}

#[receiver(signal = Kept, after_rollback)]
fn on_kept_not_at_all(_: &Kept<'_, '_>) {
    unreachable!("it commits");
}

async fn count<S: AsyncSignal>(event: &S) -> usize {
    event.send_async().await.delivered()
}

async fn count_strictly(event: &impl AsyncSignal) -> Result<usize, Failure> {
    event.try_send_async().await.map(|report| report.delivered())
}

/// The future of any signal is `Send`.
fn boxed<'f, S: AsyncSignal>(
    event: &'f S,
) -> std::pin::Pin<Box<dyn Future<Output = Report<S::Reply>> + Send + 'f>> {
    Box::pin(event.send_async())
}

#[signal]
struct NotAsync;

fn count_now(event: &impl SyncSignal) -> usize {
    event.send().delivered()
}

async fn run() {
    let order = &Order { number: 7 };
    assert_eq!(count(&Nothing).await, 1);
    assert_eq!(count(&Braces {}).await, 0);
    assert!(Braces {}.try_send_async().await.is_err());
    assert!(count_strictly(&Braces {}).await.is_err());
    assert_eq!(count_now(&NotAsync), 0);

    let calls = &AtomicU32::new(0);
    assert_eq!(boxed(&One { calls }).await.delivered(), 2);
    assert_eq!(calls.load(Ordering::Relaxed), 11);

    let text = String::from("text");
    let two = Two { order, text: Cow::Borrowed(&text) };
    assert_eq!(two.sender().number, 7);
    assert_eq!(two.send_async().await.delivered(), 1);
    let [a, b] = ["a", "b"].map(String::from);
    let texts = &[&*a, &*b];
    assert_eq!(count_strictly(&Bounded { texts }).await.ok(), Some(1));
    let texts = &Mutex::new(vec![&*a]);
    assert_eq!(count(&Invariant { texts }).await, 1);
    assert_eq!(texts.lock().map(|texts| texts.len()).ok(), Some(2));

    let asked = Asked { about: order };
    let report = asked.send_async().await;
    let replies: Vec<_> = report.replies().map(|(it, reply)| (it.name(), *reply)).collect();
    assert_eq!(replies, [("on_asked_at_once", 3), ("on_asked", 1), ("on_asked_too", 2)]);
    let report = Borrowing { text: &text }.send_async().await;
    let replies: Vec<_> = report.into_replies().map(|(_, reply)| reply).collect();
    assert_eq!(replies, [Ok("text")]);

    let transaction = Transaction::new();
    let report = transaction
        .run_async(async {
            let kept = Kept { order, text: &text, number: None, present: &[1] };
            kept.send_async().await
        })
        .await;
    assert_eq!((report.delivered(), report.deferred()), (1, 1));
    assert_eq!(transaction.commit().delivered(), 1);

    let connection = Nothing::connect(|_| Err::<(), _>("connected"));
    assert_eq!(Nothing.send_async().await.failures().len(), 1);
    drop(connection);
}

fn main() {
    tokio::runtime::Runtime::new().unwrap().block_on(run());
    // On any thread.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let spawned = runtime.spawn(async {
        let calls = AtomicU32::new(0);
        One { calls: &calls }.send_async().await.delivered()
    });
    assert_eq!(runtime.block_on(spawned).ok(), Some(2));
}
