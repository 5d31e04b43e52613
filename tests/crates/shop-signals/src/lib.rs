//! Signals of a shop: a crate that knows none of its receivers.

use std::cell::RefCell;

use lback_signals::signal;

/// The notes of the receivers of one dispatch.
pub type Notes = RefCell<Vec<&'static str>>;

/// An order has been paid.
#[signal]
pub struct OrderPaid<'a> {
    /// Where receivers write down that they were called.
    #[sender]
    pub notes: &'a Notes,
}

/// An order has been refunded. Only receivers of all signals of an order receive it.
#[signal]
pub struct OrderRefunded<'a> {
    /// Where receivers write down that they were called.
    #[sender]
    pub notes: &'a Notes,
}

/// An order has been sent.
#[signal]
pub struct OrderSent<'a> {
    /// Where receivers write down that they were called.
    #[sender]
    pub notes: &'a Notes,
}

/// Money is due: what sends this does not link without the one receiver that takes it.
#[signal(required)]
pub struct PaymentDue<'a> {
    /// Where receivers write down that they were called.
    #[sender]
    pub notes: &'a Notes,
}

#[cfg(test)]
mod tests {
    use lback_signals::{Signal, receiver};

    use super::{Notes, PaymentDue};

    // It fulfills the signal of the crate that it depends on, which is not that of these tests.
    lback_signals::link!(shop_payments);

    #[receiver(signal = PaymentDue, fulfills)]
    fn pay_by_play_money(event: &PaymentDue<'_>) {
        event.notes.borrow_mut().push("play money");
    }

    #[test]
    fn the_tests_of_a_crate_fulfill_its_signals_themselves() {
        let notes = Notes::default();
        assert_eq!(PaymentDue { notes: &notes }.send().delivered(), 1);
        assert_eq!(notes.into_inner(), ["play money"]);
    }
}
