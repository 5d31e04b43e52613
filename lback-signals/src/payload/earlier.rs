//! Payloads of earlier versions of a signal, each of which has a type that reads it.

use serde::de::DeserializeOwned;

use super::nesting::{self, MAX_DEPTH};
use crate::enqueue::DecodeError;
use crate::unwind::{catch, drop_guarded};

/// The type of an earlier payload.
#[diagnostic::on_unimplemented(
    message = "`upcast` cannot read a payload as `{Self}`",
    label = "cannot be read from JSON",
    note = "write `#[derive(Deserialize)] #[serde(crate = \"lback_signals::serde\")]`, with the fields of that version"
)]
pub trait EarlierPayload: Sized {
    /// Reads the value from JSON.
    ///
    /// # Errors
    ///
    /// Returns the error of the deserializer.
    fn read(payload: &str) -> serde_json::Result<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> EarlierPayload for T {
    fn read(payload: &str) -> serde_json::Result<Self> {
        serde_json::from_str(payload)
    }
}

/// A payload that an earlier one converts into: that of the next version, or the owned form of the signal.
#[diagnostic::on_unimplemented(
    message = "`upcast` cannot convert `{Earlier}` into `{Self}`",
    label = "has no conversion into the next version",
    note = "write `impl From<{Earlier}> for {Self}`"
)]
pub trait Upcast<Earlier> {
    /// Converts the payload.
    fn upcast(earlier: Earlier) -> Self;
}

#[diagnostic::do_not_recommend]
impl<Earlier, T: From<Earlier>> Upcast<Earlier> for T {
    fn upcast(earlier: Earlier) -> Self {
        Self::from(earlier)
    }
}

/// Decodes the payload of an earlier version.
///
/// # Errors
///
/// The payload is not a value of the type.
pub fn decode_earlier<T: EarlierPayload>(
    signal: &'static str,
    version: u32,
    type_name: &'static str,
    payload: &str,
) -> Result<T, DecodeError> {
    let invalid = |reason| DecodeError::Invalid {
        signal,
        version,
        reason,
    };
    // Checked first, so that the parser never recurses deeper.
    if nesting::depth(payload) > MAX_DEPTH {
        return Err(invalid(format!("it is nested deeper than {MAX_DEPTH}")));
    }
    match catch(|| T::read(payload)) {
        Ok(Ok(value)) => Ok(value),
        // The message may contain a value.
        Ok(Err(error)) => Err(invalid(format!(
            "it is not a `{type_name}` at line {}, column {}",
            error.line(),
            error.column(),
        ))),
        Err(panic) => {
            drop_guarded(panic);
            Err(invalid(format!(
                "`{type_name}` panicked in its `Deserialize`"
            )))
        }
    }
}
