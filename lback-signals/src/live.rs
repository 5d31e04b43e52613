//! A view of the last dispatches of the process, which an observer keeps in memory.

mod counts;
mod ring;
mod table;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

pub use self::counts::{DispatchCounts, RunCounts};
use self::ring::Ring;
use crate::info::{ReceiverInfo, SignalInfo};
use crate::observe::{Dispatch, Observer, ReceiverRun, SendingReceiver};
use crate::report::DispatchId;
use crate::unwind::catch_panic;

/// The length of a request, in characters. A client may choose it.
const MAX_REQUEST: usize = 256;

/// An observer that keeps the last dispatches and counts all of them. A clone is the same view.
///
/// `Display` writes the dispatches as a table, each below the receiver that sent it, and those of one request
/// together.
///
/// The view holds the names of signals and receivers, requests, times and outcomes, and no values. A new dispatch
/// drops the oldest one from a full view.
///
/// # Examples
///
/// ```standalone_crate
/// use lback_signals::{LiveView, Signal, receiver, set_observer, signal};
///
/// #[signal]
/// struct OrderPaid;
///
/// #[receiver(signal = OrderPaid)]
/// fn send_receipt(_: &OrderPaid) {}
///
/// let view = LiveView::new(1000);
/// set_observer(view.clone())?;
/// OrderPaid.send();
/// println!("{view}");
/// let paid = &view.dispatches()[0];
/// assert_eq!(paid.signal.name(), "order_paid");
/// assert_eq!(paid.runs[0].outcome, "succeeded");
/// # Ok::<(), lback_signals::ObserverAlreadySet>(())
/// ```
#[derive(Clone)]
pub struct LiveView {
    state: Arc<Mutex<State>>,
    request: fn(&Dispatch<'_>) -> Option<String>,
}

struct State {
    ring: Ring,
    counts: DispatchCounts,
}

/// A dispatch in a [`LiveView`], or an attempt of a durable receiver.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LiveDispatch {
    /// The number of the dispatch.
    pub id: DispatchId,
    /// The signal.
    pub signal: &'static SignalInfo,
    /// The first 256 characters of the request that the function of [`LiveView::with_request`] returned.
    pub request: Option<String>,
    /// The receiver that sent the signal.
    pub sent_by: Option<&'static ReceiverInfo>,
    /// When the signal was sent, or the attempt ended.
    pub at: SystemTime,
    /// The receivers that have run, in the order in which they ended.
    pub runs: Vec<LiveRun>,
    /// The dispatches that the receivers have sent, oldest first.
    pub children: Vec<LiveDispatch>,
}

/// A run of a receiver in a [`LiveView`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LiveRun {
    /// The receiver.
    pub receiver: &'static ReceiverInfo,
    /// The [name of its outcome](crate::RunOutcome::name).
    pub outcome: &'static str,
    /// The [kind of its failure](crate::FailureKind::name).
    pub failure: Option<&'static str>,
    /// The time that it took.
    pub duration: Duration,
}

impl LiveView {
    /// Creates a view of the last dispatches: this many, and at least one.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                ring: Ring::new(capacity.max(1)),
                counts: DispatchCounts::default(),
            })),
            request: |_| None,
        }
    }

    /// Sets the function that names the request of a dispatch, such as by a resource of its scope. By default no
    /// dispatch has one, nor has a dispatch for which the function panics.
    ///
    /// ```
    /// use lback_signals::LiveView;
    ///
    /// struct RequestId(String);
    ///
    /// let view = LiveView::new(1000).with_request(|dispatch| {
    ///     dispatch.resource::<RequestId>().map(|request| request.0.clone())
    /// });
    /// ```
    #[must_use]
    pub fn with_request(mut self, request: fn(&Dispatch<'_>) -> Option<String>) -> Self {
        self.request = request;
        self
    }

    /// Returns the dispatches that no receiver in the view has sent, with those that their receivers have sent. They
    /// are ordered by the first dispatch of their request.
    ///
    /// The tree has at most 32 levels: a dispatch below the last one is returned as if no receiver had sent it.
    #[must_use]
    pub fn dispatches(&self) -> Vec<LiveDispatch> {
        self.lock().ring.tree()
    }

    /// Returns the number of dispatches that were dropped from the view.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.lock().ring.dropped()
    }

    /// Returns the counts of all dispatches and runs, also of those that were dropped.
    #[must_use]
    pub fn counts(&self) -> DispatchCounts {
        self.lock().counts.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for LiveView {
    fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
        let request = catch_panic(|| (self.request)(dispatch)).flatten();
        let request = request.map(|it| it.chars().take(MAX_REQUEST).collect());
        let mut state = self.lock();
        state.counts.add_dispatch(dispatch.signal());
        state.ring.add(
            LiveDispatch {
                id: dispatch.id(),
                signal: dispatch.signal(),
                request,
                sent_by: dispatch.sent_by().map(SendingReceiver::receiver),
                at: SystemTime::now(),
                runs: Vec::new(),
                children: Vec::new(),
            },
            dispatch.sent_by().map(SendingReceiver::dispatch),
        );
    }

    fn on_run(&self, run: &ReceiverRun<'_>) {
        let mut state = self.lock();
        state.counts.add_run(run);
        state.ring.add_run(run);
    }
}

impl fmt::Debug for LiveView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveView")
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}
