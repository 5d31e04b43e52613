//! Receivers that `send` calls.

use std::hint::black_box;

use lback_signals::{Scope, Signal};
#[cfg(feature = "peers")]
use signals2::Emit1;

use crate::harness::{Group, time};
use crate::receivers::{hundred, none, one, ten};

macro_rules! group {
    ($module:ident, $receivers:literal, $name:literal) => {{
        use $module::{Added, TABLE};

        fn event() -> Added {
            let amount = black_box(1);
            Added { amount }
        }

        let scope = Scope::new().provide(Tariff);
        assert_eq!(event().send().delivered(), $receivers);
        let group = Group::new($name)
            .add("table", || {
                let event = event();
                let table: &[fn(&Added)] = black_box(&TABLE);
                for receiver in table {
                    receiver(&event);
                }
            })
            .add("send, report dropped", || drop(event().send()))
            .add("send, report read", || event().send().is_ok())
            .add_batches("send in a scope", move |calls| {
                scope.run(|| time(calls, &mut || drop(event().send())))
            });
        #[cfg(feature = "peers")]
        let group = {
            let mut world = $module::bevy_world();
            let signals2 = $module::signals2();
            let bus = $module::jaeb_bus();
            group
                .add("bevy_ecs", move || world.trigger(event()))
                .add("signals2", move || signals2.emit(event()))
                .add_async("jaeb", async move || bus.publish(event()).await.is_ok())
        };
        group
    }};
}

pub(crate) fn groups() -> Vec<Group> {
    vec![
        group!(none, 0, "0 receivers"),
        group!(one, 1, "1 receiver"),
        group!(ten, 10, "10 receivers"),
        group!(hundred, 100, "100 receivers"),
    ]
}

/// A resource of the scope, which no receiver takes.
struct Tariff;
