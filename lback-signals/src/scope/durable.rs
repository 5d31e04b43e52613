//! Scopes of tests that deliver to durable receivers.

use std::sync::Arc;

use super::Scope;
use crate::context::{KeptDeliveries, TestMode};
use crate::report::Report;
use crate::transaction::deliver;

/// Tests of durable receivers without an outbox.
///
/// In these scopes, the deliveries of a signal need no outbox and are not handed to one. Each goes through a whole
/// encode and decode of its signal, as from the database, and then calls its receiver once, in the scope in which the
/// signal was sent. A failure is in the report of the commit or of [`drain`](Self::drain), and is not retried.
///
/// ```standalone_crate
/// use std::sync::{Arc, Mutex};
///
/// use lback_signals::{Res, Scope, Signal, Transaction, receiver, signal};
///
/// #[signal(durable(name = "order.paid", version = 1))]
/// struct OrderPaid<'a> {
///     order: u64,
///     email: &'a str,
/// }
///
/// /// The receipts that were sent.
/// #[derive(Default)]
/// struct Sent(Mutex<Vec<String>>);
///
/// #[receiver(signal = OrderPaid, durable(name = "send-receipt"))]
/// fn send_receipt(event: &OrderPaid<'_>, sent: Res<'_, Sent>) {
///     sent.0.lock().unwrap().push(format!("{} to {}", event.order, event.email));
/// }
///
/// let sent = Arc::new(Sent::default());
/// let report = Scope::new().provide_dyn(sent.clone()).durable_inline().run(|| {
///     let transaction = Transaction::new();
///     transaction.run(|| OrderPaid { order: 7, email: "ada@example.org" }.send());
///     transaction.commit()
/// });
/// assert_eq!(report.delivered(), 1);
/// assert_eq!(*sent.0.lock().unwrap(), ["7 to ada@example.org"]);
/// ```
impl Scope {
    /// Runs durable receivers at the commit of the outermost transaction, or at the end of a send outside any.
    ///
    /// [`Transaction::commit_with`](crate::Transaction::commit_with) and a `send_async` await receivers that are `async
    /// fn`s. [`commit`](crate::Transaction::commit), [`commit_after`](crate::Transaction::commit_after) and a `send`
    /// block the thread until they have ended, so that such a receiver must not wait for I/O of a runtime on this
    /// thread; its timers and the tasks that it spawns are of another runtime.
    ///
    /// Without a transaction and inside a receiver, a durable receiver that sends its own signal is stopped by the
    /// recursion limit.
    #[must_use]
    pub fn durable_inline(self) -> Self {
        self.with_test_mode(|mode| mode.kept = None)
    }

    /// Keeps the deliveries of durable receivers until [`drain`](Self::drain). Those that are not drained when the
    /// scope is dropped do not run.
    #[must_use]
    pub fn durable_manual(self) -> Self {
        self.with_test_mode(|mode| {
            mode.kept.get_or_insert_with(Arc::<KeptDeliveries>::default);
        })
    }

    /// Runs each delivery twice, as after a crash between the effects of the receiver and the completion: the second
    /// attempt has the same id and idempotency key. A receiver that is idempotent has no further effects.
    ///
    /// Applies to [`durable_manual`](Self::durable_manual) and [`durable_inline`](Self::durable_inline), which it
    /// implies.
    #[must_use]
    pub fn durable_twice(self) -> Self {
        self.with_test_mode(|mode| mode.is_twice = true)
    }

    /// Runs the deliveries that [`durable_manual`](Self::durable_manual) has kept, one after the other in the order of
    /// their commits, and those that are added meanwhile. Returns the report of their receivers.
    ///
    /// Deliveries of [disabled](crate::disable) receivers are kept. If the future is dropped, so are those that have
    /// not ended: a later `drain` runs them.
    pub fn drain(&self) -> impl Future<Output = Report> + Send + use<> {
        let mode = self.layer.test_mode.as_ref();
        let kept = mode.and_then(|mode| mode.kept.clone()).unwrap_or_default();
        async move {
            let mut report = Report::of_delivered(0);
            while let Some(taken) = kept.take() {
                report.add(deliver(taken.delivery.clone()).await);
                taken.complete();
            }
            report
        }
    }

    fn with_test_mode(self, change: impl FnOnce(&mut TestMode)) -> Self {
        self.with(|layer| change(layer.test_mode.get_or_insert_default()))
    }
}

impl Drop for Scope {
    /// Ends the cycle between the kept deliveries and the scope.
    fn drop(&mut self) {
        let mode = self.layer.test_mode.as_ref();
        if let Some(kept) = mode.and_then(|mode| mode.kept.as_ref()) {
            kept.close();
        }
    }
}
