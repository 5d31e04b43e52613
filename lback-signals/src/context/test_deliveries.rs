//! Deliveries to durable receivers in the scope of a test, which no outbox stores.

use std::collections::VecDeque;
use std::iter;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::enqueued::Enqueued;
use super::frame::Frame;
use crate::enqueue::SignalRow;
use crate::info::ReceiverInfo;

/// How a scope delivers to durable receivers.
#[derive(Clone, Default)]
pub(crate) struct TestMode {
    /// Keeps the deliveries until the scope is drained. `None` if they run at the commit.
    pub(crate) kept: Option<Arc<KeptDeliveries>>,
    /// Whether each delivery runs twice.
    pub(crate) is_twice: bool,
}

/// The scope in which a signal was sent, if it is one of a test, and how it delivers.
#[derive(Clone)]
pub(crate) struct TestScope {
    pub(crate) frame: Arc<Frame>,
    pub(crate) mode: TestMode,
}

impl TestScope {
    /// Returns `None` if no scope delivers.
    pub(crate) fn of(frame: &Arc<Frame>) -> Option<Self> {
        let mode = frame.test_mode()?.clone();
        let frame = Arc::clone(frame);
        Some(Self { frame, mode })
    }
}

/// One signal for one durable receiver.
#[derive(Clone)]
pub(crate) struct TestDelivery {
    pub(crate) row: Arc<SignalRow>,
    pub(crate) receiver: &'static ReceiverInfo,
    /// The scope in which the signal was sent.
    pub(crate) scope: Arc<Frame>,
    pub(crate) sent_at: SystemTime,
    /// Beginning with 1.
    pub(crate) attempt: u32,
}

impl TestDelivery {
    /// Returns the deliveries of a signal.
    pub(crate) fn of(signal: Enqueued, scope: &TestScope) -> impl Iterator<Item = Self> + use<> {
        let row = Arc::new(signal.row);
        let sent_at = SystemTime::now();
        let attempts = if scope.mode.is_twice { 1..=2 } else { 1..=1 };
        let frame = Arc::clone(&scope.frame);
        signal.receivers.into_iter().flat_map(move |receiver| {
            let first = Self {
                row: Arc::clone(&row),
                receiver,
                scope: Arc::clone(&frame),
                sent_at,
                attempt: 1,
            };
            iter::zip(attempts.clone(), iter::repeat(first)).map(|(attempt, delivery)| Self {
                attempt,
                ..delivery
            })
        })
    }
}

/// The deliveries that a scope keeps until it is drained.
#[derive(Default)]
pub(crate) struct KeptDeliveries(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    deliveries: VecDeque<TestDelivery>,
    /// Whether the scope was dropped, so that nothing drains it.
    is_closed: bool,
}

impl KeptDeliveries {
    /// Keeps deliveries, and returns their number. Drops them if nothing drains the scope.
    pub(crate) fn keep(&self, deliveries: impl IntoIterator<Item = TestDelivery>) -> usize {
        let mut kept = self.lock();
        if kept.is_closed {
            return 0;
        }
        let before = kept.deliveries.len();
        kept.deliveries.extend(deliveries);
        kept.deliveries.len() - before
    }

    /// Removes and returns the first delivery whose receiver is not disabled.
    ///
    /// The delivery is put back if the returned value is dropped before [`Taken::complete`].
    pub(crate) fn take(&self) -> Option<Taken<'_>> {
        let mut kept = self.lock();
        let mut deliveries = kept.deliveries.iter();
        let index = deliveries.position(|delivery| !delivery.receiver.is_disabled())?;
        let delivery = kept.deliveries.remove(index)?;
        Some(Taken {
            kept: self,
            delivery,
            is_complete: false,
        })
    }

    /// Drops the deliveries, and all later ones.
    pub(crate) fn close(&self) {
        let mut kept = self.lock();
        kept.is_closed = true;
        let deliveries = mem::take(&mut kept.deliveries);
        drop(kept);
        // They hold the scope, whose resources are of the user.
        drop(deliveries);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A delivery that is put back when it is dropped.
pub(crate) struct Taken<'k> {
    kept: &'k KeptDeliveries,
    pub(crate) delivery: TestDelivery,
    is_complete: bool,
}

impl Taken<'_> {
    pub(crate) fn complete(mut self) {
        self.is_complete = true;
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut kept = self.kept.lock();
        if !self.is_complete && !kept.is_closed {
            kept.deliveries.push_front(self.delivery.clone());
        }
    }
}
