#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(warnings)]
#![allow(dead_code)]

//! Generated code uses no name of a prelude.

use ::lback_auth::{AuthUser, EmailVerification, Password};
use ::lback_signals::{Model, ModelSignal, Res, SentBy, Signal, SyncSignal, receiver, signal};
use ::std::clone::Clone;
use ::std::option::Option::{self, None};
use ::std::result::Result::{self, Ok};
use ::std::string::String;

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

#[signal(reply = u32)]
struct PriceAsked;

#[signal(required)]
struct InvoiceDue;

#[receiver(signal = OrderPaid, first, before(check))]
fn ship(_: SentBy<'_, u32>, _: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid)]
fn check(_: Option<Res<'_, u32>>, _: &OrderPaid<'_>) -> Result<(), String> {
    Ok(())
}

#[receiver(signal = [OrderPaid, ArticlePostSave])]
fn any<S: SyncSignal>(_: &S) {}

#[receiver(signal = PriceAsked)]
const fn price(_: &PriceAsked) -> u32 {
    7
}

#[receiver(signal = InvoiceDue, fulfills)]
fn write_invoice(_: &InvoiceDue) {}

#[receiver(signal = Published)]
async fn publish(_: &Published) {}

#[receiver(signal = Stored, background)]
async fn index(_: &Stored<'_>) {}

#[receiver(signal = Stored, after_commit)]
fn archive(_: &Stored<'_>) {}

#[derive(Clone, Model)]
#[model(signals(pre_save, post_save, pre_delete, post_delete, owned), editable)]
struct Article {
    #[model(id)]
    id: Option<u32>,
}

#[receiver(signal = [ArticlePreSave, ArticlePostDelete])]
fn audit<S: ModelSignal>(_: &S) {}

#[derive(Clone, AuthUser)]
struct Customer {
    #[auth(id)]
    id: u32,
    #[auth(username, email)]
    email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

fn main() {
    let report = OrderPaid { order: &7 }.send();
    ::std::assert_eq!(report.delivered(), 3);
    let connection = PriceAsked::connect(|_| 8);
    ::std::assert_eq!(PriceAsked.send().delivered(), 2);
    ::std::mem::drop(connection);
    let saved = Article { id: None }.create_with(|_| Ok::<(), ()>(()));
    ::std::assert!(saved.is_ok());
}
