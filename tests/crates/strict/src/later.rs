//! Signals that are kept, and receivers that run later.

use core::num::NonZeroU32;

use lback_signals::{Model, Res, Signal, receiver, signal};

/// An order.
#[derive(Debug, Clone, Model)]
#[model(signals(post_save, owned))]
#[non_exhaustive]
pub struct Order {
    /// Its number.
    #[model(id)]
    pub number: u32,
}

/// An order has been paid.
#[signal(owned)]
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OrderPaid<'a> {
    /// The order.
    #[sender]
    pub order: &'a Order,
    /// The address of the customer.
    pub email: &'a str,
    /// In cents.
    pub amount: Option<NonZeroU32>,
    /// How it was paid.
    pub means: &'static str,
}

/// Thanks.
#[receiver(signal = OrderPaid, after_commit)]
fn receipt(event: &OrderPaid<'_>) -> Result<(), String> {
    if event.email.is_empty() {
        return Err("no address".to_owned());
    }
    println!("{:?} by {}", event.amount, event.means);
    Ok(())
}

/// Apologises.
#[receiver(signal = OrderPaid, after_rollback, first)]
fn apologise(event: &OrderPaid<'_>, language: Option<Res<'_, String>>) {
    println!("{} {:?}", event.email, language.as_deref());
}

/// Counts what is saved.
#[receiver(signal = [OrderPaid, OrderPostSave], after_commit, last)]
fn count<S: Signal<Sender = Order>>(event: &S) {
    println!("{}", event.sender().number);
}

#[cfg(test)]
mod tests {
    use lback_signals::{Scope, Signal, Transaction};

    use super::{Order, OrderPaid, apologise, receipt};

    #[test]
    fn an_owned_signal_is_delivered_later() {
        let order = Order { number: 7 };
        let event = OrderPaid {
            order: &order,
            email: "ada@example.org",
            amount: None,
            means: "cash",
        };
        let transaction = Transaction::new();
        let saved = transaction.run(|| {
            assert_eq!(event.send().deferred(), 2);
            order.update_with(|_| Ok::<(), String>(()))
        });
        assert!(saved.is_ok());
        assert_eq!(transaction.commit().delivered(), 3);

        let scope = Scope::new().mute(receipt).only(apologise);
        let sent = scope.capture::<OrderPaid<'_>, _>(|paid| paid.email.len());
        let connection = OrderPaid::connect(|paid| paid.amount.map(drop).ok_or("no amount"));
        assert_eq!(scope.run(|| event.send()).delivered(), 0);
        assert_eq!(event.send().failures().len(), 1);
        drop(connection);
        assert_eq!(sent.take(), [15]);
    }
}
