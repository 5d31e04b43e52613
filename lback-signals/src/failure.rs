//! A receiver that did not do its work: how that is kept, told and logged.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{PoisonError, RwLock};

use crate::info::ReceiverInfo;
use crate::recursion::Recursion;

/// Any error: what a receiver's own error becomes.
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// One receiver's failure.
///
/// ```
/// # use lback_signals::{Signal, receiver, signal, FailureKind};
/// #[signal]
/// struct Uploaded;
///
/// #[receiver(signal = Uploaded)]
/// fn scan(_: &Uploaded) -> Result<(), String> {
///     Err("no scanner".to_owned())
/// }
///
/// let report = Uploaded.send();
/// let failure = &report.failures()[0];
/// assert!(matches!(failure.kind(), FailureKind::Error(_)));
/// assert_eq!(
///     failure.to_string(),
///     format!("receiver `{}` of `uploaded` failed: no scanner", failure.receiver().id()),
/// );
/// ```
#[derive(Debug)]
pub struct Failure {
    receiver: &'static ReceiverInfo,
    kind: FailureKind,
}

/// How a receiver failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum FailureKind {
    /// It returned an error.
    Error(BoxError),
    /// It panicked, with this message.
    Panic(String),
    /// It sent signals whose receivers sent signals, too deep to be meant.
    Recursion(Recursion),
}

impl FailureKind {
    /// Reads a panic's message and drops its payload.
    pub(crate) fn from_panic(payload: Box<dyn Any + Send>) -> Self {
        let message = if let Some(text) = payload.downcast_ref::<&'static str>() {
            (*text).to_owned()
        } else if let Some(text) = payload.downcast_ref::<String>() {
            text.clone()
        } else {
            "a payload that is not text".to_owned()
        };
        drop_quietly(payload);
        Self::Panic(message)
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => {
                f.write_str("failed: ")?;
                // An error's own Display is a user's code, and may be why things are as they are.
                catch_unwind(AssertUnwindSafe(|| write!(f, "{error}"))).unwrap_or_else(|payload| {
                    drop_quietly(payload);
                    f.write_str("(its error panicked when displayed)")
                })
            }
            Self::Panic(message) => write!(f, "panicked: {message}"),
            Self::Recursion(recursion) => write!(f, "was stopped: {recursion}"),
        }
    }
}

impl Failure {
    pub(crate) fn new(receiver: &'static ReceiverInfo, kind: FailureKind) -> Self {
        Self { receiver, kind }
    }

    /// The receiver that failed.
    #[must_use]
    pub fn receiver(&self) -> &'static ReceiverInfo {
        self.receiver
    }

    /// How it failed.
    #[must_use]
    pub fn kind(&self) -> &FailureKind {
        &self.kind
    }

    /// Logs the failure and gives it to the hook, whatever these do.
    pub(crate) fn announce(&self) {
        let announced = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(feature = "tracing")]
            tracing::error!(
                signal = self.receiver.signal().name(),
                receiver = self.receiver.id(),
                file = self.receiver.file(),
                line = self.receiver.line(),
                "receiver {}",
                self.kind,
            );
            let hook = *HOOK.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(hook) = hook {
                hook(self);
            }
        }));
        if let Err(payload) = announced {
            drop_quietly(payload);
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signal = self.receiver.signal().name();
        write!(
            f,
            "receiver `{}` of `{signal}` {}",
            self.receiver.id(),
            self.kind
        )
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            FailureKind::Error(error) => Some(&**error),
            FailureKind::Panic(_) | FailureKind::Recursion(_) => None,
        }
    }
}

impl Drop for Failure {
    /// Drops a receiver's error in quiet: a report is dropped in the sender, which a receiver's
    /// mistakes must not reach.
    fn drop(&mut self) {
        drop_quietly(std::mem::replace(
            &mut self.kind,
            FailureKind::Panic(String::new()),
        ));
    }
}

static HOOK: RwLock<Option<fn(&Failure)>> = RwLock::new(None);

/// Sets the process-wide hook that sees each failure of [`send`](crate::Signal::send), once, on
/// the thread on which it happened; it replaces an earlier hook.
///
/// It runs inside the dispatch, so what it sends counts as sent by a receiver. If it panics, that
/// goes no further.
///
/// ```
/// lback_signals::on_failure(|failure| eprintln!("{failure}"));
/// ```
pub fn on_failure(hook: fn(&Failure)) {
    *HOOK.write().unwrap_or_else(PoisonError::into_inner) = Some(hook);
}

/// Drops a value of a user's, whose own `Drop` may panic.
pub(crate) fn drop_quietly<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        // Its payload may panic when dropped as well, and so on for ever: leak it.
        std::mem::forget(payload);
    }
}
