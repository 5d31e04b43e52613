//! Where a signal was sent, for whoever traces that.

#[cfg(feature = "tracing")]
mod with_tracing {
    use std::future::poll_fn;
    use std::pin::pin;

    use tracing::dispatcher::DefaultGuard;
    use tracing::{Dispatch, Level, Span, dispatcher};

    use crate::info::ReceiverInfo;
    use crate::unwind::{PanicGuarded, catch_panic, drop_guarded};

    /// The span that was the current one, if there was any. It is small, since every job has one.
    pub(crate) struct Origin(Option<Box<PanicGuarded<Span>>>);

    /// The span of what follows from it, and who collects both.
    pub(crate) struct Follower {
        span: PanicGuarded<Span>,
        collector: Option<PanicGuarded<Dispatch>>,
    }

    /// While it lives, that span is the current one. A collector's panics go no further.
    pub(crate) struct Entered<'f> {
        /// Dropped before the collector goes.
        span: Option<tracing::span::Entered<'f>>,
        collector: Option<DefaultGuard>,
    }

    impl Origin {
        #[inline]
        pub(crate) fn current() -> Self {
            if !tracing::level_enabled!(Level::INFO) {
                return Self(None);
            }
            let span = catch_panic(Span::current);
            let span = span.filter(|span| !span.is_none());
            Self(span.map(|span| Box::new(PanicGuarded::new(span))))
        }

        pub(crate) fn follow(&self, receiver: &ReceiverInfo) -> Follower {
            let origin = self.0.as_deref().map(PanicGuarded::get);
            let collector = origin
                .and_then(|origin| origin.with_subscriber(|(_, collector)| collector.clone()));
            let make = || {
                let span = tracing::info_span!(
                    parent: None,
                    "background",
                    signal = receiver.signal().name(),
                    receiver = receiver.id(),
                );
                span.follows_from(origin.and_then(Span::id));
                span
            };
            let span = catch_panic(|| match &collector {
                None => make(),
                Some(collector) => dispatcher::with_default(collector, make),
            });
            Follower {
                span: PanicGuarded::new(span.unwrap_or_else(Span::none)),
                collector: collector.map(PanicGuarded::new),
            }
        }
    }

    impl Follower {
        pub(crate) fn enter(&self) -> Entered<'_> {
            let collector = self.collector.as_ref().map(PanicGuarded::get);
            let collector = collector.map(dispatcher::set_default);
            Entered {
                span: catch_panic(|| self.span.get().enter()),
                collector,
            }
        }

        /// The future in this span.
        pub(crate) async fn wrap<F: Future>(self, future: F) -> F::Output {
            let mut future = pin!(future);
            poll_fn(|task| {
                let _in_span = self.enter();
                future.as_mut().poll(task)
            })
            .await
        }
    }

    impl Drop for Entered<'_> {
        fn drop(&mut self) {
            drop_guarded(self.span.take());
            drop_guarded(self.collector.take());
        }
    }
}

#[cfg(feature = "tracing")]
pub(super) use with_tracing::Origin;

#[cfg(not(feature = "tracing"))]
mod without_tracing {
    use crate::info::ReceiverInfo;

    pub(crate) struct Origin;
    pub(crate) struct Follower;
    pub(crate) struct Entered;

    #[expect(clippy::unused_self, reason = "as where there are spans")]
    impl Origin {
        #[inline]
        pub(crate) fn current() -> Self {
            Self
        }

        pub(crate) fn follow(&self, _: &ReceiverInfo) -> Follower {
            Follower
        }
    }

    #[expect(clippy::unused_self, reason = "as where there are spans")]
    impl Follower {
        pub(crate) fn enter(&self) -> Entered {
            Entered
        }

        pub(crate) fn wrap<F: Future>(self, future: F) -> F {
            future
        }
    }
}

#[cfg(not(feature = "tracing"))]
pub(super) use without_tracing::Origin;
