//! A receiver that did not do its work: how that is kept, told and logged.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::missing::MissingResource;
use crate::info::ReceiverInfo;
use crate::recursion::Recursion;
#[cfg(feature = "tokio")]
use crate::report::Refused;
use crate::unwind::drop_guarded;

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
    sender: Option<String>,
    kind: FailureKind,
}

/// How a receiver failed.
#[non_exhaustive]
pub enum FailureKind {
    /// It returned an error.
    Error(BoxError),
    /// It panicked, with this message.
    Panic(String),
    /// It takes a resource that nothing provides, so it was not called.
    MissingResource(MissingResource),
    /// It sent signals whose receivers sent signals, too deep to be meant.
    Recursion(Recursion),
    /// It was to run in the background, but was not taken there.
    #[cfg(feature = "tokio")]
    Refused(Refused),
}

impl FailureKind {
    pub(crate) fn from_panic(payload: Box<dyn Any + Send>) -> Self {
        Self::Panic(message_of(payload))
    }
}

/// Reads a panic's message and drops its payload.
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

/// With `{:#}` an error's sources follow it.
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
        }
    }
}

/// The text that a user's own `Display` or `Debug` makes, which may panic or fail: it may be why
/// things are as they are.
fn guarded(text: impl FnOnce() -> String) -> String {
    catch_unwind(AssertUnwindSafe(text)).unwrap_or_else(|payload| {
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

    /// The receiver that failed.
    #[must_use]
    pub fn receiver(&self) -> &'static ReceiverInfo {
        self.receiver
    }

    /// Which [`Model`](crate::Model) sent the signal, by name and id: `article 7`. `None` if what
    /// sent it is no model.
    #[must_use]
    pub fn sender(&self) -> Option<&str> {
        self.sender.as_deref()
    }

    /// How it failed.
    #[must_use]
    pub fn kind(&self) -> &FailureKind {
        &self.kind
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

/// The receiver's error is part of the text, so the source is that error's own.
impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            FailureKind::Error(error) => error.source(),
            _ => None,
        }
    }
}

impl Drop for Failure {
    /// Drops a receiver's error in quiet: a report is dropped in the sender, which a receiver's
    /// mistakes must not reach.
    fn drop(&mut self) {
        drop_guarded(std::mem::replace(
            &mut self.kind,
            FailureKind::Panic(String::new()),
        ));
    }
}
