//! Notices for the operator: through `tracing` where it is collected, else on standard error.

use std::fmt::{self, Display};
use std::io::{self, Write};

use crate::quiet::quietly;

/// Tells of something that is allowed and noteworthy.
#[cold]
pub(crate) fn warn(notice: fmt::Arguments<'_>) {
    #[cfg(feature = "tracing")]
    if tracing::level_enabled!(tracing::Level::WARN) {
        quietly(|| tracing::warn!("{notice}"));
        return;
    }
    on_standard_error("warning", &notice);
}

/// Writes one line. A standard error that is closed is no reason to fail.
#[cold]
pub(crate) fn on_standard_error(kind: &str, notice: &dyn Display) {
    quietly(|| {
        let _ = writeln!(io::stderr(), "lback-signals: {kind}: {notice}");
    });
}
