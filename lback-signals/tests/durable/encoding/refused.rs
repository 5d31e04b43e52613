//! Payloads that are not written.

use std::collections::BTreeMap;
use std::path::Path;

use super::{LIMIT, decode, encode};
use lback_signals::__private::DeliverDurable;
use lback_signals::durable::EnqueueError;
use lback_signals::schemars::{JsonSchema, Schema, SchemaGenerator};
use lback_signals::serde::ser::{Error as _, SerializeSeq, SerializeStruct};
use lback_signals::serde::{Deserialize, Serialize, Serializer};
use lback_signals::signal;
use serde_json::Value;
use serde_json::value::RawValue;

/// Asserts that a signal is not encoded, for a reason that has none of the values.
#[track_caller]
fn assert_refused<Entry: lback_signals::__private::Registered>(
    signal: &impl DeliverDurable<Entry>,
    because: &str,
) {
    let error = encode(signal).expect_err("it is encoded");
    let EnqueueError::Encode { reason, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(reason, because);
    assert_has_no_value(&error);
}

#[track_caller]
fn assert_has_no_value(error: &impl std::error::Error) {
    let text = format!("{error} {error:?}");
    assert!(!text.contains("hunter2"), "{text}");
}

/// Derives what a field needs.
macro_rules! stored {
    ($($item:item)*) => {
        $(
            #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
            #[serde(crate = "lback_signals::serde")]
            #[schemars(crate = "lback_signals::schemars")]
            $item
        )*
    };
}

stored! {
    struct Wrapped<T>(T);

    struct Named<T> {
        inner: T,
    }

    enum Variant<T> {
        Newtype(T),
        Tuple(u8, T),
        Struct { inner: T },
    }
}

#[signal(durable(name = "refused.floats", version = 1))]
struct Floats {
    value: f64,
    single: f32,
    option: Option<f64>,
    list: Vec<f32>,
    tuple: (f64, u8),
    map: BTreeMap<String, f64>,
    newtype: Wrapped<Wrapped<f64>>,
    named: Named<f64>,
    variants: Vec<Variant<f64>>,
}

fn floats() -> Floats {
    Floats {
        value: 0.0,
        single: 0.0,
        option: None,
        list: vec![0.0],
        tuple: (0.0, 0),
        map: BTreeMap::new(),
        newtype: Wrapped(Wrapped(0.0)),
        named: Named { inner: 0.0 },
        variants: vec![
            Variant::Newtype(0.0),
            Variant::Tuple(0, 0.0),
            Variant::Struct { inner: 0.0 },
        ],
    }
}

#[test]
fn floats_that_are_not_finite_are_refused_wherever_they_are() {
    assert!(encode(&floats()).is_ok());
    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        #[expect(clippy::cast_possible_truncation, reason = "it stays what it is")]
        let single = float as f32;
        let with = |change: &dyn Fn(&mut Floats), field: &str| {
            let mut floats = floats();
            change(&mut floats);
            let because = format!("field `{field}` has a float that is not finite");
            assert_refused(&floats, &because);
        };
        with(&|it| it.value = float, "value");
        with(&|it| it.single = single, "single");
        with(&|it| it.option = Some(float), "option");
        with(&|it| it.list.push(single), "list");
        with(&|it| it.tuple.0 = float, "tuple");
        with(&|it| it.map = [("hunter2".to_owned(), float)].into(), "map");
        with(&|it| it.newtype = Wrapped(Wrapped(float)), "newtype");
        with(&|it| it.named.inner = float, "named");
        with(&|it| it.variants.push(Variant::Newtype(float)), "variants");
        with(&|it| it.variants.push(Variant::Tuple(1, float)), "variants");
        with(
            &|it| it.variants.push(Variant::Struct { inner: float }),
            "variants",
        );
    }
}

