#![forbid(unsafe_code)]
#![deny(warnings)]

//! Order and the rest out of a user's own `macro_rules!`.

use lback_signals::{Res, SentBy, Signal, provide, receiver, signal};

struct Tariff(u32);

macro_rules! requests {
    ($($name:ident -> $reply:ty),*) => {$(
        #[signal(reply = $reply, required)]
        pub struct $name<'a> {
            #[sender]
            pub article: &'a str,
        }
    )*};
}

requests!(PriceAsked -> Option<u32>, StockAsked -> Option<u32>);

macro_rules! answers {
    ($signal:ident { $first:ident before $second:ident } -> $reply:ty) => {
        #[receiver(signal = $signal, fulfills, first, before($second))]
        fn $first(_: &$signal<'_>, tariff: Res<'_, Tariff>) -> $reply {
            Some(tariff.0)
        }

        #[receiver(signal = $signal, after($first), last)]
        fn $second(article: SentBy<'_, str>) -> $reply {
            u32::try_from(article.len()).ok()
        }
    };
}

answers!(PriceAsked { z_price before a_price } -> Option<u32>);
answers!(StockAsked { z_stock before a_stock } -> Option<u32>);

macro_rules! by_path {
    ($name:ident: $signal:path, after $other:path) => {
        #[receiver(signal = $signal, after($other))]
        fn $name(_: &$signal) -> Option<u32> {
            None
        }
    };
}

by_path!(a_third: PriceAsked, after z_price);

fn main() {
    provide(Tariff(7)).unwrap();
    let replies = |report: &lback_signals::Report<Option<u32>>| {
        let replies = report.replies();
        replies
            .map(|(receiver, reply)| (receiver.name(), *reply))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        replies(&PriceAsked { article: "pen" }.send()),
        [
            ("z_price", Some(7)),
            ("a_third", None),
            ("a_price", Some(3))
        ]
    );
    assert_eq!(
        replies(&StockAsked { article: "ink" }.send()),
        [("z_stock", Some(7)), ("a_stock", Some(3))]
    );
}
