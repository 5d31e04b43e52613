//! Writes the payload of a signal, field by field.

use std::fmt;

use serde_json::Serializer as JsonSerializer;

use super::finite::Finite;
use super::limited::{Buffer, Fault, Faults, Nesting, Writer};
use super::nesting::MAX_DEPTH;
use crate::enqueue::EnqueueError;
use crate::unwind::{catch, drop_guarded};

/// The maximum size of a key. An index of PostgreSQL holds values of up to 2,704 bytes.
pub(crate) const MAX_KEY_BYTES: usize = 1_000;

/// Writes a payload. After the first failure it writes nothing more.
pub struct PayloadWriter {
    /// The stored name of the signal.
    signal: &'static str,
    buffer: Buffer,
    max_bytes: usize,
    failure: Option<EnqueueError>,
}

/// Without the payload.
impl fmt::Debug for PayloadWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayloadWriter")
            .field("signal", &self.signal)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}

impl PayloadWriter {
    /// Returns the payload that `write` writes, of at most `max_bytes` bytes.
    ///
    /// # Errors
    ///
    /// Returns the first failure.
    pub fn encode(
        signal: &'static str,
        max_bytes: usize,
        write: impl FnOnce(&mut Self),
    ) -> Result<String, EnqueueError> {
        let mut payload = Self {
            signal,
            buffer: Buffer::new(max_bytes),
            max_bytes,
            failure: None,
        };
        write(&mut payload);
        payload.finish()
    }

    /// Returns the key that is the value of this field.
    ///
    /// # Errors
    ///
    /// The value cannot be encoded, or is too large for the index of a database.
    pub(super) fn encode_key(
        signal: &'static str,
        name: &'static str,
        serialize: impl FnOnce(FieldSerializer<'_, '_>) -> serde_json::Result<()>,
    ) -> Result<String, EnqueueError> {
        let mut key = Self {
            signal,
            buffer: Buffer::new(MAX_KEY_BYTES),
            max_bytes: MAX_KEY_BYTES,
            failure: None,
        };
        key.write_value(name, serialize);
        key.into_json().map_err(|error| match error {
            EnqueueError::PayloadTooLarge { signal, limit } => {
                EnqueueError::KeyTooLarge { signal, limit }
            }
            error => error,
        })
    }

    /// Writes a field, whose name needs no escapes.
    pub(super) fn write(
        &mut self,
        name: &'static str,
        serialize: impl FnOnce(FieldSerializer<'_, '_>) -> serde_json::Result<()>,
    ) {
        if self.failure.is_some() {
            return;
        }
        let separator = if self.buffer.is_empty() { "{\"" } else { ",\"" };
        self.append(separator);
        self.append(name);
        self.append("\":");
        self.write_value(name, serialize);
    }

    /// Writes the value of a field.
    fn write_value(
        &mut self,
        name: &'static str,
        serialize: impl FnOnce(FieldSerializer<'_, '_>) -> serde_json::Result<()>,
    ) {
        let faults = Faults::default();
        let mut json = JsonSerializer::with_formatter(
            Writer {
                buffer: &mut self.buffer,
                faults: &faults,
            },
            Nesting {
                // The payload.
                depth: 1,
                faults: &faults,
            },
        );
        let written = catch(|| {
            serialize(Finite {
                inner: &mut json,
                faults: &faults,
            })
        });
        let reason = match (faults.first(), written) {
            (None, Ok(Ok(()))) => return,
            (Some(Fault::TooLarge), _) => return self.fail_too_large(),
            (Some(Fault::TooDeep), _) => format!("is nested deeper than {MAX_DEPTH}"),
            (Some(Fault::NotFinite), _) => "has a float that is not finite".to_owned(),
            (None, Ok(Err(error))) => reason(&error),
            (None, Err(panic)) => {
                drop_guarded(panic);
                "panicked in its `Serialize`".to_owned()
            }
        };
        self.fail(format!("field `{name}` {reason}"));
    }

    fn finish(mut self) -> Result<String, EnqueueError> {
        self.append(if self.buffer.is_empty() { "{}" } else { "}" });
        self.into_json()
    }

    fn into_json(mut self) -> Result<String, EnqueueError> {
        let json =
            String::from_utf8(std::mem::replace(&mut self.buffer, Buffer::new(0)).into_bytes());
        let json = json.unwrap_or_else(|_| {
            self.fail("it is not UTF-8".to_owned());
            String::new()
        });
        match self.failure {
            None => Ok(json),
            Some(failure) => Err(failure),
        }
    }

    fn append(&mut self, text: &str) {
        if !self.buffer.append(text.as_bytes()) {
            self.fail_too_large();
        }
    }

    fn fail_too_large(&mut self) {
        self.failure.get_or_insert(EnqueueError::PayloadTooLarge {
            signal: self.signal,
            limit: self.max_bytes,
        });
    }

    fn fail(&mut self, reason: String) {
        self.failure.get_or_insert(EnqueueError::Encode {
            signal: self.signal,
            reason,
        });
    }
}

/// The serializer of a field.
pub(super) type FieldSerializer<'w, 's> =
    Finite<'w, &'s mut JsonSerializer<Writer<'w>, Nesting<'w>>>;

/// The messages of `serde` and `serde_json`, which contain no value.
const KNOWN: &[&str] = &[
    "key must be a string",
    "path contains invalid UTF-8 characters",
    "SystemTime must be later than UNIX_EPOCH",
    "already mutably borrowed",
    "lock poison error while serializing",
];

/// Returns why a field was not written. The message of a user's `Serialize` may contain the value.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let known = KNOWN.iter().find(|known| message.starts_with(**known));
    match known {
        Some(known) => format!("cannot be written: {known}"),
        None => "was refused by its `Serialize`".to_owned(),
    }
}
