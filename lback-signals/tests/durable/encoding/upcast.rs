//! Payloads of earlier versions, which are converted.

use lback_signals::__private::OwnedForm;
use lback_signals::durable::DecodeError;
use lback_signals::serde::{Deserialize, Deserializer};
use lback_signals::{Signal, signal};

/// In version 3 the amount has a currency, and in version 4 an order has a text as its number.
#[signal(durable(name = "upcast.paid", version = 4, upcast(2 = PaidV2, 3 = PaidV3)))]
struct Paid<'a> {
    order: &'a str,
    amount: u64,
    currency: String,
}

#[derive(Deserialize)]
#[serde(crate = "lback_signals::serde")]
struct PaidV2 {
    order: u64,
    #[serde(deserialize_with = "amount")]
    amount: u64,
}

#[derive(Deserialize)]
#[serde(crate = "lback_signals::serde")]
struct PaidV3 {
    order: u64,
    amount: u64,
    currency: String,
}

fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match u64::deserialize(deserializer)? {
        7 => panic!("hunter2"),
        amount => Ok(amount),
    }
}

impl From<PaidV2> for PaidV3 {
    fn from(PaidV2 { order, amount }: PaidV2) -> Self {
        Self {
            order,
            amount,
            currency: "EUR".to_owned(),
        }
    }
}

impl From<PaidV3> for PaidOwned {
    fn from(earlier: PaidV3) -> Self {
        Self {
            order: format!("A-{}", earlier.order),
            amount: earlier.amount,
            currency: earlier.currency,
        }
    }
}

#[track_caller]
fn paid(version: u32, payload: &str) -> (String, u64, String) {
    let paid = PaidOwned::__decode(version, payload).unwrap_or_else(|error| panic!("{error}"));
    (paid.order, paid.amount, paid.currency)
}

#[test]
fn each_version_is_converted_step_by_step() {
    let euros = ("A-1".to_owned(), 900, "EUR".to_owned());
    assert_eq!(paid(2, r#"{"order": 1, "amount": 900}"#), euros);
    let pounds = ("A-1".to_owned(), 900, "GBP".to_owned());
    let payload = r#"{"order": 1, "amount": 900, "currency": "GBP"}"#;
    assert_eq!(paid(3, payload), pounds);
    let payload = r#"{"order": "A-1", "amount": 900, "currency": "GBP"}"#;
    assert_eq!(paid(4, payload), pounds);
    let durable = Paid::info().durable().unwrap();
    assert_eq!((durable.oldest_version(), durable.version()), (2, 4));
}

#[test]
fn versions_outside_the_chain_are_not_read() {
    for version in [0, 1, 5] {
        let Err(error) = PaidOwned::__decode(version, r#"{"order": 1, "amount": 900}"#) else {
            panic!("it is decoded");
        };
        let signal = "upcast.paid";
        assert_eq!(error, DecodeError::UnknownVersion { signal, version });
    }
}

#[test]
fn a_bad_earlier_payload_is_an_error_without_its_values() {
    let deep = format!(
        r#"{{"order": 1, "amount": {}1{}}}"#,
        "[".repeat(64),
        "]".repeat(64)
    );
    for (payload, expected) in [
        (
            r#"{"order": "hunter2", "amount": 1}"#,
            "it is not a `PaidV2` at line 1, column 19",
        ),
        (
            r#"{"order": 1}"#,
            "it is not a `PaidV2` at line 1, column 12",
        ),
        (
            r#"{"order": 1, "amount": 7}"#,
            "`PaidV2` panicked in its `Deserialize`",
        ),
        (&deep, "it is nested deeper than 64"),
        ("", "it is not a `PaidV2` at line 1, column 0"),
    ] {
        let Err(error) = PaidOwned::__decode(2, payload) else {
            panic!("it is decoded: {payload}");
        };
        let expected = DecodeError::Invalid {
            signal: "upcast.paid",
            version: 2,
            reason: expected.to_owned(),
        };
        assert_eq!(error, expected, "{payload}");
    }
}
