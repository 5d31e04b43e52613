//! A required signal is found by its receiver wherever it stands and by whatever name.
#![forbid(unsafe_code)]
#![deny(warnings)]

use lback_signals::{Signal, receiver, signal, wiring};

mod orders {
    use lback_signals::signal;

    #[signal(required)]
    pub struct Created<'a> {
        #[sender]
        pub number: &'a u32,
    }
}

mod parcels {
    use lback_signals::signal;

    #[signal(required)]
    pub(crate) struct Created;

    pub(super) mod deep {
        use lback_signals::{Report, Signal, receiver, signal};

        #[signal(required, reply = u8)]
        struct Weighed;

        #[receiver(signal = Weighed, fulfills)]
        fn weigh(_: &Weighed) -> u8 {
            7
        }

        pub(crate) fn send() -> Report<u8> {
            Weighed.send()
        }
    }
}

use orders::Created as OrderCreated;
use parcels::Created;

#[receiver(signal = OrderCreated, fulfills)]
fn create(event: &OrderCreated<'_>) {
    assert_eq!(*event.number, 7);
}

#[receiver(signal = self::Created, fulfills)]
fn wrap(_: &Created) {}

#[allow(non_camel_case_types)]
#[signal(required)]
struct r#match;

#[receiver(signal = r#match, fulfills, crate = ::lback_signals)]
fn r#loop(_: &r#match) {}

macro_rules! declare {
    ($name:ident, $receiver:ident) => {
        #[signal(required)]
        struct $name;

        #[receiver(signal = $name, fulfills)]
        fn $receiver(_: &$name) {}
    };
}

declare!(FromAMacro, on_it);

fn main() {
    #[signal(required)]
    struct Local;

    #[receiver(signal = Local, fulfills)]
    fn on_local(_: &Local) {}

    assert_eq!(OrderCreated { number: &7 }.send().delivered(), 1);
    assert_eq!(Created.send().delivered(), 1);
    assert_eq!(parcels::deep::send().delivered(), 1);
    assert_eq!(r#match.send().delivered(), 1);
    assert_eq!(FromAMacro.send().delivered(), 1);
    assert_eq!(Local.send().delivered(), 1);
    assert!(wiring().check().is_ok());
}
