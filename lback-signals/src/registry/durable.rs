//! The durable signals, and how their payloads are decoded.

use std::sync::Arc;

use super::{OwnedSignal, signals};
use crate::context::ErasedSignal;
use crate::enqueue::DecodeError;
use crate::info::{ReceiverInfo, SignalInfo};

/// The entry of a durable signal in the list of all durable signals.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct DurableEntry {
    pub signal: &'static SignalInfo,
    /// Decodes the payload of a version.
    pub decode: Decode,
}

inventory::collect!(DurableEntry);

type Decode = fn(u32, &str) -> Result<OwnedSignal, DecodeError>;

/// A durable receiver that is linked into this binary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DurableRegistration {
    pub(crate) info: &'static ReceiverInfo,
    /// The number of the receiver among the deferred receivers of its signal.
    number: usize,
    decode: Decode,
}

impl DurableRegistration {
    /// Decodes a payload. The receiver is called with [`number`](Self::number).
    pub(crate) fn decode(
        &self,
        version: u32,
        payload: &str,
    ) -> Result<Arc<dyn ErasedSignal>, DecodeError> {
        (self.decode)(version, payload).map(OwnedSignal::into_erased)
    }

    pub(crate) fn number(&self) -> usize {
        self.number
    }
}

/// Returns the durable receivers linked into this binary, in the order of [`signals`].
pub(crate) fn durable_receivers() -> Vec<DurableRegistration> {
    let _ = signals;
    todo!("the helper of sending")
}
