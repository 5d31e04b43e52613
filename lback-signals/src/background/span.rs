//! The `tracing` spans of background receivers, which follow from the span of their sender.

#[cfg(feature = "tracing")]
mod with_tracing {
    use tracing::{Level, Span};

    use crate::info::ReceiverInfo;
    use crate::trace::TaskSpan;
    use crate::unwind::{PanicGuarded, catch_panic};

    /// The sender's current span, if there was one. Boxed, since every queued job has one of these.
    pub(crate) struct SenderSpan(Option<Box<PanicGuarded<Span>>>);

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

        /// Creates the span of a job that follows from this one, with the subscriber that records both.
        pub(crate) fn job_span(&self, receiver: &ReceiverInfo) -> TaskSpan {
            let sender = self.0.as_deref().map(PanicGuarded::get);
            let subscriber = sender
                .and_then(|sender| sender.with_subscriber(|(_, subscriber)| subscriber.clone()));
            TaskSpan::new(subscriber, || {
                let span = tracing::info_span!(
                    parent: None,
                    "background",
                    signal = receiver.signal().name(),
                    receiver = receiver.id(),
                    code.function.name = receiver.id(),
                    error.type = tracing::field::Empty,
                );
                span.follows_from(sender.and_then(Span::id));
                span
            })
        }
    }
}

#[cfg(feature = "tracing")]
pub(super) use with_tracing::SenderSpan;

#[cfg(not(feature = "tracing"))]
mod without_tracing {
    use crate::info::ReceiverInfo;
    use crate::trace::TaskSpan;

    pub(crate) struct SenderSpan;

    #[expect(clippy::unused_self, reason = "has the signature of `with_tracing`")]
    impl SenderSpan {
        #[inline]
        pub(crate) fn current() -> Self {
            Self
        }

        pub(crate) fn job_span(&self, _: &ReceiverInfo) -> TaskSpan {
            TaskSpan
        }
    }
}

#[cfg(not(feature = "tracing"))]
pub(super) use without_tracing::SenderSpan;
