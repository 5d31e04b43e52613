//! The fields of an `owned` signal.

use std::borrow::Borrow;
use std::fmt::Debug;
use std::sync::Arc;

use lback_signals::{Model, Signal, Transaction, receiver, signal};

#[derive(Clone, Debug, Model)]
pub struct Order {
    #[model(id)]
    number: u32,
}

trait Document: Debug + Send + Sync + 'static {
    fn copy(&self) -> Box<dyn Document>;
}

impl Document for Order {
    fn copy(&self) -> Box<dyn Document> {
        Box::new(self.clone())
    }
}

impl ToOwned for dyn Document {
    type Owned = Box<dyn Document>;

    fn to_owned(&self) -> Self::Owned {
        self.copy()
    }
}

/// Unsized, with a separate owned type.
#[repr(transparent)]
#[derive(Debug)]
struct Name(str);

#[derive(Clone, Debug)]
struct NameBuf(Arc<Order>);

#[derive(Debug, PartialEq)]
struct Borrowed(u32);

struct Owned(Borrowed);

impl Borrow<Borrowed> for Owned {
    fn borrow(&self) -> &Borrowed {
        &self.0
    }
}

impl ToOwned for Borrowed {
    type Owned = Owned;

    fn to_owned(&self) -> Owned {
        Owned(Borrowed(self.0))
    }
}

#[signal(owned)]
struct Everything<'a, 'b: 'a> {
    #[sender]
    order: &'a Order,
    document: &'b dyn Document,
    text: &'a str,
    list: &'b [u32],
    fixed: &'static str,
    value: NameBuf,
    own: &'a Borrowed,
    function: fn(&str) -> usize,
    boxed: Box<[u8]>,
    #[cfg(any())]
    absent: Missing,
    #[cfg(all())]
    present: Option<&'static str>,
    parenthesised: (&'a (u8)),
}

#[receiver(signal = Everything, after_commit)]
fn later(event: &Everything<'_, '_>) {
    assert_eq!(event.order.number, 7);
    assert_eq!(format!("{:?}", event.document), "Order { number: 8 }");
    assert_eq!((event.text, event.list, event.fixed), ("text", &[1, 2][..], "fixed"));
    assert_eq!((event.value.0.number, event.own.0), (9, 10));
    assert_eq!((event.function)("four"), 4);
    assert_eq!((&*event.boxed, event.present), (&[3][..], Some("present")));
    assert_eq!(*event.parenthesised, 11);
}

#[signal(owned, name = "nothing", required)]
struct Nothing;

#[receiver(signal = Nothing, fulfills, after_commit)]
fn fulfil(_: &Nothing) {}

mod elsewhere {
    use super::*;

    // Generated names are not in the way of the user's.
    #[allow(non_upper_case_globals)]
    #[signal(owned)]
    pub(super) struct Shadowing<'of> {
        pub(super) __visit: &'of str,
        pub(super) r#match: String,
        pub(super) keep: u8,
    }

    #[allow(dead_code, non_upper_case_globals)]
    pub(super) const keep: u8 = 3;
}

#[receiver(signal = elsewhere::Shadowing, after_commit)]
fn shadowing(event: &elsewhere::Shadowing<'_>) {
    assert_eq!((event.__visit, &*event.r#match, event.keep), ("a", "b", 1));
}

fn main() {
    let transaction = Transaction::new();
    transaction.run(|| {
        let (order, document) = (Order { number: 7 }, Order { number: 8 });
        let text = String::from("text");
        Everything {
            order: &order,
            document: &document,
            text: &text,
            list: &[1, 2],
            fixed: "fixed",
            value: NameBuf(Arc::new(Order { number: 9 })),
            own: &Borrowed(10),
            function: str::len,
            boxed: Box::new([3]),
            present: Some("present"),
            parenthesised: &11,
        }
        .send();
        Nothing.send();
        let (text, r#match) = (String::from("a"), String::from("b"));
        elsewhere::Shadowing { __visit: &text, r#match, keep: 1 }.send();
    });
    let report = transaction.commit();
    assert_eq!((report.delivered(), report.failures().len()), (3, 0), "{report:?}");
}
