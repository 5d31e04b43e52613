//! Places in the source, in the guise of receivers: what closures are known by.

use std::any::TypeId;
use std::collections::HashMap;
use std::panic::Location;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use crate::describe::Description;
use crate::receiver_info::{Declaration, ReceiverInfo, Wishes};
use crate::signal_info::SignalInfo;

/// What stands for a receiver that is no function.
struct Closure;

/// The place, as a receiver of the signal. It is kept for as long as the process runs, once for all
/// closures that are connected there.
pub(crate) fn receiver(
    signal: &'static SignalInfo,
    place: &'static Location<'static>,
) -> &'static ReceiverInfo {
    type Key = (usize, &'static Location<'static>);
    static KNOWN: Mutex<Option<HashMap<Key, &'static ReceiverInfo>>> = Mutex::new(None);

    let key = (ptr::from_ref(signal).addr(), place);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .get_or_insert_default()
        .entry(key)
        .or_insert_with(|| leak(signal, place))
}

fn leak(signal: &'static SignalInfo, place: &Location<'_>) -> &'static ReceiverInfo {
    let description = Description::Plain(TypeId::of::<Closure>());
    // The place is its id, too.
    let origin = format!("{place}@{place}").leak();
    let declaration = Declaration::new(origin, description, Wishes::NONE);
    Box::leak(Box::new(ReceiverInfo::new(
        signal,
        Box::leak(Box::new(declaration)),
    )))
}
