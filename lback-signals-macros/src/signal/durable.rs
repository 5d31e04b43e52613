//! `#[signal(durable(…))]`: its options and rules, and the code for the stored form of the signal.

mod expand;
mod fields;
mod publish;
mod upcast;

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Error, Field, LitStr, Result, Token, Type, parenthesized, token};

pub(super) use self::expand::{implementation, owned_struct};
pub(super) use self::publish::publication;
use self::upcast::Earlier;
use crate::durable::Millis;
use crate::errors::Errors;
use crate::options::{self, Grammar};
use crate::{durable, naming, types};

/// The options in `durable(name = "order.paid", version = 2, was("order_paid"), upcast(1 = OrderPaidV1), keep = "7d",
/// publish)`.
pub(crate) struct Durable {
    /// The word `durable`.
    pub(crate) key: Ident,
    name: Option<LitStr>,
    version: Option<u32>,
    was: Vec<LitStr>,
    upcast: Vec<Earlier>,
    keep: Option<Millis>,
    publish: Option<Ident>,
    /// Whether all options are valid, so that one that is not given is missing.
    is_parsed: bool,
}

const GRAMMAR: Grammar = Grammar {
    noun: "durable option",
    keys: &["name", "version", "was", "upcast", "keep", "publish"],
    key_of_paths: None,
};

impl Durable {
    /// Returns the options before they are parsed.
    pub(super) fn new(key: &Ident) -> Self {
        Self {
            key: key.clone(),
            name: None,
            version: None,
            was: Vec::new(),
            upcast: Vec::new(),
            keep: None,
            publish: None,
            is_parsed: false,
        }
    }

    /// Parses the `(…)` after the key. It may be missing, since `validate` says what to write there.
    pub(super) fn parse(&mut self, input: ParseStream<'_>) -> Result<()> {
        if input.peek(Token![=]) {
            return Err(Error::new(
                self.key.span(),
                "`durable` takes its options in parentheses: `durable(name = \"order.paid\", version = 1)`",
            ));
        }
        if input.peek(token::Paren) {
            let list;
            parenthesized!(list in input);
            options::parse(list.parse()?, &GRAMMAR, |key, input| {
                match key.to_string().as_str() {
                    "name" => self.name = Some(durable::parse_name(key, input, "order.paid")?),
                    "version" => self.version = Some(durable::parse_count(key, input, 1)?),
                    "was" => self.was = durable::parse_was(key, input, "order_paid")?,
                    "upcast" => self.upcast = upcast::parse(key, input)?,
                    "publish" => self.publish = Some(key.clone()),
                    _ => {
                        options::parse_equals(key, input, "keep = \"7d\"")?;
                        self.keep = Some(Millis::parse(input)?);
                    }
                }
                Ok(())
            })?;
        }
        self.is_parsed = true;
        Ok(())
    }

    /// Returns the name and the version, or an error that says what to write.
    pub(super) fn validate(&self, signal: &Ident) -> Result<Stored> {
        let (Some(name), Some(version)) = (&self.name, self.version) else {
            if !self.is_parsed {
                // Reported as an invalid option.
                return Ok(Stored::default());
            }
            return Err(self.missing(signal));
        };
        let mut errors = Errors::default();
        let names = errors.take(durable::check_names(name, &self.was));
        let oldest_version = errors.take(upcast::validate(&self.upcast, version));
        let (name, was) = names.unwrap_or_default();
        errors.finish(Stored {
            name,
            version,
            oldest_version: oldest_version.unwrap_or(version),
            was,
            keep: self.keep.as_ref().map(|keep| keep.millis),
            is_published: self.publish.is_some(),
        })
    }

    fn missing(&self, signal: &Ident) -> Error {
        let name = match &self.name {
            Some(name) => name.value(),
            None => durable::suggestion(&naming::snake_case(signal), ".", "order.paid"),
        };
        let version = self.version.unwrap_or(1);
        let missing = match (&self.name, self.version) {
            (None, None) => "a name and a version",
            (None, Some(_)) => "a name",
            _ => "a version",
        };
        let message = format!(
            "a `durable` signal needs {missing}, under which it is stored: write `durable(name = \
             \"{name}\", version = {version})`"
        );
        Error::new(self.key.span(), message)
    }
}

/// The name and the version under which a signal is stored.
#[derive(Default)]
pub(crate) struct Stored {
    name: String,
    version: u32,
    /// The oldest version that `upcast` reads, or the current one.
    oldest_version: u32,
    was: Vec<String>,
    /// How long it is kept after its last delivery, in milliseconds.
    keep: Option<u64>,
    /// Whether it is published to other services.
    is_published: bool,
}

/// Returns an error for a field that visibly cannot be read back.
pub(super) fn check_field(field: &Field) -> Result<()> {
    let Type::Reference(reference) = types::ungrouped(&field.ty) else {
        return Ok(());
    };
    match &reference.lifetime {
        Some(lifetime) if lifetime.ident == "static" => Err(Error::new_spanned(
            &field.ty,
            "a `durable` signal cannot read back a `&'static` reference: name a lifetime of the signal, \
             as in `&'a str`",
        )),
        _ => Ok(()),
    }
}
