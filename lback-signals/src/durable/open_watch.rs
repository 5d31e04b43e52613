//! Warnings about transactions of receivers that keep others from writing.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::stderr;

/// How long a transaction may be open.
const PATIENCE: Duration = Duration::from_secs(5);

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
            sleep(PATIENCE).await;
            watch.warn(&receiver);
        }))
    }

    fn warn(&self, receiver: &str) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.insert(receiver.to_owned()) {
            stderr::warn(format_args!(
                "the transaction of the durable receiver `{receiver}` has been open for {PATIENCE:?}, and no one \
                 else can write to SQLite meanwhile: do slow work before the first call of `DurableTx::rows`"
            ));
        }
    }
}

impl Drop for OpenWatched {
    fn drop(&mut self) {
        self.0.abort();
    }
}
