//! Payloads that are not read, and what older and newer ones may lack and have.

use super::{decode, encode};
use lback_signals::__private::OwnedForm;
use lback_signals::durable::DecodeError;
use lback_signals::schemars::JsonSchema;
use lback_signals::serde::{Deserialize, Deserializer, Serialize};
use lback_signals::signal;

#[signal(durable(name = "bad.paid", version = 1))]
struct Paid<'a> {
    order: u64,
    email: &'a str,
    note: Option<String>,
    #[field(default)]
    cents: u32,
    #[field(default)]
    list: Vec<u8>,
    #[field(default)]
    odd: Panicking,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "lback_signals::schemars")]
struct Panicking(u8);

impl<'de> Deserialize<'de> for Panicking {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            7 => panic!("hunter2"),
            value => Ok(Self(value)),
        }
    }
}

impl Default for Panicking {
    fn default() -> Self {
        assert!(!PANICS.get(), "hunter2");
        Self(3)
    }
}

thread_local! {
    static PANICS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Returns why a payload is not read. The reason has none of the values.
#[track_caller]
fn reason(payload: &str) -> String {
    let Err(error) = decode::<PaidOwned>(payload) else {
        panic!("it is decoded");
    };
    let text = format!("{error} {error:?}");
    assert!(!text.contains("hunter2"), "{text}");
    match error {
        DecodeError::Invalid {
            signal: "bad.paid",
            version: 1,
            reason,
        } => reason,
        error => panic!("{error}"),
    }
}

const GOOD: &str = r#"{"order": 1, "email": "a@b.c", "note": null}"#;

#[test]
fn fields_may_come_in_any_order_and_with_others() {
    for payload in [
        GOOD,
        r#"{"note":null,"email":"a@b.c","order":1}"#,
        r#"{"order":1,"email":"a@b.c","note":null,"added":{"deep":[1,{}]},"added":2}"#,
        r#"{"\u006frder":1,"em\u0061il":"a@b.c","note":null}"#,
        " {\n\t\"order\" : 1 , \"email\" : \"a@b.c\" , \"note\" : null }\r\n",
    ] {
        let paid = decode::<PaidOwned>(payload).unwrap();
        assert_eq!((paid.order, &*paid.email, paid.note), (1, "a@b.c", None));
        assert_eq!(
            (paid.cents, paid.odd),
            (0, Panicking(3)),
            "their default values"
        );
    }
}

#[test]
fn a_missing_field_is_an_error_unless_it_has_a_default() {
    let missing = |field: &str| format!("field `{field}` is missing");
    assert_eq!(reason("{}"), missing("order"));
    assert_eq!(reason(r#"{"email":"a","note":null}"#), missing("order"));
    assert_eq!(reason(r#"{"order":1,"note":null}"#), missing("email"));
    assert_eq!(reason(r#"{"order":1,"email":"a"}"#), missing("note"));
}

#[test]
fn a_field_that_is_given_twice_is_an_error() {
    for field in ["order", "cents"] {
        let payload = GOOD.replace('}', &format!(r#","{field}":1,"{field}":1}}"#));
        assert_eq!(reason(&payload), format!("field `{field}` is given twice"));
    }
    let escaped = GOOD.replace('}', r#","\u006frder":1}"#);
    assert_eq!(reason(&escaped), "field `order` is given twice");
}

#[test]
fn a_value_of_another_type_is_an_error_that_says_where() {
    for (payload, because) in [
        (
            r#"{"order":"hunter2","email":"a","note":null}"#,
            "field `order` is not a `u64` at byte 18",
        ),
        (
            r#"{"order":-1,"email":"a","note":null}"#,
            "field `order` is not a `u64` at byte 11",
        ),
        (
            r#"{"order":1.5,"email":"a","note":null}"#,
            "field `order` is not a `u64` at byte 12",
        ),
        (
            r#"{"order":18446744073709551616,"email":"a","note":null}"#,
            "field `order` is not a `u64` at byte 29",
        ),
        (
            r#"{"order":null,"email":"a","note":null}"#,
            "field `order` is not a `u64` at byte 13",
        ),
        (
            r#"{"order":1,"email":["hunter2"],"note":null}"#,
            "field `email` is not a `&'a str` at byte 19",
        ),
        (
            r#"{"order":1,"email":"a","note":{"hunter2":1}}"#,
            "field `note` is not a `Option<String>` at byte 30",
        ),
        (
            r#"{"order":1,"email":"\ud800 hunter2","note":null}"#,
            "field `email` is not a `&'a str` at byte 27",
        ),
        (
            "{\"order\":1,\"email\":\"a\",\"note\":null,\"list\":\n[\n1,\n\"hunter2\"\n]}",
            "field `list` is not a `Vec<u8>` at byte 57",
        ),
        (
            r#"{"order":1,"email":"a","note":null,"cents":null}"#,
            "field `cents` is not a `u32` at byte 47",
        ),
    ] {
        assert_eq!(reason(payload), because, "{payload}");
    }
}

#[test]
fn a_payload_other_than_a_json_object_is_an_error() {
    for payload in [r#""hunter2""#, "[]", "null", "1", "true"] {
        assert_eq!(reason(payload), "it is not a JSON object");
    }
    for payload in [
        "",
        "{",
        "hunter2",
        "{'order':1}",
        r#"{"order":1,}"#,
        r#"{"order":hunter2}"#,
        r#"{"order":1} hunter2"#,
        r#"{"order":1}{"order":1}"#,
        r#"{"order":NaN}"#,
        r#"{"order":01}"#,
        r#"{"unknown":"hunter2}"#,
        "{\"unknown\":\"\0\"}",
    ] {
        let reason = reason(payload);
        assert!(reason.starts_with("it is not JSON: "), "{reason}");
    }
}

#[test]
fn a_value_that_panics_is_an_error() {
    let payload = GOOD.replace('}', r#","odd":7}"#);
    assert_eq!(
        reason(&payload),
        "field `odd` panicked in its `Deserialize`"
    );
    PANICS.set(true);
    assert_eq!(reason(GOOD), "field `odd` panicked in its `Default`");
    PANICS.set(false);
}

#[test]
fn another_version_is_not_read() {
    for version in [0, 2, u32::MAX] {
        let Err(error) = PaidOwned::__decode(version, GOOD) else {
            panic!("it is decoded");
        };
        let expected = DecodeError::UnknownVersion {
            signal: "bad.paid",
            version,
        };
        assert_eq!(error, expected);
    }
}

#[test]
fn every_cut_and_every_changed_byte_is_an_error_or_a_signal() {
    let email = "ada@example.org".to_owned();
    let payload = encode(&Paid {
        order: 1,
        email: &email,
        note: Some("\0 and text".to_owned()),
        cents: 4,
        list: vec![1, 2],
        odd: Panicking(5),
    });
    let payload = payload.unwrap();
    let mut read = 0;
    for at in 0..payload.len() {
        assert!(decode::<PaidOwned>(&payload[..at]).is_err(), "{at}");
        for byte in *b"\"{}[],:\\0x" {
            let mut changed = payload.clone().into_bytes();
            changed[at] = byte;
            let changed = String::from_utf8(changed).unwrap();
            read += usize::from(decode::<PaidOwned>(&changed).is_ok());
        }
    }
    assert!(read > payload.len(), "letters of texts may change: {read}");
}
