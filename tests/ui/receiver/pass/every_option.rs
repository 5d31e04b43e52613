#![forbid(unsafe_code)]
#![deny(warnings)]

//! Options in any order and any number, with and without commas at their ends.

use lback_signals::{Res, SentBy, Signal, provide, receiver, signal};

struct Tariff(u32);

#[signal(name = "price", reply = u32, required, crate = ::lback_signals)]
struct PriceAsked<'a> {
    #[sender]
    article: &'a str,
}

#[receiver(first, fulfills, before(third, last), signal = PriceAsked, crate = lback_signals)]
fn first(event: &PriceAsked<'_>) -> Result<u32, String> {
    Ok(u32::from(event.article == "pen"))
}

#[receiver(crate = ::lback_signals, signal = [PriceAsked,], after(self::first,), before(third),)]
fn second(article: SentBy<'_, str>) -> u32 {
    u32::from(article.get() == "pen") + 1
}

#[receiver(signal = PriceAsked, after(first, crate::second))]
fn third(tariff: Res<'_, Tariff>, _: &PriceAsked<'_>) -> u32 {
    tariff.0
}

#[receiver(after(first), last, signal = PriceAsked)]
fn last(tariff: Option<Res<'_, Tariff>>) -> u32 {
    tariff.map_or(0, |tariff| tariff.0 + 1)
}

fn main() {
    provide(Tariff(3)).unwrap();
    let report = PriceAsked { article: "pen" }.send();
    let replies: Vec<_> = report
        .replies()
        .map(|(receiver, reply)| (receiver.name(), *reply))
        .collect();
    assert_eq!(
        replies,
        [("first", 1), ("second", 2), ("third", 3), ("last", 4)]
    );
}
