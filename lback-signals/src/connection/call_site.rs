//! Metadata of closures, which are identified by their call site.

use crate::info::{ReceiverInfo, SignalInfo};
use std::collections::HashMap;
use std::panic::Location;
use std::sync::{Mutex, PoisonError};

/// Returns the metadata of closures that are connected to the signal at this call site.
///
/// It lives until the process ends, and all closures of the call site share it.
pub(crate) fn receiver_info(
    signal: &'static SignalInfo,
    call_site: &'static Location<'static>,
) -> &'static ReceiverInfo {
    type Key = (&'static SignalInfo, &'static Location<'static>);
    static KNOWN: Mutex<Option<HashMap<Key, &'static ReceiverInfo>>> = Mutex::new(None);

    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .get_or_insert_default()
        .entry((signal, call_site))
        .or_insert_with(|| Box::leak(Box::new(ReceiverInfo::of_closure(signal, call_site))))
}
