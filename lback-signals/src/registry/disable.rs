//! Switches that disable receivers in a running program.

use std::any::{TypeId, type_name};
use std::cell::Cell;
use std::collections::HashSet;
use std::env;
use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

use crate::info::{ReceiverInfo, SignalInfo, item};
use crate::registry::signals;
use crate::stderr;

/// The environment variable that names receivers to disable.
const VARIABLE: &str = "LBACK_DISABLE";

/// Disables a receiver for the whole process until [`enable`] is called, for example to stop mail while the
/// mail server is down.
///
/// Dispatches skip the receiver and count it as skipped. A dispatch that has already started may still call
/// it. A pending call in the background or in a transaction is skipped when it is due. A warning is logged, and
/// [`wiring`](crate::wiring()) shows the receiver as disabled.
///
/// The argument is the receiver's function. Code that cannot name the function calls [`disable_by_id`]. The
/// environment variable `LBACK_DISABLE=shop::send_receipt,shop::count` disables receivers by id from the first
/// dispatch. Tests use [`Scope::mute`](crate::Scope::mute) instead, which applies to one thread or task.
///
/// A dispatch of a signal without disabled receivers has no extra cost.
///
/// # Errors
///
/// Returns an error if the function is not a receiver, or if it fulfills a `required` signal.
///
/// # Examples
///
/// ```standalone_crate
/// use lback_signals::{Signal, disable, enable, receiver, signal};
///
/// #[signal]
/// struct OrderPaid;
///
/// #[receiver(signal = OrderPaid)]
/// fn send_receipt(_: &OrderPaid) {}
///
/// disable(send_receipt)?;
/// assert_eq!(OrderPaid.send().skipped(), 1);
///
/// enable(send_receipt)?;
/// assert_eq!(OrderPaid.send().delivered(), 1);
/// # Ok::<(), lback_signals::DisableError>(())
/// ```
pub fn disable<F: Copy + 'static>(receiver: F) -> Result<(), DisableError> {
    switch(by_function(&receiver), true, type_name::<F>)
}

/// Enables a disabled receiver. Does nothing if the receiver is enabled.
///
/// # Errors
///
/// Returns an error if the function is not a receiver.
///
/// # Examples
///
/// See [`disable`].
pub fn enable<F: Copy + 'static>(receiver: F) -> Result<(), DisableError> {
    switch(by_function(&receiver), false, type_name::<F>)
}

/// Disables the receiver with this [id](ReceiverInfo::id), as [`disable`] does.
///
/// A function that receives several signals is disabled for all of them.
///
/// # Errors
///
/// Returns an error if no receiver has this id, or if the receiver fulfills a `required` signal.
///
/// # Examples
///
/// ```standalone_crate
/// use lback_signals::{Signal, disable_by_id, enable_by_id, receiver, signal};
///
/// #[signal]
/// struct OrderPaid;
///
/// #[receiver(signal = OrderPaid)]
/// fn send_receipt(_: &OrderPaid) {}
///
/// let id = OrderPaid::info().receivers()[0].id(); // such as `shop::mail::send_receipt`
/// disable_by_id(id)?;
/// assert_eq!(OrderPaid.send().skipped(), 1);
///
/// enable_by_id(id)?;
/// assert_eq!(OrderPaid.send().delivered(), 1);
///
/// let error = disable_by_id("send_reciept").unwrap_err();
/// assert!(error.to_string().starts_with("no receiver has the id `send_reciept`"));
/// # Ok::<(), lback_signals::DisableError>(())
/// ```
pub fn disable_by_id(id: &str) -> Result<(), DisableError> {
    switch(|receiver| receiver.id() == id, true, || id)
}

/// Enables the receiver with this id. Does nothing if the receiver is enabled.
///
/// # Errors
///
/// Returns an error if no receiver has this id.
///
/// # Examples
///
/// See [`disable_by_id`].
pub fn enable_by_id(id: &str) -> Result<(), DisableError> {
    switch(|receiver| receiver.id() == id, false, || id)
}

/// Error returned when a receiver cannot be disabled or enabled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DisableError {
    /// No receiver linked into this program has this id or function.
    UnknownReceiver {
        /// The id, or the path of the function.
        id: String,
    },
    /// The receiver fulfills a `required` signal, whose sender relies on it.
    Fulfills {
        /// The receiver.
        receiver: &'static ReceiverInfo,
    },
}

impl fmt::Display for DisableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownReceiver { id } => write!(
                f,
                "no receiver has the id `{id}`: add `#[receiver(…)]` to the function, link its crate, \
                 or use an id that `wiring()` lists, such as `shop::mail::send_receipt`",
            ),
            Self::Fulfills { receiver } => write!(
                f,
                "receiver `{}` cannot be disabled, since it fulfills `{}`, which is required",
                receiver.id(),
                receiver.signal().name(),
            ),
        }
    }
}

