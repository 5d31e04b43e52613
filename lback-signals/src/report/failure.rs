//! The failure of a receiver.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::mem;

#[cfg(feature = "tokio")]
use super::Refused;
use super::missing::MissingResource;
#[cfg(feature = "durable")]
use crate::enqueue::EnqueueError;
use crate::info::ReceiverInfo;
use crate::recursion::Recursion;
use crate::unwind::{self, drop_guarded};

/// A boxed error. The error of each receiver is converted into it.
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// The failure of one receiver.
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
    sender: Option<String>,
    kind: FailureKind,
}

/// The kind of a [`Failure`].
#[non_exhaustive]
pub enum FailureKind {
    /// The receiver returned an error.
    Error(BoxError),
    /// The receiver panicked with this message.
    Panic(String),
    /// The receiver was not called because a resource that it takes is not provided.
    MissingResource(MissingResource),
    /// The receiver was stopped because signals were sent recursively, up to a limit.
    Recursion(Recursion),
    /// The background queue refused the receiver.
    #[cfg(feature = "tokio")]
    Refused(Refused),
    /// The receiver is durable, and the signal was not enqueued for it.
    #[cfg(feature = "durable")]
    NotEnqueued(EnqueueError),
}

impl FailureKind {
    /// Returns the kind as a word for logs and labels: `error`, `panic`, `missing_resource`, `recursion`, `refused` or
    /// `not_enqueued`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Error(_) => "error",
            Self::Panic(_) => "panic",
            Self::MissingResource(_) => "missing_resource",
            Self::Recursion(_) => "recursion",
            #[cfg(feature = "tokio")]
            Self::Refused(_) => "refused",
            #[cfg(feature = "durable")]
            Self::NotEnqueued(_) => "not_enqueued",
        }
    }

    pub(crate) fn from_panic(payload: Box<dyn Any + Send>) -> Self {
        Self::Panic(message_of(payload))
    }
}

/// Returns the message of a panic and drops the payload.
pub(crate) fn message_of(payload: Box<dyn Any + Send>) -> String {
    let message = if let Some(text) = payload.downcast_ref::<&'static str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a payload that is not text".to_owned()
    };
    drop_guarded(payload);
    message
}

/// With `{:#}`, the sources of an error are written after it.
impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) if f.alternate() => {
                write!(f, "failed: {}", guarded(|| with_sources(&**error)))
            }
            Self::Error(error) => write!(f, "failed: {}", guarded(|| error.to_string())),
            Self::Panic(message) => write!(f, "panicked: {message}"),
            Self::MissingResource(missing) => write!(f, "was not called: {missing}"),
            Self::Recursion(recursion) => write!(f, "was stopped: {recursion}"),
            #[cfg(feature = "tokio")]
            Self::Refused(refused) => write!(f, "will not run: {refused}"),
            #[cfg(feature = "durable")]
            Self::NotEnqueued(error) => write!(f, "will not run: {error}"),
        }
    }
}

impl fmt::Debug for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => {
                let error = guarded(|| format!("{error:?}"));
                write!(f, "Error({error})")
            }
            Self::Panic(message) => f.debug_tuple("Panic").field(message).finish(),
            Self::MissingResource(missing) => {
                f.debug_tuple("MissingResource").field(missing).finish()
            }
            Self::Recursion(recursion) => f.debug_tuple("Recursion").field(recursion).finish(),
            #[cfg(feature = "tokio")]
            Self::Refused(refused) => f.debug_tuple("Refused").field(refused).finish(),
            #[cfg(feature = "durable")]
            Self::NotEnqueued(error) => f.debug_tuple("NotEnqueued").field(error).finish(),
        }
    }
}

/// Formats an error of the user, whose `Display` or `Debug` may panic.
fn guarded(text: impl FnOnce() -> String) -> String {
    unwind::catch(text).unwrap_or_else(|payload| {
        drop_guarded(payload);
        "(its error panicked when displayed)".to_owned()
    })
}

fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

impl Failure {
    pub(crate) fn new(
        receiver: &'static ReceiverInfo,
        sender: Option<String>,
        kind: FailureKind,
    ) -> Self {
        Self {
            receiver,
            sender,
            kind,
        }
    }

    /// Returns the receiver that failed.
    #[must_use]
    pub fn receiver(&self) -> &'static ReceiverInfo {
        self.receiver
    }

    /// Returns the name and the id of the [`Model`](crate::Model) that sent the signal: `article 7`.
    /// `None` if the sender is not a model.
    #[must_use]
    pub fn sender(&self) -> Option<&str> {
        self.sender.as_deref()
    }

    /// Returns how the receiver failed.
    #[must_use]
    pub fn kind(&self) -> &FailureKind {
        &self.kind
    }

    /// Returns how it failed, by value: the receiver's own error can be downcast.
    ///
    /// Dropping a `Failure` catches a panic in the `Drop` of that error; dropping the returned kind
    /// does not.
    ///
    /// ```
    /// use std::io;
    ///
    /// use lback_signals::{FailureKind, Signal, receiver, signal};
    ///
    /// #[signal]
    /// struct Uploading;
    ///
    /// #[receiver(signal = Uploading)]
    /// fn scan(_: &Uploading) -> io::Result<()> {
    ///     Err(io::ErrorKind::TimedOut.into())
    /// }
    ///
    /// let failure = Uploading.try_send().unwrap_err();
    /// let FailureKind::Error(error) = failure.into_kind() else { unreachable!() };
    /// let error = error.downcast::<io::Error>()?;
    /// assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    /// # Ok::<(), lback_signals::BoxError>(())
    /// ```
    #[must_use]
    pub fn into_kind(mut self) -> FailureKind {
        self.take_kind()
    }

    /// Leaves a kind that has nothing to drop.
    fn take_kind(&mut self) -> FailureKind {
        mem::replace(&mut self.kind, FailureKind::Panic(String::new()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signal = self.receiver.signal().name();
        write!(f, "receiver `{}` of `{signal}` ", self.receiver.id())?;
        if let Some(sender) = &self.sender {
            write!(f, "({sender}) ")?;
        }
        fmt::Display::fmt(&self.kind, f)
    }
}

/// `Display` includes the receiver's error, so `source` returns the source of that error.
impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            FailureKind::Error(error) => error.source(),
            _ => None,
        }
    }
}

impl Drop for Failure {
    /// Discards a panic of the error's `Drop`, which must not reach the sender that drops the report.
    fn drop(&mut self) {
        drop_guarded(self.take_kind());
    }
}
