//! Receivers that `send_async` awaits, beside boxed futures that are awaited by hand.

use std::cell::Cell;
use std::hint::black_box;
use std::pin::Pin;

use lback_signals::{AsyncSignal, receiver, signal};

use crate::harness::{Group, ready};

type Boxed<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

macro_rules! group {
    ($receivers:literal: $($name:ident)*) => {{
        type Start = for<'s> fn(&'s Added) -> Boxed<'s>;

        #[signal(async)]
        struct Added {
            #[allow(dead_code, reason = "the one without receivers")]
            amount: u64,
        }

        $(
            #[receiver(signal = Added)]
            async fn $name(event: &Added) {
                thread_local! { static TOTAL: Cell<u64> = const { Cell::new(0) } }
                TOTAL.set(TOTAL.get().wrapping_add(event.amount));
            }
        )*

        static TABLE: [Start; $receivers] = [$(|event| Box::pin($name(event))),*];

        fn event() -> Added {
            let amount = black_box(1);
            Added { amount }
        }

        assert_eq!(ready(event().send_async()).delivered(), $receivers);
        Group::new(concat!($receivers, " awaited"))
            .add_async("boxed futures", async || {
                let event = event();
                let table: &[Start] = black_box(&TABLE);
                for start in table {
                    start(&event).await;
                }
            })
            .add_async("send_async, dropped", async || drop(event().send_async().await))
            .add_async("send_async, read", async || event().send_async().await.is_ok())
    }};
}

pub(crate) fn groups() -> Vec<Group> {
    vec![
        group!(0:),
        group!(1: a),
        group!(10: a b c d e f g h i j),
        group!(100:
            a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9
            c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 d0 d1 d2 d3 d4 d5 d6 d7 d8 d9
            e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 f0 f1 f2 f3 f4 f5 f6 f7 f8 f9
            g0 g1 g2 g3 g4 g5 g6 g7 g8 g9 h0 h1 h2 h3 h4 h5 h6 h7 h8 h9
            i0 i1 i2 i3 i4 i5 i6 i7 i8 i9 j0 j1 j2 j3 j4 j5 j6 j7 j8 j9),
    ]
}
