#![forbid(unsafe_code)]
#![deny(warnings)]

//! A receiver that is configured out is not there, and one that is not, is.

use lback_signals::{Context, FromSignal, Rejection, Signal, receiver, signal};

#[signal]
struct OrderPaid;

struct Extra;

impl FromSignal<'_, OrderPaid> for Extra {
    fn from_signal(_: &OrderPaid, _: &Context) -> Result<Self, Rejection> {
        Ok(Extra)
    }
}

#[cfg(any())]
#[receiver(signal = NoSuchSignal)]
fn above(_: &NoSuchSignal) {}

#[receiver(signal = NoSuchSignal)]
#[cfg(any())]
fn below(_: &NoSuchSignal) {}

#[receiver(signal = NoSuchSignal)]
#[cfg_attr(all(), cfg(any()))]
fn by_cfg_attr(_: &NoSuchSignal) {}

#[receiver(signal = NoSuchSignal)]
#[cfg_attr(all(), doc = "two at once", cfg_attr(all(), cfg(any())))]
fn deeper(_: &NoSuchSignal) {}

#[receiver(signal = OrderPaid)]
#[cfg(all())]
#[cfg(any())]
fn one_of_two(_: &NoSuchSignal) {}

#[cfg(test)]
mod tests {
    #[lback_signals::receiver(signal = super::OrderPaid)]
    fn only_in_tests(_: &super::OrderPaid) {}
}

#[cfg(all())]
#[receiver(signal = OrderPaid)]
fn a(_: &OrderPaid) {}

#[receiver(signal = OrderPaid)]
#[cfg(all())]
fn b(_: &OrderPaid) {}

#[receiver(signal = OrderPaid)]
#[cfg_attr(any(), cfg(any()))]
#[cfg_attr(all(), cfg(all()), doc = "here")]
fn c(_: &OrderPaid) {}

#[cfg_attr(all(), receiver(signal = OrderPaid))]
fn d(_: &OrderPaid) {}

#[receiver(signal = OrderPaid)]
fn e(
    _: &OrderPaid,
    #[cfg(any())] never: NoSuchType,
    #[cfg(all())] _: Extra,
    #[cfg_attr(all(), cfg(any()))] never_either: NoSuchType,
) {
}

#[cfg_attr(any(), receiver(signal = OrderPaid))]
#[expect(dead_code)]
fn not_a_receiver(_: &OrderPaid) {}

fn main() {
    let names: Vec<_> = OrderPaid::info()
        .receivers()
        .iter()
        .map(|it| it.name())
        .collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    assert_eq!(OrderPaid.send().delivered(), 5);
}
