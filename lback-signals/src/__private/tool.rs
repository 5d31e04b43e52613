//! Support for `cargo lback`, which reads the wiring of a file. Not public API.

pub use crate::info::Position;
pub use crate::registry::order::{Arrangement, Ordered, arrange};
#[cfg(feature = "serde")]
pub use crate::wiring::BackoffView;
#[cfg(feature = "svg")]
pub use crate::wiring::without_modules;
pub use crate::wiring::{
    Comparison, DurableReceiverView, DurableSignalView, FieldView, Lacking, Located, Location,
    OrderView, Receiver, ReceiverView, ResourceView, Sentence, SignalView, UnknownLine, View,
};
