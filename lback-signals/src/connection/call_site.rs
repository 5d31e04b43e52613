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
    is_async: bool,
) -> &'static ReceiverInfo {
    // A macro can connect closures of both kinds at one call site.
    type Key = (&'static SignalInfo, &'static Location<'static>, bool);
    static KNOWN: Mutex<Option<HashMap<Key, &'static ReceiverInfo>>> = Mutex::new(None);

    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .get_or_insert_default()
        .entry((signal, call_site, is_async))
        .or_insert_with(|| {
            let info = ReceiverInfo::of_closure(signal, call_site, is_async);
            Box::leak(Box::new(info))
        })
}
