//! The values of fields that are marked `#[field(show)]`.

use std::fmt;
use std::sync::{Arc, Mutex};

use lback_signals::{Dispatch, Observer, Signal, set_observer, signal};
use test_support::in_child_process;

struct Panics;

impl fmt::Display for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("it cannot be displayed");
    }
}

#[signal]
struct Paid<'a> {
    #[field(show)]
    order: u64,
    email: &'a str,
    #[field(show)]
    currency: &'a str,
    #[field(show)]
    panics: Panics,
    #[cfg(any())]
    #[field(show)]
    is_absent: bool,
    #[sender]
    #[field(show)]
    shop: String,
}

type Shown = Vec<(&'static str, String)>;

struct Shows(Arc<Mutex<Vec<Shown>>>);

impl Observer for Shows {
    fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
        self.0.lock().unwrap().push(dispatch.shown_fields());
    }
}

#[test]
fn only_marked_fields_are_shown() {
    in_child_process(|| {
        let shown = Arc::default();
        set_observer(Shows(Arc::clone(&shown))).unwrap();
        let paid = Paid {
            order: 7,
            email: "secret",
            currency: "EUR",
            panics: Panics,
            shop: "north".to_owned(),
        };
        paid.send();
        let expected = [("order", "7"), ("currency", "EUR"), ("shop", "north")];
        let expected = expected
            .map(|(name, value)| (name, value.to_owned()))
            .to_vec();
        assert_eq!(*shown.lock().unwrap(), [expected]);
        assert_eq!(paid.email, "secret");
    });
}
