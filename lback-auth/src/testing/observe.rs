//! Capture of the signals of a call and of its output.

use std::sync::{Arc, Mutex, PoisonError};

use lback_signals::{Scope, Signal};

use super::logged::logged;
use crate::hasher::Hasher;
use crate::signals::{
    UserEmailVerificationFailed, UserEmailVerificationTokenGenerated, UserEmailVerified,
    UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed,
    UserPasswordUpgraded,
};

/// Result of an observed call.
pub(super) struct Observed<T> {
    pub(super) returned: T,
    /// The names of the sent signals.
    pub(super) sent: Vec<&'static str>,
    /// The `Debug` of the signals, and the log.
    pub(super) shown: Vec<String>,
    /// The tokens of the signals.
    pub(super) tokens: Vec<String>,
}

/// Runs a call with a hasher. Receivers of the application run too.
pub(super) fn observe<T>(hasher: &Hasher, call: impl FnOnce() -> T) -> Observed<T> {
    let scope = Scope::new().provide(hasher.clone());
    let sent: Arc<Mutex<Vec<(&str, String)>>> = Arc::default();
    macro_rules! record {
        ($($signal:ident),*) => {
            ($(scope.capture::<$signal<'_>, ()>({
                let sent = Arc::clone(&sent);
                move |signal| {
                    let shown = format!("{signal:?} {signal:#?}");
                    let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
                    sent.push(($signal::info().name(), shown));
                }
            }),)*)
        };
    }
    let recording = record!(
        UserPasswordSet,
        UserPasswordSetFailed,
        UserPasswordChecked,
        UserPasswordCheckFailed,
        UserPasswordUpgraded,
        UserEmailVerificationTokenGenerated,
        UserEmailVerified,
        UserEmailVerificationFailed
    );
    let tokens = scope.capture::<UserEmailVerificationTokenGenerated<'_>, _>(|event| {
        event.token.expose().to_owned()
    });
    let (returned, log) = logged(|| scope.run(call));
    drop(recording);
    let sent = std::mem::take(&mut *sent.lock().unwrap_or_else(PoisonError::into_inner));
    let (sent, mut shown): (Vec<_>, Vec<_>) = sent.into_iter().unzip();
    shown.push(log);
    Observed {
        returned,
        sent,
        shown,
        tokens: tokens.take(),
    }
}

/// Runs a call, and asserts that it sends exactly these signals.
#[track_caller]
pub(super) fn sends<T>(hasher: &Hasher, expected: &[&str], call: impl FnOnce() -> T) -> T {
    let observed = observe(hasher, call);
    assert_eq!(observed.sent, expected, "the signals of one call");
    observed.returned
}

/// Blocks this thread on a future.
#[cfg(feature = "tokio")]
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    use std::pin::pin;
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread::{self, Thread};

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
