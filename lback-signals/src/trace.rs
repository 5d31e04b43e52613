//! `tracing` spans around dispatches (level `DEBUG`), receivers (level `TRACE`) and tasks (level `INFO`).

#[cfg(feature = "tokio")]
mod task;

#[cfg(feature = "tokio")]
pub(crate) use self::task::TaskSpan;

#[cfg(feature = "tracing")]
mod with_tracing {
    use std::mem;

    use super::{ReceiverInfo, SignalInfo};
    use crate::unwind::{catch_panic, discard_panic, drop_guarded};

    /// Returns whether a subscriber may record the spans.
    #[inline]
    pub(crate) fn is_on() -> bool {
        tracing::level_enabled!(tracing::Level::DEBUG)
    }

    #[derive(Clone, Debug)]
    pub(crate) struct Span(tracing::Span);

    /// Guard that keeps a span entered. Panics of the subscriber are discarded.
    pub(crate) struct Entered<'s>(Option<tracing::span::Entered<'s>>);

    impl Span {
        pub(crate) const NONE: Self = Self(tracing::Span::none());

        pub(crate) fn of_dispatch(signal: &SignalInfo) -> Self {
            Self::create(|| tracing::debug_span!("dispatch", signal = signal.name()))
        }

        pub(crate) fn of_receiver(receiver: &ReceiverInfo) -> Self {
            Self::create(|| {
                tracing::trace_span!(
                    "receiver",
                    receiver = receiver.id(),
                    code.function.name = receiver.id(),
                    error.type = tracing::field::Empty,
                )
            })
        }

        /// Records the kind of a failure.
        pub(crate) fn record_error(&self, kind: &'static str) {
            if !self.0.is_none() {
                discard_panic(|| {
                    self.0.record("error.type", kind);
                });
            }
        }

        #[cfg(feature = "tokio")]
        pub(super) fn of_task(span: &tracing::Span) -> Self {
            catch_panic(|| span.clone()).map_or(Self::NONE, Self)
        }

        #[cfg(feature = "sqlx")]
        pub(crate) fn current() -> Self {
            catch_panic(tracing::Span::current).map_or(Self::NONE, Self)
        }

        fn create(make: impl FnOnce() -> tracing::Span) -> Self {
            if is_on() {
                catch_panic(make).map_or(Self::NONE, Self)
            } else {
                Self::NONE
            }
        }

        pub(crate) fn enter(&self) -> Entered<'_> {
            if self.0.is_none() {
                return Entered(None);
            }
            Entered(catch_panic(|| self.0.enter()))
        }
    }

    impl Drop for Span {
        fn drop(&mut self) {
            if !self.0.is_none() {
                drop_guarded(mem::replace(&mut self.0, tracing::Span::none()));
            }
        }
    }

    impl Drop for Entered<'_> {
        fn drop(&mut self) {
            if let Some(entered) = self.0.take() {
                drop_guarded(entered);
            }
        }
    }
}

#[cfg(feature = "tracing")]
pub(crate) use with_tracing::{Entered, Span, is_on};

#[cfg(not(feature = "tracing"))]
mod without_tracing {
    use std::marker::PhantomData;

    use super::{ReceiverInfo, SignalInfo};

    #[inline]
    pub(crate) fn is_on() -> bool {
        false
    }

    /// Stand-in without the feature `tracing`.
    #[derive(Clone, Debug)]
    pub(crate) struct Span;

    pub(crate) struct Entered<'s>(PhantomData<&'s Span>);

    #[expect(
        clippy::unused_self,
        reason = "the signatures match those with `tracing`"
    )]
    impl Span {
        pub(crate) const NONE: Self = Self;

        pub(crate) fn of_dispatch(_: &SignalInfo) -> Self {
            Self
        }

        pub(crate) fn of_receiver(_: &ReceiverInfo) -> Self {
            Self
        }

        #[cfg(feature = "sqlx")]
        pub(crate) fn current() -> Self {
            Self
        }

        pub(crate) fn record_error(&self, _: &'static str) {}

        pub(crate) fn enter(&self) -> Entered<'_> {
            Entered(PhantomData)
        }
    }
}

use crate::info::{ReceiverInfo, SignalInfo};
#[cfg(not(feature = "tracing"))]
pub(crate) use without_tracing::{Entered, Span, is_on};
