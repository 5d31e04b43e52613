//! The durable signals, and how their payloads are decoded.

use std::sync::Arc;

use super::OwnedSignal;
use crate::context::ErasedSignal;
use crate::enqueue::DecodeError;
use crate::info::{ReceiverInfo, RetiredReceiver, SignalInfo};

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

/// The entry of a removed receiver.
// Not public API. Used by generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct RetiredEntry(pub RetiredReceiver);

inventory::collect!(RetiredEntry);

/// Declares that a durable receiver was removed. The argument is its stored name.
///
/// Deliveries for the receiver may still be stored, and processes of the earlier program may store more. Without
/// `retire!` they would wait for ever. With it, the workers of this program discard them without decoding them, and log
/// how many. Dead letters stay until they are discarded or deleted after the retention.
///
/// The name stays in [`wiring`](crate::wiring) and in `signals.lock`. A receiver with the name is a
/// [`WiringProblem::RetiredName`](crate::WiringProblem::RetiredName). Remove the `retire!` when no database holds
/// deliveries for the name.
///
/// A worker that serves [`only`](crate::durable::Worker::only) some receivers discards nothing.
///
/// # Examples
///
/// ```standalone_crate
/// use lback_signals::{retire, wiring};
///
/// retire!("push-legacy");
///
/// assert_eq!(wiring().retired()[0].name(), "push-legacy");
/// assert!(wiring().to_lock().ends_with("retired push-legacy\n"));
/// ```
#[macro_export]
macro_rules! retire {
    ($name:literal $(,)?) => {
        const _: () = {
            const __LBACK_RETIRED: $crate::durable::RetiredReceiver =
                $crate::durable::RetiredReceiver::__new($name, ::core::file!(), ::core::line!());

            $crate::__private::inventory::submit! {
                $crate::__private::RetiredEntry(__LBACK_RETIRED)
            }

            $crate::__private::retired_note! { { $crate::__private } $name }
        };
    };
}

/// Returns the removed receivers, ordered by name.
pub(crate) fn retired_receivers() -> Vec<&'static RetiredReceiver> {
    let entries = inventory::iter::<RetiredEntry>.into_iter();
    let mut retired: Vec<_> = entries.map(|entry| &entry.0).collect();
    retired.sort_unstable_by_key(|it| (it.name(), it.file(), it.line()));
    retired
}

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
