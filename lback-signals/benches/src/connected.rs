//! Closures that are connected at run time, instead of linked receivers.

use std::hint::black_box;

use lback_signals::Signal;

use crate::harness::Group;
use crate::receivers::{hundred, one, ten};

macro_rules! group {
    ($module:ident, $closures:literal, $name:literal) => {{
        use $module::{Added, Connected, TABLE};

        let amount = || black_box(1);
        $module::connect();
        assert_eq!(Connected { amount: 1 }.send().delivered(), $closures);
        Group::new($name)
            .add("table", move || {
                let event = Added { amount: amount() };
                let table: &[fn(&Added)] = black_box(&TABLE);
                for receiver in table {
                    receiver(&event);
                }
            })
            .add("send, linked", move || {
                drop(Added { amount: amount() }.send())
            })
            .add("send, connected", move || {
                drop(Connected { amount: amount() }.send())
            })
    }};
}

pub(crate) fn groups() -> Vec<Group> {
    vec![
        group!(one, 1, "1 closure"),
        group!(ten, 10, "10 closures"),
        group!(hundred, 100, "100 closures"),
    ]
}
