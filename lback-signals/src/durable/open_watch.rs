//! Warnings about transactions of receivers that keep others from writing.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::stderr;

/// The time after which an open transaction is logged.
const WARN_AFTER: Duration = Duration::from_secs(5);

/// Warns of transactions that are open for too long, once per receiver. A clone is the same.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenWatch {
    warned: Arc<Mutex<HashSet<String>>>,
}

/// A transaction that is watched until this is dropped.
#[derive(Debug)]
pub(super) struct OpenWatched(JoinHandle<()>);

impl OpenWatch {
    pub(super) fn start(&self, receiver: &str) -> OpenWatched {
        let (watch, receiver) = (self.clone(), receiver.to_owned());
        OpenWatched(tokio::spawn(async move {
            sleep(WARN_AFTER).await;
            watch.warn(&receiver);
        }))
    }

    fn warn(&self, receiver: &str) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.insert(receiver.to_owned()) {
            stderr::warn(format_args!(
                "the transaction of the durable receiver `{receiver}` has been open for {WARN_AFTER:?}, and no other \
                 connection can write to SQLite until it ends: do slow work before the first call of \
                 `DurableTx::rows`"
            ));
        }
    }
}

impl Drop for OpenWatched {
    fn drop(&mut self) {
        self.0.abort();
    }
}
