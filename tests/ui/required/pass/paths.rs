#![forbid(unsafe_code)]
#![deny(warnings)]

//! A required signal is fulfilled by whatever path it is named.

use lback_signals::{Signal, receiver, signal};

mod shop {
    #[lback_signals::signal(required)]
    pub struct InvoiceDue<'a> {
        pub number: &'a u32,
    }

    #[lback_signals::signal(required)]
    pub(crate) struct ReminderDue;

    pub mod inner {
        #[lback_signals::signal(required)]
        pub struct ParcelDue;
    }

    pub use inner::ParcelDue as Parcel;
}

use shop::InvoiceDue as Due;

#[signal(required)]
struct r#Match;

#[receiver(signal = Due, fulfills)]
fn by_alias(event: &Due<'_>) {
    assert_eq!(*event.number, 7);
}

#[receiver(signal = self::shop::ReminderDue, fulfills)]
fn by_path(_: &shop::ReminderDue) {}

#[receiver(signal = crate::shop::Parcel, fulfills)]
fn by_re_export(_: &shop::Parcel) {}

#[receiver(signal = r#Match, fulfills)]
fn r#match(_: &r#Match) {}

#[receiver(signal = Due)]
fn in_addition(_: &Due<'_>) {}

fn main() {
    #[signal(required)]
    struct LocalDue;

    #[receiver(signal = LocalDue, fulfills)]
    fn local(_: &LocalDue) {}

    assert_eq!(Due { number: &7 }.send().delivered(), 2);
    assert_eq!(shop::ReminderDue.send().delivered(), 1);
    assert_eq!(shop::Parcel.send().delivered(), 1);
    assert_eq!(r#Match.send().delivered(), 1);
    assert_eq!(LocalDue.send().delivered(), 1);
}
