//! The `tracing` spans of background receivers, which follow from the span of their sender.

#[cfg(feature = "tracing")]
mod with_tracing {
    use std::future::poll_fn;
    use std::pin::pin;

    use tracing::dispatcher::DefaultGuard;
    use tracing::{Dispatch, Level, Span, dispatcher};

    use crate::info::ReceiverInfo;
    use crate::unwind::{PanicGuarded, catch_panic, drop_guarded};

    /// The sender's current span, if there was one. Boxed, since every queued job has one of these.
    pub(crate) struct SenderSpan(Option<Box<PanicGuarded<Span>>>);

    /// The span of a job, and the subscriber that records both spans.
    pub(crate) struct JobSpan {
        span: PanicGuarded<Span>,
        subscriber: Option<PanicGuarded<Dispatch>>,
    }

    /// A guard that keeps a job's span entered. Panics of the subscriber are discarded.
    pub(crate) struct EnteredJobSpan<'s> {
        /// Exited before the subscriber is reset.
        span: Option<tracing::span::Entered<'s>>,
        subscriber: Option<DefaultGuard>,
    }

    impl SenderSpan {
        #[inline]
        pub(crate) fn current() -> Self {
            if !tracing::level_enabled!(Level::INFO) {
                return Self(None);
            }
            let span = catch_panic(Span::current);
            let span = span.filter(|span| !span.is_none());
            Self(span.map(|span| Box::new(PanicGuarded::new(span))))
        }

        /// Creates the span of a job that follows from this one.
        pub(crate) fn job_span(&self, receiver: &ReceiverInfo) -> JobSpan {
            let sender = self.0.as_deref().map(PanicGuarded::get);
            let subscriber = sender
                .and_then(|sender| sender.with_subscriber(|(_, subscriber)| subscriber.clone()));
            let create = || {
                let span = tracing::info_span!(
                    parent: None,
                    "background",
                    signal = receiver.signal().name(),
                    receiver = receiver.id(),
                );
                span.follows_from(sender.and_then(Span::id));
                span
            };
            let span = catch_panic(|| match &subscriber {
                None => create(),
                Some(subscriber) => dispatcher::with_default(subscriber, create),
            });
            JobSpan {
                span: PanicGuarded::new(span.unwrap_or_else(Span::none)),
                subscriber: subscriber.map(PanicGuarded::new),
            }
        }
    }

    impl JobSpan {
        pub(crate) fn enter(&self) -> EnteredJobSpan<'_> {
            let subscriber = self.subscriber.as_ref().map(PanicGuarded::get);
            let subscriber = subscriber.map(dispatcher::set_default);
            EnteredJobSpan {
                span: catch_panic(|| self.span.get().enter()),
                subscriber,
            }
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

    impl Drop for EnteredJobSpan<'_> {
        fn drop(&mut self) {
            drop_guarded(self.span.take());
            drop_guarded(self.subscriber.take());
        }
    }
}

#[cfg(feature = "tracing")]
pub(super) use with_tracing::SenderSpan;

#[cfg(not(feature = "tracing"))]
mod without_tracing {
    use crate::info::ReceiverInfo;

    pub(crate) struct SenderSpan;
    pub(crate) struct JobSpan;
    pub(crate) struct EnteredJobSpan;

    #[expect(clippy::unused_self, reason = "has the signature of `with_tracing`")]
    impl SenderSpan {
        #[inline]
        pub(crate) fn current() -> Self {
            Self
        }

        pub(crate) fn job_span(&self, _: &ReceiverInfo) -> JobSpan {
            JobSpan
        }
    }

    #[expect(clippy::unused_self, reason = "has the signature of `with_tracing`")]
    impl JobSpan {
        pub(crate) fn enter(&self) -> EnteredJobSpan {
            EnteredJobSpan
        }

        pub(crate) fn instrument<F: Future>(self, future: F) -> F {
            future
        }
    }
}

#[cfg(not(feature = "tracing"))]
pub(super) use without_tracing::SenderSpan;
