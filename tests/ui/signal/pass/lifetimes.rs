#![forbid(unsafe_code)]
#![deny(warnings)]

use std::borrow::Cow;
use std::cell::Cell;

use lback_signals::{Signal, receiver, signal};

#[signal]
struct None_;

#[signal]
struct Nothing {}

#[signal]
struct One<'a> {
    calls: &'a Cell<u32>,
}

#[signal]
struct Two<'a, 'b> {
    calls: &'a Cell<u32>,
    text: Cow<'b, str>,
}

#[signal]
struct Bounded<'a, 'b: 'a> {
    calls: &'a Cell<u32>,
    texts: &'a [&'b str],
}

#[signal]
struct WithAWhereClause<'a, 'b>
where
    'b: 'a,
    &'a str: Sized,
{
    parts: &'a [&'b Cell<u32>],
}

#[signal]
struct Invariant<'a> {
    name: Cell<&'a str>,
}

#[receiver(signal = Invariant)]
fn on_invariant(event: &Invariant<'_>) {
    event.name.set("received");
}

#[receiver(signal = None_)]
fn on_none(_: &None_) {}

#[receiver(signal = Nothing)]
fn on_nothing(_: &Nothing) {}

#[receiver(signal = One)]
fn on_one(event: &One<'_>) {
    event.calls.set(event.calls.get() + 1);
}

#[receiver(signal = Two)]
fn on_two<'a>(event: &'a Two<'_, 'a>) {
    event.calls.set(event.calls.get() + event.text.len() as u32);
}

#[receiver(signal = Bounded)]
fn on_bounded<'a, 'b: 'a>(event: &'a Bounded<'a, 'b>) {
    event.calls.set(event.calls.get() + event.texts.len() as u32);
}

#[receiver(signal = WithAWhereClause)]
fn on_where<'x, 'a, 'b>(event: &'x WithAWhereClause<'a, 'b>)
where
    'b: 'a,
{
    event.parts[0].set(7);
}

fn main() {
    assert_eq!(None_.send().delivered(), 1);
    assert_eq!(None_::info().name(), "none_");
    assert_eq!(Nothing {}.send().delivered(), 1);

    let calls = Cell::new(0);
    One { calls: &calls }.send();
    assert_eq!(calls.get(), 1);
    let text = String::from("four");
    Two {
        calls: &calls,
        text: Cow::Borrowed(&text),
    }
    .send();
    assert_eq!(calls.get(), 5);
    WithAWhereClause { parts: &[&calls] }.send();
    assert_eq!(calls.get(), 7);

    Bounded {
        calls: &calls,
        texts: &[&text],
    }
    .send();
    assert_eq!(calls.get(), 8);

    // One may be of any kind.
    let renamed = Invariant {
        name: Cell::new(&text),
    };
    renamed.send();
    assert_eq!(renamed.name.get(), "received");
}
