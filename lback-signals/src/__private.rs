//! Support for generated code. Not public API.

mod probe;
pub mod tool;

pub use inventory;
pub use lback_signals_macros::retired_note;

pub use self::probe::{Parameter, Probe};
#[cfg(feature = "durable")]
pub use crate::call::DeliverDurable;
pub use crate::call::{Deliver, DeliverAsync, DeliverOwned};
pub use crate::connection::Connections;
pub use crate::context::ReceiverFuture;
#[cfg(feature = "durable")]
pub use crate::enqueue::{DecodeError, EnqueueError};
#[cfg(feature = "durable")]
pub use crate::extract::SenderSubject;
pub use crate::info::{
    BackgroundRuntime, Declaration, DurableEnabled, DurableReceiver, DurableRuntime, DurableSignal,
    Introspection, Needs, ReceiverOptions, Reference, SignalDeclaration, item,
};
pub use crate::model::{
    EditableModel, IdField, NeverDeferred, SenderModel, after_operation, assert_editable,
    before_operation,
};
pub use crate::observe::{ShowField, show_field};
#[cfg(feature = "durable")]
pub use crate::payload::{
    EarlierPayload, OwnedForm, PayloadReader, PayloadWriter, StoredField, StoredForm, Upcast,
    decode_earlier, stored,
};
pub use crate::postgres_outcome::{ASSIGNED_TRANSACTION_ID, outcome_of};
pub use crate::record::{Note, Record, Text};
pub use crate::registry::{Copied, OwnedSignal, Registered, Registration, SignalEntry, Table};
#[cfg(feature = "durable")]
pub use crate::registry::{DurableEntry, RetiredEntry};
pub use crate::report::{Exception, Mode, Outcome, Until};
#[cfg(feature = "durable")]
pub use crate::signal::SendInSteps;
pub use crate::signal::{
    AwaitedSignal, DeclaredAsync, DeclaredDurable, DeclaredOwned, HasKey, IntoDelivery, IntoReply,
    IsDurable, IsOwned, NeverSentAsync, ReceiverArgs, Shared, Starting, borrow_field, own_field,
    restore_field, unanswered,
};
pub use crate::transaction::TransactionContext;
pub use crate::unwind::PanicGuarded;
// `lback-auth` warns of slow hashes with it.
pub use crate::stderr::write_unless_traced;
pub use crate::wiring::{assert_wiring, verify_wiring};

// Generated code names them by one path.
pub use crate::__anchor as anchor;
pub use crate::__record as record;

use crate::signal::Signal;

/// Fallback for the constructors of receivers that a type does not have.
///
/// The compiler selects `TheType::__receiver(…)` from this trait if the type is not a signal, or is a signal
/// that does not accept this kind of receiver. The unsatisfied bound of the method is the error message.
pub trait NotASignal {
    /// The path in the records of its receivers.
    const __RECORDED_PATH: &'static str = "";

    fn __receiver(_: Declaration, _: fn(NoArgs) -> Outcome) -> Unregistered
    where
        Self: IsSignal,
    {
        Unregistered
    }

    fn __receiver_async(_: Declaration, _: fn(NoArgs) -> NoStarting) -> Unregistered
    where
        Self: AwaitedSignal,
    {
        Unregistered
    }

    fn __receiver_deferred(_: Declaration, _: fn(NoArgs) -> Outcome) -> Unregistered
    where
        Self: IsOwned,
    {
        Unregistered
    }

    fn __receiver_deferred_async(_: Declaration, _: fn(NoArgs) -> NoStarting) -> Unregistered
    where
        Self: IsOwned,
    {
        Unregistered
    }

    fn __receiver_durable(_: Declaration, _: fn(NoArgs) -> Outcome) -> Unregistered
    where
        Self: IsDurable,
    {
        Unregistered
    }

    fn __receiver_durable_async(_: Declaration, _: fn(NoArgs) -> NoStarting) -> Unregistered
    where
        Self: IsDurable,
    {
        Unregistered
    }

    fn __receiver_ordered(_: Declaration, _: fn(NoArgs) -> Outcome) -> Unregistered
    where
        Self: HasKey,
    {
        Unregistered
    }

    fn __receiver_ordered_async(_: Declaration, _: fn(NoArgs) -> NoStarting) -> Unregistered
    where
        Self: HasKey,
    {
        Unregistered
    }

    fn __probe(_: Option<&mut Needs>) -> NoProbe {
        NoProbe
    }
}

impl<T: ?Sized> NotASignal for T {}