/// A type with a hand-written `Serialize`.
macro_rules! serialized_by {
    ($($name:ident: |$this:ident, $serializer:ident| $serialize:expr;)*) => {
        $(
            #[derive(Clone, Debug, Deserialize)]
            #[serde(crate = "lback_signals::serde")]
            #[allow(dead_code)]
            struct $name(String);

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, $serializer: S) -> Result<S::Ok, S::Error> {
                    let $this = self;
                    $serialize
                }
            }

            impl JsonSchema for $name {
                fn schema_name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                    String::json_schema(generator)
                }
            }
        )*
    };
}

struct Key(f64);

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

serialized_by! {
    Refusing: |this, _serializer| Err(S::Error::custom(format!("{} is refused", this.0)));
    Panicking: |this, _serializer| panic!("{}", this.0);
    FloatKey: |_this, serializer| serializer.collect_map([(Key(f64::NAN), 1)]);
    FiniteKey: |_this, serializer| serializer.collect_map([(Key(0.5), 1)]);
    ListKey: |_this, serializer| serializer.collect_map([(vec![1], 1)]);
    Discarding: |_this, serializer| {
        let mut list = serializer.serialize_seq(None)?;
        // Discards the error of its element.
        let _ = list.serialize_element(&f64::NAN);
        list.end()
    };
    Skipping: |this, serializer| {
        let mut value = serializer.serialize_struct("Skipping", 2)?;
        value.skip_field("skipped")?;
        value.serialize_field("kept", &this.0)?;
        value.end()
    };
    Display: |_this, serializer| serializer.collect_str(&format_args!("{}-{}", 1, 2));
}

#[signal(durable(name = "refused.own", version = 1))]
struct Own<'a> {
    refusing: Option<Refusing>,
    panicking: Option<Panicking>,
    float_key: Option<FloatKey>,
    finite_key: Option<FiniteKey>,
    list_key: Option<ListKey>,
    discarding: Option<Discarding>,
    skipping: Option<Skipping>,
    display: Option<Display>,
    path: &'a Path,
}

fn own() -> Own<'static> {
    Own {
        refusing: None,
        panicking: None,
        float_key: None,
        finite_key: None,
        list_key: None,
        discarding: None,
        skipping: None,
        display: None,
        path: Path::new(""),
    }
}

#[test]
fn an_error_of_serialize_is_told_without_the_value() {
    let secret = || "hunter2".to_owned();
    assert_refused(
        &Own {
            refusing: Some(Refusing(secret())),
            ..own()
        },
        "field `refusing` was refused by its `Serialize`",
    );
    assert_refused(
        &Own {
            panicking: Some(Panicking(secret())),
            ..own()
        },
        "field `panicking` panicked in its `Serialize`",
    );
    assert_refused(
        &Own {
            float_key: Some(FloatKey(secret())),
            ..own()
        },
        "field `float_key` has a float that is not finite",
    );
    assert_refused(
        &Own {
            list_key: Some(ListKey(secret())),
            ..own()
        },
        "field `list_key` cannot be written: key must be a string",
    );
    assert_refused(
        &Own {
            discarding: Some(Discarding(secret())),
            ..own()
        },
        "field `discarding` has a float that is not finite",
    );
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_unicode_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let path = Path::new(OsStr::from_bytes(b"hunter2\xff"));
    assert_refused(
        &Own { path, ..own() },
        "field `path` cannot be written: path contains invalid UTF-8 characters",
    );
}

#[test]
fn the_output_of_a_users_serialize_is_written() {
    let payload = encode(&Own {
        finite_key: Some(FiniteKey(String::new())),
        skipping: Some(Skipping("kept".to_owned())),
        display: Some(Display(String::new())),
        ..own()
    });
    let payload: Value = serde_json::from_str(&payload.unwrap()).unwrap();
    assert_eq!(payload["finite_key"]["0.5"], 1);
    assert_eq!(payload["skipping"], serde_json::json!({ "kept": "kept" }));
    assert_eq!(payload["display"], "1-2");
}

/// JSON that is written as it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(crate = "lback_signals::serde", transparent)]
struct Raw(Box<RawValue>);

