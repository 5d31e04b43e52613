//! The payload of a signal: written, and read back as it was.

mod bad_payloads;
mod random;
mod refused;
mod upcast;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use lback_signals::__private::{DeliverDurable, OwnedForm, Registered};
use lback_signals::durable::{DecodeError, EnqueueError};
use lback_signals::schemars::JsonSchema;
use lback_signals::serde::{Deserialize, Serialize};
use lback_signals::signal;

/// Far more than the payloads of these tests.
const LIMIT: usize = 1 << 20;

fn encode<Entry: Registered>(signal: &impl DeliverDurable<Entry>) -> Result<String, EnqueueError> {
    signal.__encode(LIMIT)
}

fn decode<T: OwnedForm>(payload: &str) -> Result<T, DecodeError> {
    T::__decode(1, payload)
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "lback_signals::schemars")]
enum Shape {
    Unit,
    Newtype(u8),
    Tuple(u8, String),
    Struct { x: Option<f32> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "lback_signals::schemars")]
struct Item<T> {
    id: Newtype,
    shapes: Vec<Shape>,
    unit: (),
    generic: T,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "lback_signals::schemars")]
struct Newtype(u64);

#[signal(durable(name = "encoding.everything", version = 1))]
struct Everything<'a> {
    order: u64,
    email: &'a str,
    items: &'a [Item<i16>],
    item: &'a Item<bool>,
    path: &'a Path,
    map: BTreeMap<u8, Option<char>>,
    bytes: Vec<u8>,
    big: u128,
    small: i128,
    cow: Cow<'static, str>,
    r#type: f64,
    nothing: (),
    #[field(default)]
    note: Option<String>,
}

fn everything<T>(use_it: impl FnOnce(&Everything<'_>) -> T) -> T {
    let item = Item {
        id: Newtype(u64::MAX),
        shapes: vec![
            Shape::Unit,
            Shape::Newtype(7),
            Shape::Tuple(8, "a\"b".to_owned()),
            Shape::Struct { x: Some(0.1) },
            Shape::Struct { x: None },
        ],
        unit: (),
        generic: -5,
    };
    let other = Item {
        id: Newtype(0),
        shapes: Vec::new(),
        unit: (),
        generic: true,
    };
    use_it(&Everything {
        order: 42,
        email: "ada@example.org",
        items: &[item],
        item: &other,
        path: Path::new("/tmp"),
        map: BTreeMap::from([(1, Some('€')), (2, None)]),
        bytes: vec![0, 255],
        big: u128::MAX,
        small: i128::MIN,
        cow: Cow::Borrowed("cow"),
        r#type: 1e300,
        nothing: (),
        note: None,
    })
}

const EVERYTHING: &str = r#"{
    "order": 42,
    "email": "ada@example.org",
    "items": [{
        "id": 18446744073709551615,
        "shapes": ["Unit", {"Newtype": 7}, {"Tuple": [8, "a\"b"]}, {"Struct": {"x": 0.1}}, {"Struct": {"x": null}}],
        "unit": null,
        "generic": -5
    }],
    "item": {"id": 0, "shapes": [], "unit": null, "generic": true},
    "path": "/tmp",
    "map": {"1": "€", "2": null},
    "bytes": [0, 255],
    "big": 340282366920938463463374607431768211455,
    "small": -170141183460469231731687303715884105728,
    "cow": "cow",
    "type": 1e+300,
    "nothing": null,
    "note": null
}"#;

#[test]
fn a_payload_is_compact_json_in_the_order_of_the_fields() {
    let compact = EVERYTHING
        .split('\n')
        .map(str::trim_start)
        .collect::<String>();
    let compact = compact.replace("\": ", "\":").replace(", ", ",");
    assert_eq!(everything(|it| encode(it)).unwrap(), compact);
}

#[test]
fn a_payload_is_read_back() {
    for payload in [&*everything(|it| encode(it)).unwrap(), EVERYTHING] {
        let owned = decode::<EverythingOwned>(payload).unwrap();
        everything(|sent| {
            assert_eq!(owned.order, sent.order);
            assert_eq!(owned.email, sent.email);
            assert_eq!(owned.items, sent.items);
            assert_eq!(owned.item, *sent.item);
            assert_eq!(owned.path, sent.path);
            assert_eq!(owned.map, sent.map);
            assert_eq!(owned.bytes, sent.bytes);
            assert_eq!((owned.big, owned.small), (sent.big, sent.small));
            assert_eq!(owned.cow, sent.cow);
            assert_eq!(owned.r#type.to_bits(), sent.r#type.to_bits());
            let () = owned.nothing;
            assert_eq!(owned.note, sent.note);
        });
    }
}

#[signal(durable(name = "encoding.nothing", version = 1))]
struct Nothing;

#[test]
fn a_signal_without_fields_is_an_empty_object() {
    assert_eq!(encode(&Nothing).unwrap(), "{}");
    assert!(decode::<NothingOwned>("{}").is_ok());
    assert!(decode::<NothingOwned>(r#"{"added": [1, {}]}"#).is_ok());
    assert_eq!(Nothing.__encode(2).as_deref(), Ok("{}"));
    assert!(Nothing.__encode(1).is_err());
}
