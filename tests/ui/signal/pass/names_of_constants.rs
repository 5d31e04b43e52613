#![forbid(unsafe_code)]
#![deny(warnings)]
#![allow(non_upper_case_globals, non_camel_case_types, dead_code)]

//! A pattern that names a constant or a unit struct matches it: generated code has no such pattern.

use lback_signals::{Model, Res, SentBy, Signal, SyncSignal, receiver, signal};

macro_rules! unit_structs {
    ($($name:ident)*) => { $(struct $name;)* };
}

const operation: u8 = 0;
static ready: u8 = 0;

// As those that diesel's `table!` declares for its columns, and those that generated code once used.
unit_structs! {
    created id number article item order bytes path
    __signal __context __shim __closure __delivery __mode __id __needs __fields __kept __visit
    __field_0 __field_1 __parameter_0 __parameter_1 __probe __function __declaration
}

#[signal]
struct OrderPaid<'a> {
    #[sender]
    order: &'a u32,
}

#[signal(async)]
struct Published {}

#[signal(async, owned)]
struct Stored<'a> {
    path: &'a str,
    bytes: u64,
}

#[signal(owned)]
struct Kept<'a> {
    path: &'a str,
    bytes: u64,
}

#[signal(reply = u32)]
struct PriceAsked;

#[receiver(signal = OrderPaid)]
fn ship(_: Option<Res<'_, u32>>, _: SentBy<'_, u32>) {}

#[receiver(signal = [OrderPaid, ArticlePostSave])]
fn any<S: SyncSignal>(_: &S) {}

#[receiver(signal = PriceAsked)]
fn price(_: &PriceAsked) -> u32 {
    7
}

#[receiver(signal = Published)]
async fn publish(_: &Published) {}

#[receiver(signal = Stored, background)]
async fn index(_: &Stored<'_>) {}

#[receiver(signal = Kept, after_commit)]
fn archive(_: &Kept<'_>) {}

#[derive(Clone, Model)]
#[model(signals(pre_save, post_save, pre_delete, post_delete, owned), editable)]
struct Article {
    #[model(id)]
    number: Option<u32>,
}

fn main() {
    assert_eq!(OrderPaid { order: &7 }.send().delivered(), 2);
    assert_eq!(PriceAsked.send().replies().len(), 1);
    let kept = Kept { path: "/", bytes: 2 };
    assert_eq!(kept.send().delivered(), 1);
    let mut draft = Article { number: None };
    let saved = draft.create_with(|draft| {
        draft.number = Some(7);
        Ok::<(), ()>(())
    });
    assert!(saved.is_ok());
}
