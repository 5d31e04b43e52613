//! The JSON Schemas of signals that services exchange.

use serde_json::Value;

use crate::info::{DurableReceiver, DurableSignal};
use crate::payload::differences;
use crate::wiring::wiring;

/// The JSON Schema of a published signal, which other services keep in a file.
///
/// # Examples
///
/// A test writes the files of a program, or compares them:
///
/// ```standalone_crate
/// use lback_signals::durable::published_schemas;
/// use lback_signals::signal;
///
/// #[signal(durable(name = "order.paid", version = 2, publish))]
/// struct OrderPaid {
///     number: u64,
/// }
///
/// let schemas = published_schemas();
/// assert_eq!(schemas[0].file_name, "order.paid.v2.json");
/// assert!(schemas[0].text.contains(r#""title": "order.paid.v2""#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishedSchema {
    /// The name of the file: the stored name and the version of the signal, such as `order.paid.v2.json`.
    pub file_name: String,
    /// The JSON Schema.
    pub text: String,
}

/// Returns the schemas of the signals of this program that are declared with `publish`, by the names of their files.
#[must_use]
pub fn published_schemas() -> Vec<PublishedSchema> {
    let wiring = wiring();
    let published = wiring.signals().iter().filter(|signal| {
        let mut receivers = signal.receivers().into_iter();
        receivers.any(|receiver| {
            receiver
                .durable()
                .is_some_and(DurableReceiver::is_publication)
        })
    });
    let published = published.filter_map(|signal| signal.durable());
    let schemas = published.map(|signal| PublishedSchema {
        file_name: format!("{}.v{}.json", signal.name(), signal.version()),
        text: signal.schema(),
    });
    let mut schemas: Vec<_> = schemas.collect();
    schemas.sort_by(|one, other| one.file_name.cmp(&other.file_name));
    schemas
}

/// Error of a schema that this program does not read as it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The text is not a schema of [`PublishedSchema`].
    #[error(
        "it is not an exported schema, whose title is the name and version of a signal, such as `order.paid.v2`"
    )]
    NotASchema,
    /// No durable signal of this program has the name.
    #[error("no durable signal of this program has the name `{0}`")]
    UnknownSignal(String),
    /// The signal of this program has another version.
    #[error("the schema is of `{name}` v{version}, and this program has v{own}")]
    OtherVersion {
        /// The stored name of the signal.
        name: String,
        /// The version of the schema.
        version: u32,
        /// The version of this program.
        own: u32,
    },
    /// Payloads of the schema are not those that this program reads.
    #[error("this program reads `{name}` otherwise: {}", .differences.join(", "))]
    OtherForm {
        /// The stored name of the signal.
        name: String,
        /// The differences.
        differences: Vec<String>,
    },
}

/// Checks that this program reads the payloads of a schema that another service has exported. Returns the name of its
/// signal.
///
/// Fields that this program does not declare are ignored, as they are at delivery.
///
/// # Errors
///
/// Returns what differs.
pub fn check_schema(text: &str) -> Result<&'static str, SchemaError> {
    let written: Value = serde_json::from_str(text).map_err(|_| SchemaError::NotASchema)?;
    let title = written["title"]
        .as_str()
        .and_then(|title| title.rsplit_once(".v"));
    let title = title.and_then(|(name, version)| Some((name, version.parse::<u32>().ok()?)));
    let Some((name, version)) = title else {
        return Err(SchemaError::NotASchema);
    };
    let has_name = |signal: &&DurableSignal| signal.name() == name || signal.was().contains(&name);
    let wiring = wiring();
    let mut signals = wiring
        .signals()
        .iter()
        .filter_map(|signal| signal.durable());
    let Some(signal) = signals.find(has_name) else {
        return Err(SchemaError::UnknownSignal(name.to_owned()));
    };
    if signal.version() != version {
        return Err(SchemaError::OtherVersion {
            name: name.to_owned(),
            version,
            own: signal.version(),
        });
    }
    let read: Value =
        serde_json::from_str(&signal.schema()).map_err(|_| SchemaError::NotASchema)?;
    let differences = differences(&read, &written);
    if differences.is_empty() {
        Ok(signal.name())
    } else {
        Err(SchemaError::OtherForm {
            name: name.to_owned(),
            differences,
        })
    }
}
