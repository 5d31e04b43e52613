//! The stored form of `dyn AuthUser`: what an account shows, without its password.

use std::borrow::Cow;

use lback_signals::Model;
use lback_signals::durable::SnapshotSender;
use lback_signals::schemars::{self, JsonSchema, Schema, SchemaGenerator};
use lback_signals::serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::AuthUser;
use super::fields::{AuthFields, AuthFieldsMut};
use crate::email_verification::EmailVerification;
use crate::password::Password;
use crate::user_id::UserId;

/// The JSON of an account.
#[derive(Clone, Deserialize, JsonSchema, Serialize)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "schemars")]
struct Shown<'a> {
    id: Option<Cow<'a, str>>,
    username: Cow<'a, str>,
    email: Cow<'a, str>,
    is_active: bool,
    is_email_verified: bool,
    has_usable_password: bool,
}

/// An account that was read back. It has no password and no token.
#[derive(Clone)]
struct Snapshot {
    shown: Shown<'static>,
    password: Password,
    email_verification: EmailVerification,
}

impl Model for Snapshot {
    fn model_name(&self) -> &'static str {
        Self::__name()
    }

    fn model_id(&self) -> Option<String> {
        self.shown.id.as_deref().map(str::to_owned)
    }

    fn __name() -> &'static str {
        "account"
    }
}

impl AuthUser for Snapshot {
    fn username(&self) -> &str {
        &self.shown.username
    }

    fn email(&self) -> &str {
        &self.shown.email
    }

    fn is_active(&self) -> bool {
        self.shown.is_active
    }

    fn is_email_verified(&self) -> bool {
        self.shown.is_email_verified
    }

    fn has_usable_password(&self) -> bool {
        self.shown.has_usable_password
    }

    fn __fields(&self) -> AuthFields<'_> {
        AuthFields {
            password: &self.password,
            email_verification: &self.email_verification,
        }
    }

    fn __fields_mut(&mut self) -> AuthFieldsMut<'_> {
        AuthFieldsMut {
            password: &mut self.password,
            email_verification: &mut self.email_verification,
            active: &mut self.shown.is_active,
        }
    }

    fn __to_boxed(&self) -> Box<dyn AuthUser> {
        Box::new(self.clone())
    }
}

/// Writes what the account shows: id, username, address and flags.
impl Serialize for dyn AuthUser {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let id = self.id();
        let shown = Shown {
            id: id.as_ref().map(|id| id.as_str().into()),
            username: self.username().into(),
            email: self.email().into(),
            is_active: self.is_active(),
            is_email_verified: self.is_email_verified(),
            has_usable_password: self.has_usable_password(),
        };
        shown.serialize(serializer)
    }
}

/// Reads a snapshot. It is of no account type, so `downcast_ref` returns `None`.
impl<'de> Deserialize<'de> for Box<dyn AuthUser> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Box::new(Snapshot {
            shown: Shown::deserialize(deserializer)?,
            password: Password::unusable(),
            email_verification: EmailVerification::unverified(),
        }))
    }
}

impl JsonSchema for dyn AuthUser {
    fn schema_name() -> Cow<'static, str> {
        "Account".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Shown::json_schema(generator)
    }
}

/// Signals of an account are erased with it.
impl SnapshotSender for dyn AuthUser {
    fn subject(&self) -> Option<String> {
        self.id().as_ref().map(UserId::subject)
    }
}
