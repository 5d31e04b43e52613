//! The first poll of awaited receivers, outside a scope: the fast path of `send_async`.

use std::task::{Context, Poll};

use super::join::Ended;
use crate::info::ReceiverInfo;
use crate::recursion::{self, Breadth, Level};
use crate::report::Exception;
use crate::signal::{Link, Starting};
use crate::unwind::{self, drop_guarded};

/// The state of a dispatch in its first poll. By default no receiver has been started.
pub(crate) struct FirstPoll<'c, R> {
    /// The level of the dispatch, unless the poll has ended.
    pub(crate) level: Option<Level>,
    pub(crate) breadth: Breadth,
    /// The number of receivers that succeeded.
    pub(crate) delivered: usize,
    /// The receiver after these, if it did not succeed at once.
    pub(crate) last: Option<Last<'c, R>>,
}

/// The last receiver of a first poll.
pub(crate) enum Last<'c, R> {
    Pending(Link<'c, R>),
    Ended(&'static ReceiverInfo, Ended<R>),
}

impl<R> Default for FirstPoll<'_, R> {
    fn default() -> Self {
        Self {
            level: None,
            breadth: Breadth::default(),
            delivered: 0,
            last: None,
        }
    }
}

impl<R> FirstPoll<'_, R> {
    /// Returns the number of receivers that were started.
    pub(crate) fn started(&self) -> usize {
        self.delivered + usize::from(self.last.is_some())
    }
}

impl<'c> FirstPoll<'c, ()> {
    /// Starts and polls receivers until one of them does not succeed at once, and returns whether all succeeded.
    /// Starts none in a scope or at a limit of recursion.
    ///
    /// One guard serves all calls, since panics are rare, and no list is built, since many `async fn`s never
    /// wait.
    #[inline]
    pub(crate) fn run<Callee>(
        &mut self,
        callees: impl Iterator<Item = (&'static ReceiverInfo, Callee)>,
        task: &mut Context<'_>,
        mut start: impl FnMut(Callee) -> Starting<'c>,
    ) -> bool {
        let Some(level) = Level::enter_fast_path() else {
            return false;
        };
        let Some(breadth_guard) = self.breadth.enter(level) else {
            return false;
        };
        let mut delivered = 0;
        let mut last = None;
        // Outside the guard: a panic of its poll must not meet a panic of its `Drop`.
        let mut running = None;
        let caught = unwind::catch(|| {
            for (info, callee) in callees {
                last = Some(info);
                let started: &mut Link<'c> = running.insert(start(callee)?);
                let polled = started.as_mut().poll(task);
                if recursion::is_stopped() {
                    return Err(Exception::Skipped);
                }
                let Poll::Ready(outcome) = polled else {
                    started.as_mut().label(info, None);
                    return Ok(Poll::Pending);
                };
                outcome?;
                running = None;
                delivered += 1;
            }
            Ok(Poll::Ready(()))
        });
        drop(breadth_guard);
        self.delivered = delivered;
        let ended = match caught {
            Ok(Ok(Poll::Ready(()))) => {
                level.leave();
                return true;
            }
            Ok(Ok(Poll::Pending)) => {
                self.level = Some(level);
                self.last = running.map(Last::Pending);
                return false;
            }
            Ok(Err(exception)) => Ok(Err(exception)),
            Err(panic) => Err(panic),
        };
        self.level = Some(level);
        drop_guarded(running);
        self.last = last.map(|last| Last::Ended(last, ended));
        false
    }
}
