//! The durable signals, and how their payloads are decoded.

use std::sync::Arc;

use super::OwnedSignal;
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

/// Returns the durable receivers linked into this binary: ordered by the type path of their signal, and those of a
/// signal in their order.
pub(crate) fn durable_receivers() -> Vec<DurableRegistration> {
    let mut entries: Vec<_> = inventory::iter::<DurableEntry>.into_iter().collect();
    // The order of the linker differs between build profiles.
    entries.sort_unstable_by_key(|entry| {
        let signal = entry.signal;
        (signal.type_path(), signal.file(), signal.line())
    });
    entries.into_iter().flat_map(receivers_of).collect()
}

/// Returns the durable receiver with this metadata. `None` for any other receiver.
pub(crate) fn durable_receiver(info: &'static ReceiverInfo) -> Option<DurableRegistration> {
    let entries = inventory::iter::<DurableEntry>;
    let mut entries = entries.into_iter();
    let entry = entries.find(|entry| entry.signal == info.signal())?;
    receivers_of(entry).find(|receiver| receiver.info == info)
}

fn receivers_of(
    &DurableEntry { signal, decode }: &'static DurableEntry,
) -> impl Iterator<Item = DurableRegistration> {
    let receivers = signal.receivers().into_iter();
    let deferred = receivers.filter(|receiver| !receiver.phase().is_awaited());
    let numbered = deferred.enumerate();
    numbered
        .filter(|(_, receiver)| receiver.durable().is_some())
        .map(move |(number, info)| DurableRegistration {
            info,
            number,
            decode,
        })
}
