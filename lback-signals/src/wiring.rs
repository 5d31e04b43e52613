//! The wiring: the signals that are linked into this binary, and their receivers in order.

#[cfg(feature = "durable")]
mod accepted;
mod check;
mod dot;
mod graph;
#[cfg(feature = "serde")]
mod json;
mod lock;
mod mermaid;
mod problem;
#[cfg(feature = "svg")]
mod svg;
mod table;
mod text;
mod verify;
mod view;

#[cfg(test)]
mod tests;

use std::fmt;

#[cfg(feature = "durable")]
pub use self::accepted::{AcceptedForms, LockError};
#[cfg(feature = "durable")]
pub(crate) use self::check::no_receivers;
pub use self::lock::{UnknownLine, assert_wiring};
#[cfg(feature = "durable")]
pub(crate) use self::problem::sentences;
pub use self::problem::{Located, Location, Sentence, WiringProblem};
#[cfg(feature = "svg")]
pub use self::text::without_modules;
pub use self::verify::{Comparison, Lacking, MissingReceivers, Receiver, verify_wiring};
#[cfg(feature = "serde")]
pub use self::view::BackoffView;
pub use self::view::{
    DurableReceiverView, DurableSignalView, FieldView, OrderView, ReceiverView, ResourceView,
    SignalView, View,
};

#[cfg(feature = "durable")]
use crate::info::RetiredReceiver;
use crate::info::SignalInfo;
use crate::registry;

use self::text::crate_of;

const CRATE: &str = env!("CARGO_CRATE_NAME");

/// Returns the wiring of this binary: its signals, and their receivers in the order in which they run.
///
/// The signals of this crate, such as `DeliveryDied`, are listed if they have receivers.
///
/// ```standalone_crate
/// use lback_signals::{receiver, signal, wiring};
///
/// #[signal]
/// struct ParcelSent {
///     weight_grams: u32,
/// }
///
/// #[receiver(signal = ParcelSent)]
/// fn count(_: &ParcelSent) {}
///
/// let wiring = wiring();
/// let signal = wiring.signals().iter().find(|signal| signal.name() == "parcel_sent").unwrap();
/// assert_eq!(signal.receivers()[0].name(), "count");
/// assert!(wiring.check().is_ok());
/// println!("{wiring}");
/// ```
#[must_use]
pub fn wiring() -> Wiring {
    let mut signals = registry::signals();
    // Whether an unused signal of this crate is linked depends on the linker, so one without receivers is left out.
    signals
        .retain(|signal| crate_of(signal.type_path()) != CRATE || !signal.receivers().is_empty());
    Wiring {
        signals,
        #[cfg(feature = "durable")]
        retired: registry::retired_receivers(),
    }
}

/// The signals and receivers of this binary, returned by [`wiring`].
///
/// `Display` writes a table. Other renderings are [`to_mermaid`](Wiring::to_mermaid),
/// [`to_dot`](Wiring::to_dot) and, with features, `to_svg` and `to_json`.
#[derive(Clone)]
pub struct Wiring {
    signals: Vec<&'static SignalInfo>,
    #[cfg(feature = "durable")]
    retired: Vec<&'static RetiredReceiver>,
}

impl Wiring {
    /// Returns the signals, ordered by [`SignalInfo::type_path`].
    #[must_use]
    pub fn signals(&self) -> &[&'static SignalInfo] {
        &self.signals
    }

    /// Returns the durable receivers that were removed, ordered by name. See [`retire!`](crate::retire).
    #[cfg(feature = "durable")]
    #[must_use]
    pub fn retired(&self) -> &[&'static RetiredReceiver] {
        &self.retired
    }

    /// Returns the names of the removed receivers, each once.
    #[cfg(feature = "durable")]
    fn retired_names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.retired.iter().map(|it| it.name()).collect();
        names.dedup();
        names
    }

    #[cfg(not(feature = "durable"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    fn retired_names(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

impl fmt::Debug for Wiring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Wiring");
        f.field("signals", &self.signals);
        #[cfg(feature = "durable")]
        f.field("retired", &self.retired);
        f.finish()
    }
}
