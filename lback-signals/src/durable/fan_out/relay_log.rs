//! The log of a relay.

use crate::durable::error::OutboxError;
use crate::durable::outbox::{Claim, Ending};
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;

pub(super) fn log_error(error: &OutboxError) {
    #[cfg(feature = "tracing")]
    discard_panic(|| {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "the relay does not publish, and tries again"
        );
    });
    stderr::write_unless_traced(|| format!("the relay does not publish, and tries again: {error}"));
}

pub(super) fn log_lost(count: u64) {
    #[cfg(feature = "tracing")]
    discard_panic(|| {
        tracing::error!(
            count,
            "the broker has lost signals, which are published again"
        );
    });
    stderr::write_unless_traced(|| {
        format!("the broker has lost {count} signals, which are published again")
    });
}

pub(super) fn log_dead(dead: &[(Claim, Ending)]) {
    for (claim, ending) in dead {
        let Ending::Dead { error, .. } = ending else {
            continue;
        };
        let number = claim.number;
        #[cfg(feature = "tracing")]
        discard_panic(|| tracing::error!(number, "a publication is a dead letter: {error}"));
        stderr::write_unless_traced(|| {
            format!("the publication {number} is a dead letter: {error}")
        });
    }
}
