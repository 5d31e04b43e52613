//! The log of a landing.

use std::error::Error;

use lback_signals::__private::write_unless_traced;

use crate::app::App;

/// Logs an error of the landing from a service, or writes it to standard error if there is no subscriber.
pub(crate) fn log(app: &App, text: &str, error: &(dyn Error + 'static)) {
    let service = app.name();
    tracing::warn!(service, error, "{text}");
    write_unless_traced(|| format!("from `{service}`: {text}: {error}"));
}
