//! Spans of tasks that run a receiver, in the background or of a worker.

#[cfg(feature = "tracing")]
mod with_tracing {
    use std::future::poll_fn;
    use std::pin::pin;

    use tracing::dispatcher::DefaultGuard;
    use tracing::{Dispatch, Span, dispatcher};

    use crate::unwind::{PanicGuarded, catch_panic, drop_guarded};

    /// The span of a task, and the subscriber that records it, unless that is the current one.
    pub(crate) struct TaskSpan {
        span: PanicGuarded<Span>,
        subscriber: Option<PanicGuarded<Dispatch>>,
    }

    /// A guard that keeps a task's span entered. Panics of the subscriber are discarded.
    pub(crate) struct EnteredTaskSpan<'s> {
        /// Exited before the subscriber is reset.
        span: Option<tracing::span::Entered<'s>>,
        subscriber: Option<DefaultGuard>,
    }

    impl TaskSpan {
        pub(crate) fn new(subscriber: Option<Dispatch>, create: impl FnOnce() -> Span) -> Self {
            let span = catch_panic(|| match &subscriber {
                None => create(),
                Some(subscriber) => dispatcher::with_default(subscriber, create),
            });
            Self {
                span: PanicGuarded::new(span.unwrap_or_else(Span::none)),
                subscriber: subscriber.map(PanicGuarded::new),
            }
        }

        pub(crate) fn enter(&self) -> EnteredTaskSpan<'_> {
            let subscriber = self.subscriber.as_ref().map(PanicGuarded::get);
            let subscriber = subscriber.map(dispatcher::set_default);
            EnteredTaskSpan {
                span: catch_panic(|| self.span.get().enter()),
                subscriber,
            }
        }

        /// Returns the span, to record in it after it was entered.
        pub(crate) fn to_span(&self) -> crate::trace::Span {
            crate::trace::Span::of_task(self.span.get())
        }

        /// Enters the span for each poll of the future.
        pub(crate) async fn instrument<F: Future>(self, future: F) -> F::Output {
            let mut future = pin!(future);
            poll_fn(|task| {
                let _entered = self.enter();
                future.as_mut().poll(task)
            })
            .await
        }
    }

    impl Drop for EnteredTaskSpan<'_> {
        fn drop(&mut self) {
            drop_guarded(self.span.take());
            drop_guarded(self.subscriber.take());
        }
    }
}

#[cfg(feature = "tracing")]
pub(crate) use with_tracing::TaskSpan;

#[cfg(not(feature = "tracing"))]
mod without_tracing {
    pub(crate) struct TaskSpan;
    pub(crate) struct EnteredTaskSpan;

    #[expect(clippy::unused_self, reason = "has the signature of `with_tracing`")]
    impl TaskSpan {
        pub(crate) fn enter(&self) -> EnteredTaskSpan {
            EnteredTaskSpan
        }

        pub(crate) fn to_span(&self) -> crate::trace::Span {
            crate::trace::Span::NONE
        }

        pub(crate) fn instrument<F: Future>(self, future: F) -> F {
            future
        }
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) use without_tracing::TaskSpan;
