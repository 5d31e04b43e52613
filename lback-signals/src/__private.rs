//! What generated code uses. Not public API.

mod probe;

pub use inventory;

pub use self::probe::{Parameter, Probe};
pub use crate::call::{Deliver, DeliverAsync, DeliverOwned};
pub use crate::connection::Connections;
pub use crate::context::ReceiverFuture;
pub use crate::info::{
    BackgroundRuntime, Declaration, Introspection, Needs, ReceiverOptions, Reference,
    SignalDeclaration, item,
};
pub use crate::model::{IdField, SenderModel, after_operation, before_operation};
pub use crate::registry::{Copied, OwnedSignal, Registered, Registration, SignalEntry, Table};
pub use crate::report::{Exception, Mode, Outcome, Until};
pub use crate::signal::{
    AwaitedSignal, DeclaredAsync, DeclaredOwned, IntoReply, IsOwned, ReceiverArgs, SentAsync,
    Shared, Starting, borrow_field, own_field, restore_field, unanswered,
};
pub use crate::unwind::PanicGuarded;
// `lback-auth` reports what its own tasks lose.
pub use crate::stderr::write_unless_traced;
pub use crate::wiring::{assert_wiring, verify_wiring};

use crate::signal::Signal;

/// Constructors of receivers for types that do not have them: the compiler finds `TheType::__receiver(…)`
/// here if the type is no signal, or a signal that does not take the kind of receiver. The bound is the
/// error message.
pub trait NotASignal {
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

    fn __probe(_: Option<&mut Needs>) -> NoProbe {
        NoProbe
    }
}

impl<T: ?Sized> NotASignal for T {}

/// [`Signal`], of which the compiler lists no implementations in its message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a signal",
    label = "not declared with `#[signal]`",
    note = "a signal is a struct: `#[signal] struct OrderPaid<'a> {{ #[sender] order: &'a Order }}`"
)]
pub trait IsSignal {}

#[diagnostic::do_not_recommend]
impl<S: Signal> IsSignal for S {}

/// Stands in for [`ReceiverArgs`] where there is no signal, and finds fault with nothing: one mistake
/// gives one message.
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

    pub fn take<T>(self) -> Result<T, Exception> {
        Err(Exception::Skipped)
    }

    pub fn finish<T>(self, _: T) -> Outcome {
        Ok(())
    }

    pub fn start<T, F>(self, _: F) -> NoStarting {
        Ok(())
    }
}

/// Stands in for [`Starting`] where there is no signal.
pub type NoStarting = Result<(), Exception>;

/// Stands in for [`Probe`] where there is no signal.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct NoProbe;

impl NoProbe {
    pub fn signal<T>(&mut self) -> Parameter<T> {
        Parameter::new()
    }

    pub fn parameter<T>(&mut self) -> Parameter<T> {
        Parameter::new()
    }

    pub fn taken<T>(&mut self) -> Parameter<T> {
        Parameter::new()
    }
}

/// Stands in for a signal's registration type where there is no signal.
#[derive(Debug)]
#[must_use]
pub struct Unregistered;

inventory::collect!(Unregistered);

/// Reads the symbol that the fulfilling receiver of a required signal exports: without one, what
/// sends the signal does not link, and the symbol's name is the message.
///
/// A macro, so that it also compiles in crates that forbid `unsafe_code`: neither side does
/// anything unsafe with the symbol. On targets where it was not tried, the wiring's check has
/// to do.
#[doc(hidden)]
#[macro_export]
macro_rules! __require {
    ($symbol:literal) => {
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        {
            // SAFETY: whatever defines the symbol was declared by `__fulfill!`, with this type.
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
        // SAFETY: the symbol's name is that of one signal of one crate.
        #[unsafe(export_name = $symbol)]
        static __FULFILLED: ::core::primitive::u8 = 0;
    };
}
