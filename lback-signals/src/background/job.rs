//! One receiver's turn with one signal.

use std::iter;
use std::sync::Arc;

use super::origin::Origin;
use super::queue;
use crate::call::{await_started, call_each, started};
use crate::context::{Context, CurrentContext, ErasedSignal, Frame, WithContext};
use crate::info::ReceiverInfo;
use crate::report::{Exception, Failure, FailureKind, Mode, Refused, Report, guard_user_code};
use crate::signal::Started;
use crate::trace::Span;

pub(crate) struct Job {
    name: Name,
    /// Where the signal was sent.
    scope: Option<Arc<Frame>>,
    origin: Origin,
}

/// What is known of a job while it is at work.
#[derive(Clone)]
pub(crate) struct Name {
    owned: Arc<dyn ErasedSignal>,
    number: usize,
}

impl Name {
    pub(super) fn receiver(&self) -> &'static ReceiverInfo {
        let receiver = self.owned.receiver(self.number);
        receiver.unwrap_or_else(|| unreachable!("it is one of them"))
    }

    pub(super) fn sender(&self) -> Option<String> {
        self.owned.sender_outside_dispatch()
    }

    /// The report for a sender whose job was dropped.
    pub(super) fn refused(self, why: Refused) -> Report {
        let kind = FailureKind::Refused(why);
        let failure = Failure::new(self.receiver(), self.sender(), kind);
        failure.announce();
        guard_user_code(|| drop(self));
        Report::new(0, 0, vec![failure])
    }
}

impl queue::Job for Job {
    type Name = Name;

    fn name(&self) -> Name {
        self.name.clone()
    }
}

impl Job {
    pub(crate) fn new(
        owned: Arc<dyn ErasedSignal>,
        number: usize,
        scope: Option<Arc<Frame>>,
    ) -> Self {
        Self {
            name: Name { owned, number },
            scope,
            origin: Origin::current(),
        }
    }

    pub(super) fn receiver(&self) -> &'static ReceiverInfo {
        self.name.receiver()
    }

    /// Drops the job, and makes the report that its sender gets.
    pub(super) fn refused(self, why: Refused) -> Report {
        let name = self.name.clone();
        guard_user_code(|| drop(self));
        name.refused(why)
    }

    /// Calls the receiver, which is a `fn`, on this thread.
    pub(super) fn call(self) -> Report {
        let follower = self.origin.follow(self.receiver());
        let _in_span = follower.enter();
        let _entered = self.current().enter();
        let owned = &self.name.owned;
        let receiver = [(self.receiver(), self.name.number)];
        call_each(
            receiver,
            self.scope.clone(),
            &|| owned.sender(),
            |number, context| owned.call(number, context),
        )
    }

    /// Runs the receiver, which is an `async fn`.
    pub(super) fn run(self) -> impl Future<Output = Report> + Send {
        let follower = self.origin.follow(self.receiver());
        let current = self.current();
        let running = async move {
            let receiver = self.receiver();
            let Name { owned, number } = self.name;
            let scope = self.scope;
            let kept = Arc::clone(&owned);
            let starting = iter::once_with(|| {
                let start = || {
                    // It may have been disabled while it waited.
                    if receiver.is_disabled() {
                        return Err(Exception::Skipped);
                    }
                    let run = kept.start(number, Context::new(scope));
                    let run = run.unwrap_or_else(|| unreachable!("it is called and not started"));
                    Ok(Started::new(run))
                };
                (0, started(0, receiver, start))
            });
            let sender = || owned.sender();
            let info = |_| receiver;
            let (current, mode, span) = (CurrentContext::get(), Mode::Robust, Span::NONE);
            await_started(current, mode, span, sender, info, starting, |_, ()| {}).await
        };
        follower.wrap(WithContext::new(running, move || current.clone()))
    }

    fn current(&self) -> CurrentContext {
        CurrentContext {
            scope: self.scope.clone(),
            transaction: None,
            is_background: true,
        }
    }
}
