#![forbid(unsafe_code)]
#![deny(warnings, deprecated, elided_lifetimes_in_paths, unused_qualifications)]
#![allow(dead_code)]

//! A lint that an item allows or expects holds for the generated code that repeats its types, and for the
//! paths in the macro's options.

use lback_auth::{AuthUser, EmailVerification, Password};
use lback_signals::{Model, Res, SentBy, Signal, receiver, signal};

#[deprecated]
#[derive(Clone, Debug)]
struct Old {
    number: u32,
}

#[deprecated]
type OldId = u32;

#[expect(deprecated, reason = "the sender is old")]
#[signal]
struct OldPaid<'a> {
    #[sender]
    order: &'a Old,
}

#[signal(owned)]
#[cfg_attr(all(), allow(deprecated))]
struct OldKept<'a> {
    #[sender]
    order: &'a Old,
    copy: Old,
}

#[signal(async, owned)]
struct OldAwaited<'a> {
    #[sender]
    #[allow(deprecated)]
    order: &'a Old,
    #[expect(deprecated)]
    copy: Old,
}

#[signal]
struct OldMoved {
    #[sender]
    #[cfg_attr(all(), expect(deprecated))]
    order: Old,
}

#[signal(reply = Old)]
#[expect(deprecated)]
struct OldAsked;

#[signal]
#[deprecated]
struct OldSignal;

#[signal(async)]
struct Published<'a> {
    path: &'a str,
}

#[receiver(signal = OldPaid)]
#[expect(deprecated)]
fn sent_by(_: SentBy<'_, Old>) {}

#[receiver(signal = OldPaid)]
#[cfg_attr(all(), expect(deprecated))]
fn resource(_: Res<'_, Old>) {}

#[receiver(signal = OldKept, after_commit)]
#[allow(deprecated)]
fn later(_: &OldKept<'_>, _: Option<Res<'_, Old>>) {}

#[receiver(signal = OldAwaited, background)]
#[expect(deprecated)]
async fn awaited(_: SentBy<'_, Old>) {}

#[receiver(signal = OldPaid)]
#[deprecated]
fn old_receiver(_: &OldPaid<'_>) {}

// These paths stand in the attribute only.
#[receiver(signal = OldPaid, after(old_receiver))]
#[expect(deprecated)]
fn after_an_old_receiver(_: &OldPaid<'_>) {}

#[receiver(signal = OldPaid, before(old_receiver))]
#[allow(deprecated)]
fn before_an_old_receiver(_: &OldPaid<'_>) {}

#[receiver(signal = OldSignal)]
#[cfg_attr(all(), expect(deprecated))]
fn of_an_old_signal<S: Signal>(_: &S) {}

#[receiver(signal = crate::OldPaid, after(crate::sent_by), crate = ::lback_signals)]
#[expect(unused_qualifications)]
fn qualified_options(_: &OldPaid<'_>) {}

#[receiver(signal = OldAsked)]
#[expect(deprecated)]
fn reply(_: &OldAsked) -> Old {
    Old { number: 7 }
}

#[receiver(signal = OldPaid)]
#[expect(elided_lifetimes_in_paths)]
fn hidden_lifetime(_: &OldPaid) {}

#[receiver(signal = Published)]
#[expect(unused_qualifications)]
async fn qualified_and_awaited(_: &crate::Published<'_>) {}

#[receiver(signal = OldPaid)]
#[allow(deprecated, elided_lifetimes_in_paths)]
fn hidden_lifetime_of_an_extractor(_: SentBy<Old>) {}

#[receiver(signal = OldPaid)]
#[expect(unused_qualifications)]
fn qualified(_: &crate::OldPaid<'_>) -> std::result::Result<(), String> {
    Ok(())
}

#[derive(Clone, Model)]
#[model(signals(pre_save, post_save, owned), editable)]
#[expect(deprecated)]
struct Article {
    #[model(id)]
    id: OldId,
}

#[derive(Model)]
#[expect(unused_qualifications)]
struct Comment {
    #[model(id)]
    id: std::option::Option<u32>,
}

#[derive(Clone, AuthUser)]
#[model(signals(pre_save))]
#[expect(deprecated, unused_qualifications)]
struct Customer {
    #[auth(id)]
    id: OldId,
    #[auth(username, email)]
    email: std::string::String,
    #[auth(password)]
    password: lback_auth::Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
}

fn main() {
    #[expect(deprecated)]
    let order = Old { number: 7 };
    let report = OldPaid { order: &order }.send();
    assert_eq!((report.delivered(), report.failures().len()), (8, 1));
    let _: Option<Password> = None;
}
