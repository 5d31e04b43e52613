#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_debug_implementations,
    missing_docs,
    private_interfaces,
    single_use_lifetimes,
    unreachable_pub,
    unused_qualifications,
    clippy::pedantic
)]
//! Durable signals and receivers, in a crate with strict lints.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use lback_signals::durable::DeliveryError;
use lback_signals::schemars::{JsonSchema, Schema, SchemaGenerator};
use lback_signals::serde::{Deserialize, Deserializer, Serialize, Serializer};
use lback_signals::{Signal, receiver, signal};

/// An item of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "lback_signals::schemars")]
struct Item {
    name: String,
    count: u32,
}

trait Document: Debug + Send + Sync + 'static {
    fn text(&self) -> String;
}

#[derive(Debug)]
struct Page(String);

impl Document for Page {
    fn text(&self) -> String {
        self.0.clone()
    }
}

impl ToOwned for dyn Document {
    type Owned = Box<dyn Document>;

    fn to_owned(&self) -> Box<dyn Document> {
        Box::new(Page(self.text()))
    }
}

impl Serialize for dyn Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Box<dyn Document> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Box::new(Page(String::deserialize(deserializer)?)))
    }
}

impl JsonSchema for dyn Document {
    fn schema_name() -> Cow<'static, str> {
        "Document".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// Everything that a field can be.
#[signal(durable(name = "shapes.everything", version = 3, was("everything", "all-of_it.2")))]
#[derive(Debug)]
pub struct Everything<'a, 'b: 'a> {
    #[sender]
    order: &'a u64,
    /// Its address.
    pub text: &'a str,
    items: &'b [Item],
    item: Item,
    document: &'b dyn Document,
    map: BTreeMap<String, Option<f64>>,
    path: &'a Path,
    cow: Cow<'static, str>,
    boxed: Box<[u8]>,
    #[allow(unused_parens)]
    parenthesised: (&'a (str)),
    r#type: i128,
    #[cfg(any())]
    absent: Missing,
    #[cfg(all())]
    present: char,
    #[field(default)]
    note: Option<String>,
}

#[receiver(
    signal = Everything,
    durable(
        name = "shapes.later",
        was("later"),
        attempts = 3,
        backoff("500ms", max = "7d"),
        timeout = "5min",
        concurrency = 1,
    ),
)]
async fn later(event: &Everything<'_, '_>) -> Result<(), DeliveryError> {
    let document = event.document;
    if document.text().is_empty() {
        return Err(DeliveryError::permanent("no text"));
    }
    Err(std::io::Error::other("later"))?
}

#[receiver(signal = Everything, durable(name = "shapes.blocking"))]
fn blocking(event: &Everything<'_, '_>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let _ = (event.order, &event.item, event.path, &event.cow, &event.boxed);
    let _ = (event.items, &event.map, event.parenthesised, event.r#type, event.present);
    let _ = &event.note;
    Ok(())
}

/// Nothing.
#[signal(async, required, durable(name = "shapes.nothing", version = 1))]
#[derive(Debug)]
pub(crate) struct Nothing;

#[receiver(signal = Nothing, fulfills, durable(name = "shapes.fulfil"))]
fn fulfil(_: &Nothing) {}

#[receiver(signal = Nothing)]
async fn now(_: &Nothing) {}

#[receiver(signal = Nothing, background)]
async fn soon(_: &Nothing) {}

macro_rules! declare {
    ($name:ident, $stored:literal, $field:ident: $ty:ty) => {
        /// Of a macro.
        #[signal(durable(name = $stored, version = 1))]
        struct $name<'a> {
            $field: $ty,
            text: &'a str,
        }
    };
}

declare!(OfMacro, "shapes.of-macro", value: u8);

macro_rules! hear {
    ($function:ident, $signal:ident, $stored:literal) => {
        #[receiver(signal = $signal, durable(name = $stored))]
        fn $function(event: &$signal<'_>) {
            let _ = (event.value, event.text);
        }
    };
}

hear!(hear_of_macro, OfMacro, "shapes.hear-of-macro");

mod renamed {
    use lback_signals as core_of_signals;
    use lback_signals::{receiver, signal};

    #[signal(crate = core_of_signals, durable(name = "shapes.renamed", version = 1))]
    struct Renamed<'a> {
        text: &'a str,
    }

    #[receiver(crate = core_of_signals, signal = Renamed, durable(name = "shapes.hear-renamed"))]
    fn hear(event: &Renamed<'_>) {
        let _ = event.text;
    }
}

#[allow(deprecated)]
mod elsewhere {
    use lback_signals::signal;

    #[derive(Clone)]
    #[deprecated]
    pub(super) struct Old;

    #[deprecated]
    #[allow(dead_code)]
    #[signal(durable(name = "shapes.old", version = 1))]
    pub(super) struct OldSignal {
        pub(super) old: u8,
        #[cfg(any())]
        pub(super) very_old: Old,
    }
}

fn main() {
    let durable = Everything::info().durable().unwrap();
    assert_eq!((durable.name(), durable.version()), ("shapes.everything", 3));
    assert_eq!(durable.was(), ["everything", "all-of_it.2"]);

    let owned = EverythingOwned {
        order: 1,
        text: String::from("text"),
        items: Vec::new(),
        item: Item { name: String::new(), count: 0 },
        document: Box::new(Page(String::new())),
        map: BTreeMap::new(),
        path: Path::new("/").to_path_buf(),
        cow: Cow::Borrowed(""),
        boxed: Box::new([]),
        parenthesised: String::new(),
        r#type: 1,
        present: 'x',
        note: None,
    };
    assert_eq!(owned.text, "text");
    let _ = NothingOwned {};

    let receivers = Everything::info().receivers();
    let later = receivers.iter().find(|it| it.name() == "later").unwrap();
    let later = later.durable().unwrap();
    assert_eq!((later.name(), later.attempts()), ("shapes.later", 3));
    assert_eq!(later.was(), ["later"]);
    assert_eq!(later.backoff().first(), Duration::from_millis(500));
    assert_eq!(later.backoff().max(), Duration::from_hours(7 * 24));
    assert_eq!((later.timeout(), later.concurrency()), (Some(Duration::from_mins(5)), 1));
    let blocking = receivers.iter().find(|it| it.name() == "blocking").unwrap();
    assert_eq!(blocking.durable().unwrap().timeout(), None);
    let fulfil = Nothing::info().receivers().into_iter().find(|it| it.name() == "fulfil");
    assert_eq!(fulfil.unwrap().durable().unwrap().attempts(), 20);
    fn inside() {
        #[signal(durable(name = "shapes.inside", version = 1))]
        struct Inside {
            count: u8,
        }

        #[receiver(signal = Inside, durable(name = "shapes.hear-inside"))]
        fn hear(event: &Inside) {
            assert_eq!(event.count, 1);
        }
    }
    inside();
}
