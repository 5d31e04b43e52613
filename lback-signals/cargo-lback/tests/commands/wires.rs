//! Signals and receivers with each option.

use lback_signals::durable::Delivery;
use lback_signals::{Res, SentBy, receiver, signal};

pub(super) struct Log;
pub(super) trait Mailer: Send + Sync {}
pub(super) struct Generic<T>(T);

/// A signal with types of many forms.
#[signal(name = "wires.all-kinds", owned)]
pub(super) struct AllKinds<'a> {
    #[sender]
    pub(super) order: &'a Order,
    pub(super) list: Vec<(u8, [u16; 2])>,
    pub(super) call: fn(u8, u16) -> u32,
}

#[derive(Clone)]
pub(super) struct Order;

#[signal(reply = Vec<(u8, [u16; 2])>)]
pub(super) struct Asked;

#[signal(async)]
pub(super) struct Awaited;

#[signal(durable(name = "wires.kept", version = 2, was("wires.held"), keep = "7d"))]
pub(super) struct Kept {
    #[key]
    pub(super) order: u64,
}

#[receiver(signal = Asked)]
fn answer(_: &Asked) -> Vec<(u8, [u16; 2])> {
    Vec::new()
}

#[receiver(signal = Awaited, after(settled))]
async fn awaited(_: &Awaited) {}

#[receiver(signal = Awaited)]
fn settled(_: &Awaited) {}

#[receiver(signal = AllKinds, last)]
fn at_last(_: &AllKinds<'_>, _: Res<'_, Log>, _: Option<Res<'_, Generic<Vec<Log>>>>) {}

#[receiver(signal = AllKinds, first, before(mail::dispatch, at_last))]
fn at_first(_: &AllKinds<'_>, _: SentBy<'_, Order>) {}

#[receiver(signal = AllKinds, after(mail::dispatch))]
fn r#yield(_: &AllKinds<'_>) {}

#[receiver(signal = AllKinds, after_commit, after(crate::wires::mail::committed))]
fn committed(_: &AllKinds<'_>) {}

#[receiver(signal = AllKinds, after_rollback, background)]
fn undone(_: &AllKinds<'_>) {}

#[receiver(signal = AllKinds, background, before(in_background_too))]
async fn in_the_background(_: &AllKinds<'_>, _: Res<'_, dyn Mailer>) {}

#[receiver(signal = AllKinds, background)]
fn in_background_too(_: &AllKinds<'_>) {}

#[receiver(signal = Kept, durable(name = "wires.keep", was("keep"), attempts = 3, order = key))]
async fn keep(_: &Kept, _: Delivery<'_>) {}

lback_signals::retire!("wires.removed");

pub(super) mod mail {
    use super::AllKinds;
    use lback_signals::receiver;

    #[receiver(signal = AllKinds, after(super::at_first))]
    pub(super) fn dispatch(_: &AllKinds<'_>) {}

    #[receiver(signal = AllKinds, after_commit, background)]
    pub(super) fn committed(_: &AllKinds<'_>) {}
}
