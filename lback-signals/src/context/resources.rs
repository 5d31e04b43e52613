//! Resources: values that the process provides to receivers, one per type.

use super::current::CurrentContext;
use crate::info::{Needs, ResourceInfo};
use std::any::{Any, TypeId, type_name};
use std::error::Error;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// Provides a resource to the whole process. Receivers take it as [`Res<'_, T>`](crate::Res).
///
/// The process has one resource per type, which lives until the process ends.
///
/// # Errors
///
/// Returns [`AlreadyProvided`] if the process has a resource of this type. The existing one stays.
///
/// # Examples
///
/// ```
/// use lback_signals::{Res, Signal, provide, receiver, signal};
///
/// struct Tariff {
///     cents_per_kilometre: u32,
/// }
///
/// #[signal]
/// struct RideEnded {
///     kilometres: u32,
/// }
///
/// #[receiver(signal = RideEnded)]
/// fn print_bill(ride: &RideEnded, tariff: Res<'_, Tariff>) {
///     println!("{} cents", ride.kilometres * tariff.cents_per_kilometre);
/// }
///
/// fn main() -> Result<(), lback_signals::AlreadyProvided> {
///     provide(Tariff { cents_per_kilometre: 120 })?;
///     assert!(RideEnded { kilometres: 7 }.send().is_ok());
///     Ok(())
/// }
/// ```
pub fn provide<T: Send + Sync + 'static>(resource: T) -> Result<(), AlreadyProvided> {
    provide_dyn(Arc::new(resource))
}

/// Provides a resource in an `Arc`, such as a trait object or a value that is already shared.
///
/// See [`provide`].
///
/// # Errors
///
/// Returns [`AlreadyProvided`] if the process has a resource of this type. The existing one stays.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use lback_signals::{Res, Signal, provide_dyn, receiver, signal};
///
/// trait Mailer: Send + Sync {
///     fn send(&self, to: &str, text: &str);
/// }
///
/// struct Console;
///
/// impl Mailer for Console {
///     fn send(&self, to: &str, text: &str) {
///         println!("to {to}: {text}");
///     }
/// }
///
/// #[signal]
/// struct Invited<'a> {
///     email: &'a str,
/// }
///
/// #[receiver(signal = Invited)]
/// fn send_invitation(event: &Invited<'_>, mailer: Res<'_, dyn Mailer>) {
///     mailer.send(event.email, "Come in!");
/// }
///
/// fn main() -> Result<(), lback_signals::AlreadyProvided> {
///     provide_dyn::<dyn Mailer>(Arc::new(Console))?;
///     assert!(Invited { email: "ada@example.org" }.send().is_ok());
///     Ok(())
/// }
/// ```
pub fn provide_dyn<T: ?Sized + Send + Sync + 'static>(
    resource: Arc<T>,
) -> Result<(), AlreadyProvided> {
    let mut resource = Box::new(Provided {
        value: Box::new(resource),
        next: OnceLock::new(),
    });
    let mut slot = slot_of::<T>();
    loop {
        if let Some(other) = slot.get() {
            if other.value.is::<Arc<T>>() {
                return Err(AlreadyProvided {
                    type_name: type_name::<T>(),
                });
            }
            slot = &other.next;
        } else if let Err(refused) = slot.set(resource) {
            // Another thread has filled the slot: compare with its resource.
            resource = refused;
        } else {
            return Ok(());
        }
    }
}

/// Returns the resource of type `T`: the one of the innermost [`Scope`](crate::Scope) that provides one,
/// or else the one of the process.
///
/// This function is for code outside receivers. A receiver takes a resource as a parameter.
///
/// ```
/// use lback_signals::{Scope, resource};
///
/// struct Tariff(u32);
///
/// assert!(resource::<Tariff>().is_none());
/// let tariff = Scope::new()
///     .provide(Tariff(120))
///     .run(|| resource::<Tariff>());
/// assert_eq!(tariff.unwrap().0, 120);
/// ```
#[must_use]
pub fn resource<T: ?Sized + Send + Sync + 'static>() -> Option<Arc<T>> {
    let scope = CurrentContext::scope();
    let of_scope = scope.as_ref().and_then(|scope| scope.resource::<T>());
    of_scope.or_else(|| provided::<T>()).map(Arc::clone)
}

impl Needs {
    /// Adds a resource of type `T` without which the receiver fails.
    pub fn resource<T: ?Sized + Send + Sync + 'static>(&mut self) {
        self.add(ResourceInfo::new::<T>(false, is_provided::<T>));
    }

    /// Adds a resource of type `T` that the receiver takes if it is provided.
    pub fn optional_resource<T: ?Sized + Send + Sync + 'static>(&mut self) {
        self.add(ResourceInfo::new::<T>(true, is_provided::<T>));
    }
}

fn is_provided<T: ?Sized + Send + Sync + 'static>() -> bool {
    let scope = CurrentContext::scope();
    let in_scope = scope.is_some_and(|scope| scope.resource::<T>().is_some());
    in_scope || provided::<T>().is_some()
}

/// Returns the resource of the process.
#[inline]
pub(crate) fn provided<T: ?Sized + Send + Sync + 'static>() -> Option<&'static Arc<T>> {
    let mut slot = slot_of::<T>();
    loop {
        let provided = slot.get()?;
        let resource = provided.value.downcast_ref::<Arc<T>>();
        if resource.is_some() {
            return resource;
        }
        slot = &provided.next;
    }
}

/// A resource in a slot of the hash table, and the chain of later resources in the same slot.
///
/// Resources are never removed, so that a lookup takes no lock.
struct Provided {
    /// An `Arc<T>`.
    value: Box<dyn Any + Send + Sync>,
    next: Slot,
}

type Slot = OnceLock<Box<Provided>>;

static SLOTS: [Slot; 64] = [const { OnceLock::new() }; 64];

#[inline]
fn slot_of<T: ?Sized + 'static>() -> &'static Slot {
    /// Uses the `TypeId` itself as the hash, since it is one already.
    #[derive(Default)]
    struct TypeIdHasher(u64);

    impl Hasher for TypeIdHasher {
        fn finish(&self) -> u64 {
            self.0
        }

        fn write(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
            }
        }

        fn write_u64(&mut self, word: u64) {
            self.0 = word;
        }
    }

    let mut hash = TypeIdHasher::default();
    TypeId::of::<T>().hash(&mut hash);
    &SLOTS[(hash.finish() % 64) as usize]
}

/// Error returned by [`provide`] and [`provide_dyn`]: the process has a resource of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlreadyProvided {
    type_name: &'static str,
}

impl AlreadyProvided {
    /// Returns the path of the resource's type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }
}

impl fmt::Display for AlreadyProvided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "resource `{}` is already provided: the process has one value per type",
            self.type_name,
        )
    }
}

impl Error for AlreadyProvided {}
