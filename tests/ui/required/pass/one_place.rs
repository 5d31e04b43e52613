//! Signals that one macro declares are at one place, and of one name.

use lback_signals::{Signal, receiver, signal};

macro_rules! requests {
    ($($module:ident),*) => {
        $(
            mod $module {
                #[super::signal(required)]
                pub struct Due;
            }
        )*
    };
}

requests!(orders, returns);

#[receiver(signal = orders::Due, fulfills)]
fn ship(_: &orders::Due) {}

#[receiver(signal = returns::Due, fulfills)]
fn refund(_: &returns::Due) {}

fn main() {
    assert_eq!(orders::Due.send().delivered(), 1);
    assert_eq!(returns::Due.send().delivered(), 1);
}
