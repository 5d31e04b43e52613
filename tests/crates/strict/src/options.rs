//! Every option of a signal and a receiver, and every extractor.

use lback_signals::{Res, SentBy, Signal, receiver, signal};

/// The price of an article, before discounts.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Tariff {
    /// In cents.
    pub cents: u32,
}

/// A customer asks for a price.
#[signal(name = "price", reply = Option<u32>, required, crate = lback_signals)]
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct PriceAsked<'a> {
    /// The article.
    #[sender]
    pub article: &'a str,
}

/// A private question.
#[signal(required)]
#[derive(Debug, Clone)]
struct StockAsked {
    /// Which.
    articles: Vec<String>,
}

/// The price of what is priced.
#[receiver(signal = PriceAsked, fulfills, first, before(discount, no_answer))]
fn price(event: &PriceAsked<'_>, tariff: Option<Res<'_, Tariff>>) -> Option<u32> {
    tariff
        .filter(|_| !event.article.is_empty())
        .map(|tariff| tariff.cents)
}

/// Less for long names.
#[receiver(signal = PriceAsked, after(price), before(log::<PriceAsked<'_>>))]
fn discount(article: SentBy<'_, str>) -> Result<Option<u32>, String> {
    u32::try_from(article.len())
        .map(Some)
        .map_err(|error| error.to_string())
}

/// Any of them.
#[receiver(signal = [PriceAsked], after(price))]
fn log<S: Signal<Reply = Option<u32>>>(_: &S) -> Option<u32> {
    println!("{}", S::info().name());
    None
}

/// Needs a resource that is not provided.
#[receiver(signal = PriceAsked, after(price, discount), last)]
fn no_answer(tariff: Res<'_, Tariff>, _: &PriceAsked<'_>) -> Option<u32> {
    tariff.cents.checked_add(1)
}

/// There is always some.
#[receiver(signal = StockAsked, fulfills)]
fn stock(event: &StockAsked) {
    println!("{:?}", event.articles);
}

#[cfg(test)]
mod tests {
    use lback_signals::{FailureKind, Signal};

    use super::{PriceAsked, StockAsked};

    #[test]
    fn options_and_extractors_do_what_they_say() {
        let report = PriceAsked { article: "pen" }.send();
        let replies: Vec<_> = report
            .replies()
            .map(|(receiver, reply)| (receiver.name(), *reply))
            .collect();
        assert_eq!(
            replies,
            [("price", None), ("discount", Some(3)), ("log", None)]
        );
        let failures: Vec<_> = report.failures().iter().collect();
        assert_eq!(failures.len(), 1);
        assert!(failures.iter().all(|failure| {
            failure.receiver().name() == "no_answer"
                && matches!(failure.kind(), &FailureKind::MissingResource(_))
        }));
        let asked = StockAsked {
            articles: Vec::new(),
        };
        assert_eq!(asked.send().delivered(), 1);
    }
}
