//! The context of running code: its scope, its transaction and the resources of the scope and the process.

mod captures;
mod current;
#[cfg(feature = "durable")]
mod current_delivery;
mod dispatch_context;
#[cfg(feature = "durable")]
mod enqueued;
mod erased;
mod frame;
mod pending;
mod resources;
mod send_order;
#[cfg(feature = "durable")]
mod test_deliveries;
mod transaction_node;

pub(crate) use self::captures::{Capture, Captures};
pub(crate) use self::current::{CurrentContext, Entered, WithContext};
#[cfg(feature = "durable")]
pub(crate) use self::current_delivery::CurrentDelivery;
pub use self::dispatch_context::Context;
#[cfg(feature = "durable")]
pub(crate) use self::enqueued::{Enqueued, EnqueuedSignals, stored_name};
pub(crate) use self::erased::ErasedSignal;
pub use self::erased::ReceiverFuture;
pub(crate) use self::frame::{Frame, Layer, is_muted};
pub(crate) use self::pending::{Pending, waiting_receivers};
pub use self::resources::{AlreadyProvided, provide, provide_dyn, resource};
pub(crate) use self::send_order::SendOrder;
#[cfg(feature = "durable")]
pub(crate) use self::test_deliveries::{KeptDeliveries, TestDelivery, TestMode, TestScope};
#[cfg(feature = "durable")]
pub(crate) use self::transaction_node::{EnqueueFate, not_written};
pub(crate) use self::transaction_node::{Fate, TransactionEnd, TransactionNode};
