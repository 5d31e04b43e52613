//! Messages about the service, for its operator.

use std::fmt::Arguments;

/// Logs a warning, or writes it to standard error if there is no subscriber.
pub(super) fn warn(text: Arguments<'_>) {
    lback_signals::__private::write_unless_traced(|| text.to_string());
    #[cfg(feature = "tracing")]
    tracing::warn!("{text}");
}

/// Logs an error, or writes it to standard error if there is no subscriber.
pub(super) fn error(text: Arguments<'_>) {
    lback_signals::__private::write_unless_traced(|| text.to_string());
    #[cfg(feature = "tracing")]
    tracing::error!("{text}");
}
