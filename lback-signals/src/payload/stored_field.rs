//! The fields of a durable signal: copied, written and read by one trait, so that a field without it is one error.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde::{Deserializer, Serialize, Serializer, de};

use super::form::StoredForm;
use super::reader::PayloadReader;
use super::writer::PayloadWriter;
use crate::enqueue::DecodeError;
use crate::unwind::PanicGuarded;

/// A type of which a durable signal can store a value, and get it back as `Stored`.
///
/// `Strategy` is inferred. It exists for the compiler's message, as that of `OwnedField` does.
#[diagnostic::on_unimplemented(
    message = "a `durable` signal cannot store `{Self}`",
    label = "cannot be written as JSON and read back as `{Stored}`",
    note = "a field of a `durable` signal, or the type behind its `&`, is `Clone` and `Serialize`; what is read back is `Deserialize` without a lifetime, `JsonSchema`, `Send`, `Sync` and `'static`",
    note = "write at a type of your own: `#[derive(Clone, Serialize, Deserialize, JsonSchema)] #[serde(crate = \"lback_signals::serde\")] #[schemars(crate = \"lback_signals::schemars\")]`",
    note = "a secret, such as a password or a token, is never stored: send an id, and look the secret up or mint it at delivery"
)]
pub trait StoredField<Strategy, Stored> {
    /// `Stored`. Another type only in code that does not compile, in which it has to satisfy these bounds.
    type Owned: Send + Sync + 'static;

    fn own(&self) -> Self::Owned;

    fn seal(stored: Stored) -> Self::Owned;

    fn unseal(owned: Self::Owned) -> Stored;

    fn borrow(owned: &Self::Owned) -> &Self;

    /// # Errors
    ///
    /// Returns the error of the serializer.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// # Errors
    ///
    /// Returns the error of the deserializer.
    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self::Owned, D::Error>;

    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

/// Strategy: via serde, and [`ToOwned`] for the copy.
#[derive(Debug)]
pub enum ViaSerde {}

#[diagnostic::do_not_recommend]
impl<T, Stored> StoredField<ViaSerde, Stored> for T
where
    T: ?Sized + ToOwned<Owned = Stored> + Serialize,
    Stored: Borrow<T> + DeserializeOwned + JsonSchema + Send + Sync + 'static,
{
    type Owned = Stored;

    fn own(&self) -> Stored {
        self.to_owned()
    }

    fn seal(stored: Stored) -> Stored {
        stored
    }

    fn unseal(owned: Stored) -> Stored {
        owned
    }

    fn borrow(owned: &Stored) -> &T {
        owned.borrow()
    }

    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Serialize::serialize(self, serializer)
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Stored, D::Error> {
        Stored::deserialize(deserializer)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Stored>()
    }
}

/// Strategy: none.
#[derive(Debug)]
pub enum Unavailable {}

/// Never implemented.
pub trait Never {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + Never, Stored> StoredField<Unavailable, Stored> for T {
    type Owned = Infallible;

    fn own(&self) -> Infallible {
        unreachable!("no type implements `Never`")
    }

    fn seal(_: Stored) -> Infallible {
        unreachable!("no type implements `Never`")
    }

    fn unseal(owned: Infallible) -> Stored {
        match owned {}
    }

    fn borrow(owned: &Infallible) -> &T {
        match *owned {}
    }

    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("no type implements `Never`"))
    }

    fn deserialize<'de, D: Deserializer<'de>>(_: D) -> Result<Infallible, D::Error> {
        Err(de::Error::custom("no type implements `Never`"))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}

/// A field of a durable signal, as generated code uses it.
pub struct Field<T: ?Sized, Strategy, Stored> {
    types: PhantomData<fn(&T, Strategy) -> Stored>,
}

/// Returns the field of a type. Generated code gets each field here, so that all its uses report a missing
/// [`StoredField`] in the same words, which the compiler prints once.
#[must_use]
pub fn stored<T: ?Sized + StoredField<Strategy, Stored>, Strategy, Stored>()
-> Field<T, Strategy, Stored> {
    Field { types: PhantomData }
}

impl<T: ?Sized + StoredField<Strategy, Stored>, Strategy, Stored> Field<T, Strategy, Stored> {
    /// Returns the owned copy of a value.
    pub fn own(self, value: &T) -> PanicGuarded<T::Owned> {
        PanicGuarded::new(value.own())
    }

    /// Guards the value of the generated struct.
    pub fn seal(self, stored: Stored) -> PanicGuarded<T::Owned> {
        PanicGuarded::new(T::seal(stored))
    }

    /// Returns the value for the generated struct.
    pub fn unseal(self, owned: PanicGuarded<T::Owned>) -> Stored {
        T::unseal(owned.into_inner())
    }

    /// Borrows the value of a `&T` field from its owned copy.
    #[must_use]
    pub fn borrow(self, owned: &PanicGuarded<T::Owned>) -> &T {
        T::borrow(owned.get())
    }

    /// Writes the value into the payload.
    pub fn write(self, payload: &mut PayloadWriter, name: &'static str, value: &T) {
        payload.write(name, |serializer| value.serialize(serializer));
    }

    /// Reads the value from the payload.
    ///
    /// # Errors
    ///
    /// The value is missing or is not that of this type.
    pub fn read(
        self,
        payload: &PayloadReader<'_>,
        name: &'static str,
        type_name: &'static str,
    ) -> Result<PanicGuarded<T::Owned>, DecodeError> {
        let value = payload.value(name)?.ok_or_else(|| payload.missing(name))?;
        let value = payload.read(name, type_name, value, |json| T::deserialize(json))?;
        Ok(PanicGuarded::new(value))
    }

    /// Adds the field to the form of the payload.
    pub fn describe(self, form: &mut StoredForm, name: &'static str, is_required: bool) {
        let schema = T::schema(form.generator());
        form.add(name, schema, is_required);
    }
}

impl<T: StoredField<Strategy, T>, Strategy> Field<T, Strategy, T> {
    /// Clones the value of a `T` field from its owned copy.
    #[must_use]
    pub fn restore(self, owned: &PanicGuarded<T::Owned>) -> T {
        T::unseal(T::borrow(owned.get()).own())
    }
}

impl<T: ?Sized + StoredField<Strategy, Stored>, Strategy, Stored: Default>
    Field<T, Strategy, Stored>
{
    /// Reads the value from the payload, or returns the default value if it is missing.
    ///
    /// # Errors
    ///
    /// The value is not that of this type.
    pub fn read_or_default(
        self,
        payload: &PayloadReader<'_>,
        name: &'static str,
        type_name: &'static str,
    ) -> Result<PanicGuarded<T::Owned>, DecodeError> {
        if payload.value(name)?.is_some() {
            return self.read(payload, name, type_name);
        }
        let value = payload.default_of(name, || T::seal(Stored::default()))?;
        Ok(PanicGuarded::new(value))
    }
}

impl<T: ?Sized, Strategy, Stored> fmt::Debug for Field<T, Strategy, Stored> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field").finish_non_exhaustive()
    }
}
