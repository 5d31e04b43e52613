//! Signals with 0, 1, 10 and 100 receivers, and the same functions as a table and for other crates.

use std::cell::Cell;

use lback_signals::{Signal as _, receiver, signal};
#[cfg(feature = "peers")]
use {
    bevy_ecs::{event::Event as BevyEvent, observer::On, world::World},
    jaeb::EventBus,
    signals2::{Connect1, Signal as Signals2},
};

macro_rules! receivers {
    ($module:ident: $($name:ident)*) => {
        pub(crate) mod $module {
            use super::*;

            #[signal]
            #[cfg_attr(feature = "peers", derive(Clone, BevyEvent))]
            pub(crate) struct Added {
                #[allow(dead_code, reason = "the one without receivers")]
                pub(crate) amount: u64,
            }

            $(
                #[receiver(signal = Added)]
                fn $name(event: &Added) {
                    thread_local! { static TOTAL: Cell<u64> = const { Cell::new(0) } }
                    TOTAL.set(TOTAL.get().wrapping_add(event.amount));
                }
            )*

            /// Has no receivers except those that `connect` connects.
            #[signal]
            pub(crate) struct Connected {
                #[allow(dead_code, reason = "the one without receivers")]
                pub(crate) amount: u64,
            }

            #[allow(dead_code, reason = "the one without receivers")]
            pub(crate) fn connect() {
                $(
                    let call = |event: &Connected| {
                        let amount = event.amount;
                        $name(&Added { amount });
                    };
                    Connected::connect(call).leak();
                )*
            }

            const NAMES: &[&str] = &[$(stringify!($name)),*];

            pub(crate) static TABLE: [fn(&Added); NAMES.len()] = [$($name),*];

            #[cfg(feature = "peers")]
            #[allow(unused_mut, reason = "the one without receivers")]
            pub(crate) fn bevy_world() -> World {
                let mut world = World::new();
                $(world.add_observer(|event: On<'_, '_, Added>| $name(&event));)*
                world.flush();
                world
            }

            #[cfg(feature = "peers")]
            pub(crate) fn signals2() -> Signals2<(Added,)> {
                let signal = Signals2::new();
                $(signal.connect(|event: Added| $name(&event));)*
                signal
            }

            #[cfg(feature = "peers")]
            /// With synchronous handlers, which `publish` calls before it returns.
            pub(crate) fn jaeb_bus() -> EventBus {
                pollster::block_on(async {
                    let bus = EventBus::builder().build().await.expect("the default settings are valid");
                    $(
                        let handler = |event: &Added, _: &EventBus| {
                            $name(event);
                            Ok(())
                        };
                        let subscription = bus.subscribe::<Added, _, _>(handler).await;
                        drop(subscription.expect("the bus runs"));
                    )*
                    bus
                })
            }
        }
    };
}

receivers!(none:);
receivers!(one: a);
receivers!(ten: a b c d e f g h i j);
receivers!(hundred:
    a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9
    c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 d0 d1 d2 d3 d4 d5 d6 d7 d8 d9
    e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 f0 f1 f2 f3 f4 f5 f6 f7 f8 f9
    g0 g1 g2 g3 g4 g5 g6 g7 g8 g9 h0 h1 h2 h3 h4 h5 h6 h7 h8 h9
    i0 i1 i2 i3 i4 i5 i6 i7 i8 i9 j0 j1 j2 j3 j4 j5 j6 j7 j8 j9);
