#![forbid(unsafe_code)]
#![deny(warnings)]

//! Replies of any type, borrowed ones too.

use std::borrow::Cow;

use lback_signals::{Signal, receiver, signal};

#[signal(reply = Option<&'a str>)]
struct NameAsked<'a> {
    name: &'a str,
}

#[signal(reply = (u32, Cow<'static, str>))]
struct PairAsked;

#[signal(reply = fn(&str) -> usize)]
struct MeasureAsked;

#[signal(reply = Box<dyn Fn(&u32) -> u32 + Send>)]
struct SumAsked;

#[signal(reply = Result<u32, String>)]
struct OutcomeAsked;

#[receiver(signal = NameAsked)]
fn name<'a>(event: &NameAsked<'a>) -> Option<&'a str> {
    Some(event.name)
}

#[receiver(signal = PairAsked)]
fn pair(_: &PairAsked) -> Result<(u32, Cow<'static, str>), std::fmt::Error> {
    Ok((1, "one".into()))
}

#[receiver(signal = MeasureAsked)]
fn measure(_: &MeasureAsked) -> fn(&str) -> usize {
    str::len
}

#[receiver(signal = SumAsked)]
fn sum(_: &SumAsked) -> Box<dyn Fn(&u32) -> u32 + Send> {
    Box::new(|number| number + 1)
}

#[receiver(signal = OutcomeAsked)]
fn outcome(_: &OutcomeAsked) -> Result<u32, String> {
    Err("an answer, and no failure".to_owned())
}

fn main() {
    let name = String::from("ada");
    let report = NameAsked { name: &name }.send();
    let replies: Vec<_> = report.replies().map(|(_, reply)| *reply).collect();
    assert_eq!(replies, [Some("ada")]);
    assert_eq!(PairAsked.send().replies().next().unwrap().1.1, "one");
    assert_eq!((MeasureAsked.send().replies().next().unwrap().1)("four"), 4);
    assert_eq!((SumAsked.send().replies().next().unwrap().1)(&1), 2);
    assert!(OutcomeAsked.send().is_ok());
}
