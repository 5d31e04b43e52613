//! Reads the payload of a signal, field by field.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserializer as _, de};
use serde_json::Deserializer;
use serde_json::de::StrRead;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::nesting::{self, MAX_DEPTH};
use crate::enqueue::DecodeError;
use crate::unwind::{catch, drop_guarded};

/// Reads a payload. Fields that it does not know are ignored, whatever they are.
pub struct PayloadReader<'p> {
    /// The stored name of the signal.
    signal: &'static str,
    version: u32,
    payload: &'p str,
    fields: Vec<RawField<'p>>,
}

/// A field whose value is not yet read.
struct RawField<'p> {
    name: &'static str,
    value: Option<&'p RawValue>,
    is_repeated: bool,
}

/// Without the payload.
impl fmt::Debug for PayloadReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayloadReader")
            .field("signal", &self.signal)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl<'p> PayloadReader<'p> {
    /// Splits a payload of this version into the fields of these names.
    ///
    /// # Errors
    ///
    /// The version is not `known`, or the payload is not a JSON object or is nested too deep.
    pub fn new(
        signal: &'static str,
        version: u32,
        known: u32,
        payload: &'p str,
        names: &[&'static str],
    ) -> Result<Self, DecodeError> {
        if version != known {
            return Err(DecodeError::UnknownVersion { signal, version });
        }
        let mut reader = Self {
            signal,
            version,
            payload,
            fields: Vec::with_capacity(names.len()),
        };
        for &name in names {
            reader.fields.push(RawField {
                name,
                value: None,
                is_repeated: false,
            });
        }
        // Checked first, so that the parser never recurses deeper.
        if nesting::depth(payload) > MAX_DEPTH {
            return Err(reader.invalid(format!("it is nested deeper than {MAX_DEPTH}")));
        }
        let mut json = Deserializer::from_str(payload);
        let parsed = json
            .deserialize_map(Fields(&mut reader.fields))
            .and_then(|()| json.end());
        match parsed {
            Ok(()) => Ok(reader),
            Err(error) if error.classify() == Category::Data => {
                Err(reader.invalid("it is not a JSON object".to_owned()))
            }
            // A message about the syntax has no text of the payload.
            Err(error) => Err(reader.invalid(format!("it is not JSON: {error}"))),
        }
    }

    /// Returns the value of a field. `None` if the payload does not have it.
    pub(super) fn value(&self, name: &'static str) -> Result<Option<&'p RawValue>, DecodeError> {
        let field = self.fields.iter().find(|field| field.name == name);
        match field {
            Some(field) if field.is_repeated => {
                Err(self.invalid(format!("field `{name}` is given twice")))
            }
            Some(field) => Ok(field.value),
            None => Ok(None),
        }
    }

    /// Reads a value with `deserialize`, which calls user code.
    pub(super) fn read<T>(
        &self,
        name: &'static str,
        type_name: &'static str,
        value: &'p RawValue,
        deserialize: fn(&mut FieldDeserializer<'p>) -> serde_json::Result<T>,
    ) -> Result<T, DecodeError> {
        let json = value.get();
        let read = catch(|| {
            let mut json = Deserializer::from_str(json);
            let value = deserialize(&mut json)?;
            json.end()?;
            Ok::<T, serde_json::Error>(value)
        });
        match read {
            Ok(Ok(value)) => Ok(value),
            // The message may contain the value.
            Ok(Err(error)) => {
                let offset = self.offset_of(json, &error);
                let reason = format!("field `{name}` is not a `{type_name}` at byte {offset}");
                Err(self.invalid(reason))
            }
            Err(panic) => {
                drop_guarded(panic);
                Err(self.invalid(format!("field `{name}` panicked in its `Deserialize`")))
            }
        }
    }

    /// Returns the default value of a field that is missing.
    pub(super) fn default_of<T>(
        &self,
        name: &'static str,
        default: impl FnOnce() -> T,
    ) -> Result<T, DecodeError> {
        catch(default).map_err(|panic| {
            drop_guarded(panic);
            self.invalid(format!("field `{name}` panicked in its `Default`"))
        })
    }

    pub(super) fn missing(&self, name: &'static str) -> DecodeError {
        self.invalid(format!("field `{name}` is missing"))
    }

    fn invalid(&self, reason: String) -> DecodeError {
        DecodeError::Invalid {
            signal: self.signal,
            version: self.version,
            reason,
        }
    }

    /// Returns where an error is in the payload, for an error in `json`, which is a part of it.
    fn offset_of(&self, json: &str, error: &serde_json::Error) -> usize {
        let start = json
            .as_ptr()
            .addr()
            .saturating_sub(self.payload.as_ptr().addr());
        let lines = json
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1));
        start + lines.map(str::len).sum::<usize>() + error.column()
    }
}

/// The deserializer of a field.
pub(super) type FieldDeserializer<'p> = Deserializer<StrRead<'p>>;

/// Fills the fields from an object.
struct Fields<'f, 'p>(&'f mut [RawField<'p>]);

impl<'p> Visitor<'p> for Fields<'_, 'p> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'p>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(index) = object.next_key_seed(Key(self.0))? {
            let Some(field) = index.and_then(|index| self.0.get_mut(index)) else {
                object.next_value::<IgnoredAny>()?;
                continue;
            };
            field.is_repeated |= field.value.is_some();
            field.value = Some(object.next_value()?);
        }
        Ok(())
    }
}

/// Returns the index of the field that a key names. `None` for any other key.
struct Key<'f, 'p>(&'f [RawField<'p>]);

impl<'p> DeserializeSeed<'p> for Key<'_, 'p> {
    type Value = Option<usize>;

    fn deserialize<D: de::Deserializer<'p>>(self, key: D) -> Result<Option<usize>, D::Error> {
        key.deserialize_str(self)
    }
}

impl<'p> Visitor<'p> for Key<'_, 'p> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|field| field.name == key))
    }
}
