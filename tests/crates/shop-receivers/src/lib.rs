//! Receivers of the shop's signals: this crate sends nothing, and most of it is private.

mod a {
    use lback_signals::receiver;
    use shop_signals::OrderPaid;

    #[receiver(signal = OrderPaid)]
    fn writes(event: &OrderPaid<'_>) {
        event.notes.borrow_mut().push("a::writes");
    }

    mod deep {
        use lback_signals::receiver;

        #[receiver(signal = shop_signals::OrderPaid)]
        fn writes(event: &shop_signals::OrderPaid<'_>) {
            event.notes.borrow_mut().push("a::deep::writes");
        }
    }
}

mod b {
    use lback_signals::{Signal, receiver};
    use shop_signals::{Notes, OrderPaid, OrderRefunded};

    #[receiver(signal = OrderPaid)]
    fn fails(event: &OrderPaid<'_>) -> Result<(), &'static str> {
        event.notes.borrow_mut().push("b::fails");
        Err("no paper")
    }

    #[receiver(signal = OrderPaid)]
    fn panics(event: &OrderPaid<'_>) {
        event.notes.borrow_mut().push("b::panics");
        panic!("no printer");
    }

    #[receiver(signal = [OrderPaid, OrderRefunded])]
    fn sees_all<S: Signal<Sender = Notes>>(event: &S) {
        event.sender().borrow_mut().push("b::sees_all");
    }
}

/// Receivers about a parcel: public, so that other crates can order their receivers by them.
pub mod parcel {
    use lback_signals::receiver;
    use shop_signals::OrderSent;

    /// Sticks the address on.
    #[receiver(signal = OrderSent)]
    pub fn label(event: &OrderSent<'_>) {
        event.notes.borrow_mut().push("label");
    }

    /// Puts it on the scales.
    #[receiver(signal = OrderSent, before(label))]
    pub fn weigh(event: &OrderSent<'_>) {
        event.notes.borrow_mut().push("weigh");
    }

    #[receiver(signal = OrderSent, first)]
    fn wrap(event: &OrderSent<'_>) {
        event.notes.borrow_mut().push("wrap");
    }
}