impl Error for DisableError {}

fn by_function<F: Copy + 'static>(function: &F) -> impl Fn(&ReceiverInfo) -> bool + use<F> {
    const { assert!(size_of::<F>() == 0, "name the receiver's function itself") };
    let item: TypeId = item(function);
    move |receiver| receiver.item() == item
}

/// Switches all receivers that `is_selected` selects, or none, and logs the changes.
fn switch<'n>(
    is_selected: impl Fn(&ReceiverInfo) -> bool,
    is_off: bool,
    name: impl FnOnce() -> &'n str,
) -> Result<(), DisableError> {
    let mut receivers = find(is_selected, is_off, name)?;
    receivers.retain(|receiver| receiver.switch().set_off(is_off));
    log(&receivers);
    Ok(())
}

/// Returns the receivers that `is_selected` selects, if all of them can be switched.
fn find<'n>(
    is_selected: impl Fn(&ReceiverInfo) -> bool,
    is_off: bool,
    name: impl FnOnce() -> &'n str,
) -> Result<Vec<&'static ReceiverInfo>, DisableError> {
    let receivers = signals().into_iter().flat_map(SignalInfo::receivers);
    let receivers: Vec<_> = receivers.filter(|receiver| is_selected(receiver)).collect();
    if receivers.is_empty() {
        let id = name().to_owned();
        return Err(DisableError::UnknownReceiver { id });
    }
    match receivers.iter().find(|receiver| receiver.fulfills()) {
        Some(&receiver) if is_off => Err(DisableError::Fulfills { receiver }),
        _ => Ok(receivers),
    }
}

fn log(switched: &[&'static ReceiverInfo]) {
    for receiver in switched {
        let state = if receiver.is_disabled() {
            "disabled"
        } else {
            "enabled again"
        };
        stderr::warn(format_args!(
            "receiver `{}` of `{}` is {state}",
            receiver.id(),
            receiver.signal().name(),
        ));
    }
}

/// Returns whether the environment disables the receiver. A signal asks before it publishes its receivers, so
/// that no dispatch calls such a receiver.
pub(super) fn is_off_at_start(receiver: &ReceiverInfo) -> bool {
    !receiver.fulfills() && ids().iter().any(|id| id == receiver.id())
}

/// Returns the ids that the environment names.
fn ids() -> &'static [String] {
    static IDS: OnceLock<Vec<String>> = OnceLock::new();

    IDS.get_or_init(|| {
        let list = env::var_os(VARIABLE).unwrap_or_default();
        let list = list.to_string_lossy();
        let ids = list.split(',').map(str::trim);
        let mut seen = HashSet::new();
        let ids = ids.filter(|id| !id.is_empty() && seen.insert(*id));
        ids.map(str::to_owned).collect()
    })
}

/// Logs the receivers that the environment disables, at the first call. Returns the errors of that call.
///
/// Each signal calls it before it collects its receivers.
pub(crate) fn by_environment() -> &'static [DisableError] {
    static ERRORS: OnceLock<Vec<DisableError>> = OnceLock::new();
    thread_local! {
        static IS_READING: Cell<bool> = const { Cell::new(false) };
    }

    // The first call makes all signals collect their receivers, which calls this function again.
    if ids().is_empty() || IS_READING.get() {
        return &[];
    }
    let mut is_first = false;
    let errors = ERRORS.get_or_init(|| {
        is_first = true;
        IS_READING.set(true);
        let check = |id: &String| find(|receiver| receiver.id() == id, true, || id).err();
        let errors: Vec<_> = ids().iter().filter_map(check).collect();
        // All receivers of an id are switched, or none.
        for error in &errors {
            if let DisableError::Fulfills { receiver } = error {
                let receivers = signals().into_iter().flat_map(SignalInfo::receivers);
                for of_id in receivers.filter(|it| it.id() == receiver.id()) {
                    of_id.switch().set_off(false);
                }
            }
        }
        IS_READING.set(false);
        errors
    });
    if is_first {
        let receivers: Vec<_> = signals()
            .into_iter()
            .flat_map(SignalInfo::receivers)
            .collect();
        for id in ids() {
            let of_id = receivers
                .iter()
                .filter(|it| it.id() == id && it.is_disabled());
            log(&of_id.copied().collect::<Vec<_>>());
        }
        for error in errors {
            stderr::error(format_args!("{VARIABLE}: {error}"));
        }
    }
    errors
}
