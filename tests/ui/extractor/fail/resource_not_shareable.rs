#![allow(unused)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc::Receiver;

use lback_signals::{Res, receiver, signal};

trait Mailer {}

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn not_sync(_: &OrderPaid, total: Res<'_, Cell<u32>>) {}

#[receiver(signal = OrderPaid)]
fn neither_send_nor_sync(_: &OrderPaid, total: Res<'_, Rc<u32>>) {}

#[receiver(signal = OrderPaid)]
fn if_there_is_one(_: &OrderPaid, log: Option<Res<'_, RefCell<String>>>) {}

#[receiver(signal = OrderPaid)]
fn dyn_of_any_kind(_: &OrderPaid, mailer: Res<'_, dyn Mailer>) {}

fn main() {}
