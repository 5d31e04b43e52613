//! The fields of a durable signal: copied, written and read by one trait, so that a field without it is one error.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserializer, Serialize, Serializer};

use super::form::StoredForm;
use super::reader::{FieldDeserializer, PayloadReader};
use super::writer::{FieldSerializer, PayloadWriter};
use crate::enqueue::{DecodeError, EnqueueError};
use crate::unwind::PanicGuarded;

/// A type of which a durable signal can store a value, and get it back as `Stored`.
///
/// `Strategy` is inferred. It exists for the compiler's message, as that of `OwnedField` does. So is `Owned`, which is
/// `Stored` in code that compiles: it keeps the compiler from reporting the bounds of `Stored`, too.
#[diagnostic::on_unimplemented(
    message = "a `durable` signal cannot store `{Self}`",
    label = "cannot be written as JSON and read back as `{Stored}`",
    note = "a field of a `durable` signal, or the type behind its `&`, is `Clone` and `Serialize`, and its owned form is `Deserialize`, `JsonSchema`, `Send`, `Sync` and `'static`",
    note = "for a type of your own, write `#[derive(Clone, Serialize, Deserialize, JsonSchema)] #[serde(crate = \"lback_signals::serde\")] #[schemars(crate = \"lback_signals::schemars\")]`",
    note = "a secret, such as a password or a token, is never stored: send an id, and look the secret up or mint it at delivery"
)]
pub trait StoredField<Strategy, Owned, Stored> {
    /// Returns the owned copy.
    fn own(&self) -> Owned;

    /// Converts the value of the owned form.
    fn seal(stored: Stored) -> Owned;

    /// Converts into the value of the owned form.
    fn unseal(owned: Owned) -> Stored;

    /// Borrows the value from its owned copy.
    fn borrow(owned: &Owned) -> &Self;

    /// Writes the value.
    ///
    /// # Errors
    ///
    /// Returns the error of the serializer.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads the owned copy.
    ///
    /// # Errors
    ///
    /// Returns the error of the deserializer.
    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Owned, D::Error>;

    /// Returns the schema of the owned form.
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

/// Strategy: via serde, and [`ToOwned`] for the copy.
#[derive(Debug)]
pub enum ViaSerde {}

#[diagnostic::do_not_recommend]
impl<T, Stored> StoredField<ViaSerde, Stored, Stored> for T
where
    T: ?Sized + ToOwned<Owned = Stored> + Serialize,
    Stored: Borrow<T> + DeserializeOwned + JsonSchema + Send + Sync + 'static,
{
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
impl<T: ?Sized + Never, Stored> StoredField<Unavailable, Infallible, Stored> for T {
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
        unreachable!("no type implements `Never`")
    }

    fn deserialize<'de, D: Deserializer<'de>>(_: D) -> Result<Infallible, D::Error> {
        unreachable!("no type implements `Never`")
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        unreachable!("no type implements `Never`")
    }
}

/// The owned form of a durable signal.
pub trait OwnedForm: Sized {
    /// Decodes the payload of a version.
    ///
    /// # Errors
    ///
    /// The version is unknown, or the payload is not that of this version.
    fn __decode(version: u32, payload: &str) -> Result<Self, DecodeError>;
}

/// A field of a durable signal: the functions of its [`StoredField`].
///
/// Its methods have no bounds. So a type without `StoredField` is an error of [`stored`] alone, in the same words at
/// each use of the field, and the compiler prints it once.
pub struct Field<T: ?Sized, Owned, Stored> {
    own: fn(&T) -> Owned,
    seal: fn(Stored) -> Owned,
    unseal: fn(Owned) -> Stored,
    borrow: fn(&Owned) -> &T,
    serialize: fn(&T, FieldSerializer<'_, '_>) -> serde_json::Result<()>,
    deserialize: fn(&mut FieldDeserializer<'_>) -> serde_json::Result<Owned>,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

/// Returns the field of a type.
#[must_use]
pub fn stored<T: ?Sized + StoredField<Strategy, Owned, Stored>, Strategy, Owned, Stored>()
-> Field<T, Owned, Stored> {
    Field {
        own: T::own,
        seal: T::seal,
        unseal: T::unseal,
        borrow: T::borrow,
        serialize: |value, serializer| value.serialize(serializer),
        deserialize: |json| T::deserialize(json),
        schema: T::schema,
    }
}

impl<T: ?Sized, Owned, Stored> Field<T, Owned, Stored> {
    /// Returns the owned copy of a value.
    pub fn own(self, value: &T) -> PanicGuarded<Owned> {
        PanicGuarded::new((self.own)(value))
    }

    /// Guards a value of the owned form.
    pub fn seal(self, stored: Stored) -> PanicGuarded<Owned> {
        PanicGuarded::new((self.seal)(stored))
    }

    /// Returns the value for the owned form.
    pub fn unseal(self, owned: PanicGuarded<Owned>) -> Stored {
        (self.unseal)(owned.into_inner())
    }

    /// Borrows the value of a `&T` field from its owned copy.
    #[must_use]
    pub fn borrow(self, owned: &PanicGuarded<Owned>) -> &T {
        (self.borrow)(owned.get())
    }

    /// Clones the value of a `T` field, whose `Stored` is `T`, from its owned copy.
    #[must_use]
    pub fn restore(self, owned: &PanicGuarded<Owned>) -> Stored {
        (self.unseal)((self.own)((self.borrow)(owned.get())))
    }

    /// Writes the value into the payload.
    pub fn write(self, payload: &mut PayloadWriter, name: &'static str, value: &T) {
        payload.write(name, |serializer| (self.serialize)(value, serializer));
    }

    /// Returns the value as the key of a signal.
    ///
    /// # Errors
    ///
    /// The value cannot be encoded, or is too large.
    pub fn write_key(
        self,
        signal: &'static str,
        name: &'static str,
        value: &T,
    ) -> Result<String, EnqueueError> {
        PayloadWriter::encode_key(signal, name, |serializer| {
            (self.serialize)(value, serializer)
        })
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
    ) -> Result<PanicGuarded<Owned>, DecodeError> {
        let value = payload.value(name)?.ok_or_else(|| payload.missing(name))?;
        let value = payload.read(name, type_name, value, self.deserialize)?;
        Ok(PanicGuarded::new(value))
    }

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
        default: fn() -> Stored,
    ) -> Result<PanicGuarded<Owned>, DecodeError> {
        if payload.value(name)?.is_some() {
            return self.read(payload, name, type_name);
        }
        let value = payload.default_of(name, || (self.seal)(default()))?;
        Ok(PanicGuarded::new(value))
    }

    /// Adds the field to the form of the payload.
    pub fn describe(self, form: &mut StoredForm, name: &'static str, is_required: bool) {
        let schema = (self.schema)(form.generator());
        form.add(name, schema, is_required);
    }
}

impl<T: ?Sized, Owned, Stored> fmt::Debug for Field<T, Owned, Stored> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field").finish_non_exhaustive()
    }
}
