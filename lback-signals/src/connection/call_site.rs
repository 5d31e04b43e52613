//! Places in the source, in the guise of receivers: what closures are known by.

use crate::info::{ReceiverInfo, SignalInfo};
use std::collections::HashMap;
use std::panic::Location;
use std::ptr;
use std::sync::{Mutex, PoisonError};

/// The place, as a receiver of the signal. It is kept for as long as the process runs, once for all
/// closures that are connected there.
pub(crate) fn receiver_info(
    signal: &'static SignalInfo,
    call_site: &'static Location<'static>,
) -> &'static ReceiverInfo {
    type Key = (usize, &'static Location<'static>);
    static KNOWN: Mutex<Option<HashMap<Key, &'static ReceiverInfo>>> = Mutex::new(None);

    let key = (ptr::from_ref(signal).addr(), call_site);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .get_or_insert_default()
        .entry(key)
        .or_insert_with(|| Box::leak(Box::new(ReceiverInfo::of_closure(signal, call_site))))
}