impl JsonSchema for Raw {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Raw".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}

#[signal(durable(name = "refused.nested", version = 1))]
struct Nested {
    value: Value,
    raw: Option<Raw>,
    next: Option<Box<Next>>,
}

stored! {
    enum Next {
        Variant(Option<Box<Next>>),
    }
}

fn array(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

fn nested(depth: usize) -> Nested {
    Nested {
        value: (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner])),
        raw: None,
        next: None,
    }
}

/// The payload itself is an object.
const DEEPEST: usize = 63;

#[test]
fn a_payload_is_nested_up_to_64() {
    let payload = encode(&nested(DEEPEST)).unwrap();
    assert!(decode::<NestedOwned>(&payload).is_ok());
    let deeper = payload.replace("[null]", "[[null]]");
    let error = decode::<NestedOwned>(&deeper).unwrap_err();
    assert!(
        error.to_string().ends_with("it is nested deeper than 64"),
        "{error}"
    );
    assert_refused(
        &nested(DEEPEST + 1),
        "field `value` is nested deeper than 64",
    );
    // Deeper than serde_json itself reads.
    assert_refused(&nested(500), "field `value` is nested deeper than 64");
}

#[test]
fn siblings_do_not_add_to_the_depth() {
    for sibling in [serde_json::json!([]), serde_json::json!({})] {
        let value = Value::Array(vec![sibling; 100]);
        assert!(encode(&Nested { value, ..nested(0) }).is_ok());
    }
}

#[test]
fn objects_and_variants_are_nested_too() {
    let next =
        |depth: usize| (0..depth).fold(None, |inner, _| Some(Box::new(Next::Variant(inner))));
    let with = |depth| Nested {
        next: next(depth),
        ..nested(0)
    };
    assert!(encode(&with(DEEPEST)).is_ok());
    assert_refused(&with(DEEPEST + 1), "field `next` is nested deeper than 64");
}

#[test]
fn raw_json_counts_its_own_depth() {
    let with = |json: String| {
        let raw = RawValue::from_string(json).unwrap();
        Nested {
            raw: Some(Raw(raw)),
            ..nested(0)
        }
    };
    let payload = encode(&with(array(DEEPEST))).unwrap();
    assert!(payload.contains(&array(DEEPEST)));
    assert_refused(
        &with(array(DEEPEST + 1)),
        "field `raw` is nested deeper than 64",
    );
    assert!(encode(&with(format!("\"{}\"", "[".repeat(100)))).is_ok());
}

#[signal(durable(name = "refused.large", version = 1))]
struct Large<'a> {
    small: u8,
    text: &'a str,
    last: u8,
}

fn assert_too_large(signal: &Large<'_>, bytes: usize) {
    let error = signal.__encode(bytes).expect_err("it is encoded");
    let expected = EnqueueError::PayloadTooLarge {
        signal: "refused.large",
        limit: bytes,
    };
    assert_eq!(error, expected);
    assert_has_no_value(&error);
}

#[test]
fn a_payload_has_up_to_the_limit_of_bytes() {
    let text = "hunter2".repeat(10);
    let large = Large {
        small: 1,
        text: &text,
        last: 2,
    };
    let length = encode(&large).unwrap().len();
    assert_eq!(large.__encode(length).unwrap().len(), length);
    for limit in 0..length {
        assert_too_large(&large, limit);
    }
}

#[test]
fn no_more_than_the_limit_is_allocated() {
    let text = "x".repeat(LIMIT);
    let list = vec![0_u64; LIMIT];
    let large = Large {
        small: 1,
        text: &text,
        last: 2,
    };
    let long = Long { list: &list };
    for limit in [100, 1_000, 100_000, LIMIT] {
        let allocated = allocation_counter::measure(|| assert_too_large(&large, limit));
        assert!(allocated.bytes_max <= limit as u64 + 1_000, "{allocated:?}");
        let allocated = allocation_counter::measure(|| {
            assert!(long.__encode(limit).is_err());
        });
        // A buffer that grows is copied from one to the next.
        assert!(
            allocated.bytes_max <= 2 * limit as u64 + 1_000,
            "{allocated:?}"
        );
    }
}

#[signal(durable(name = "refused.long", version = 1))]
struct Long<'a> {
    list: &'a [u64],
}