/// Equivalent of [`Signal`] for bounds. The error about it does not list the implementations of `Signal`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a signal",
    label = "not declared with `#[signal]`",
    note = "a signal is a struct: `#[signal] struct OrderPaid<'a> {{ #[sender] order: &'a Order }}`"
)]
pub trait IsSignal {}

#[diagnostic::do_not_recommend]
impl<S: Signal> IsSignal for S {}

/// Stand-in for [`ReceiverArgs`] if the type is not a signal. Its methods accept any type, so that the compiler
/// reports only the missing signal.
#[derive(Clone, Copy, Debug)]
pub struct NoArgs;

impl NoArgs {
    #[must_use]
    pub fn signal<T>(self) -> T {
        unreachable!("only in code that does not compile")
    }

    pub fn get<T>(self) -> Result<T, Exception> {
        Err(Exception::Skipped)
    }

    #[must_use]
    pub fn stored(self) -> Self {
        self
    }

    pub fn take<T>(self) -> Result<T, Exception> {
        Err(Exception::Skipped)
    }

    pub fn finish<T>(self, _: T) -> Outcome {
        Ok(())
    }

    pub fn start<T, F>(self, _: F) -> NoStarting {
        Ok(())
    }

    pub fn finish_durable<T>(self, _: T) -> Outcome {
        Ok(())
    }

    pub fn start_durable<T, F>(self, _: F) -> NoStarting {
        Ok(())
    }
}

/// Stand-in for [`Starting`] if the type is not a signal.
pub type NoStarting = Result<(), Exception>;

/// Stand-in for [`Probe`] if the type is not a signal.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct NoProbe;

impl NoProbe {
    pub fn signal<T>(&mut self) -> Parameter<T> {
        Parameter::new()
    }

    pub fn get<T>(&mut self) -> Parameter<T> {
        Parameter::new()
    }

    pub fn take<T>(&mut self) -> Parameter<T> {
        Parameter::new()
    }
}

/// Stand-in for the registration type of a signal if the type is not a signal.
#[derive(Debug)]
#[must_use]
pub struct Unregistered;

inventory::collect!(Unregistered);

/// Fails to compile without the feature `durable`: `E` is [`DurableRuntime`].
pub const fn assert_durable<E: DurableEnabled>() {}

/// Selects the code of a durable signal: the first block, or the second one without the feature `durable`, in a
/// program whose only error is then the missing feature.
#[cfg(feature = "durable")]
#[doc(hidden)]
#[macro_export]
macro_rules! __durable {
    ({ $($durable:tt)* } { $($not_durable:tt)* }) => { $($durable)* };
}

#[cfg(not(feature = "durable"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __durable {
    ({ $($durable:tt)* } { $($not_durable:tt)* }) => { $($not_durable)* };
}

/// Exports a symbol on WebAssembly, so that its linker takes the object file from the library.
///
/// It is a macro so that it compiles in crates that forbid `unsafe_code`. A crate's own unit tests link all its object
/// files, and may link the crate a second time.
#[doc(hidden)]
#[macro_export]
macro_rules! __anchor {
    ($symbol:literal) => {
        #[cfg(all(target_family = "wasm", not(test)))]
        // SAFETY: the name of the symbol is unique, and nothing reads it.
        #[unsafe(export_name = $symbol)]
        static __ANCHOR: () = ();
    };
}

/// Reads the symbol that the fulfilling receiver of a required signal exports.
///
/// Without such a receiver, code that sends the signal does not link, and the name of the symbol is the error
/// message. It is a macro so that it compiles in crates that forbid `unsafe_code`. On other targets than those
/// listed, where it is untested, only [`Wiring::check`](crate::Wiring::check) reports the missing receiver.
#[doc(hidden)]
#[macro_export]
macro_rules! __require {
    ($symbol:literal) => {
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        {
            // SAFETY: only `__fulfill!` defines the symbol, with this type.
            unsafe extern "C" {
                #[link_name = $symbol]
                safe static __FULFILLED: ::core::primitive::u8;
            }
            ::core::hint::black_box(&__FULFILLED);
        }
    };
}

/// Exports the symbol that `__require!` reads.
#[doc(hidden)]
#[macro_export]
macro_rules! __fulfill {
    ($symbol:literal) => {
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        // SAFETY: the name of the symbol is unique: it contains the crate and the location of the signal.
        #[unsafe(export_name = $symbol)]
        static __FULFILLED: ::core::primitive::u8 = 0;
    };
}
