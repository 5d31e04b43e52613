//! The rules of a signal, one check each.

use syn::visit::{self, Visit};
use syn::{Data, Error, Field, Fields, GenericParam, Result, TypeFnPtr, TypeReference};

use super::durable::Stored;
use super::parse::{Input, Marks, Options};
use super::{NOT_A_STRUCT, durable, owned};
use crate::attributes;
use crate::errors::Errors;
use crate::naming;

/// A valid signal.
pub(crate) struct Signal {
    pub(crate) name: String,
    /// The index of the field that is the sender.
    pub(crate) sender: Option<usize>,
    /// The name and the version of a durable signal.
    pub(crate) stored: Option<Stored>,
}

pub(crate) fn validate(
    input: &Input,
    options: &Options,
    options_parsed: Result<()>,
) -> Result<Signal> {
    let mut errors = Errors::default();
    errors.take(options_parsed);
    errors.take(check_shape(&input.item.data));
    for parameter in &input.item.generics.params {
        errors.take(check_parameter(parameter));
    }
    for field in input.fields() {
        check_not_mutable(field, &mut errors);
    }
    errors.take(check_no_reply(options));
    let option = if options.durable.is_some() {
        "a `durable`"
    } else {
        "an `owned`"
    };
    if options.is_owned() {
        for field in input.fields() {
            errors.take(owned::check_field(option, field, &input.item.generics));
        }
    }
    let stored = options.durable.as_ref().and_then(|durable| {
        for field in input.fields() {
            errors.take(durable::check_field(field));
        }
        errors.take(durable.validate(&input.item.ident))
    });
    errors.take(check_field_marks(input, options));
    errors.take(check_key(input, options));
    let sender = errors.take(check_sender(input));
    let name = match &options.name {
        Some(name) => errors.take(naming::check(name, "a signal's")),
        None => Some(naming::snake_case(&input.item.ident)),
    };
    errors.finish(Signal {
        name: name.unwrap_or_default(),
        sender: sender.flatten(),
        stored,
    })
}

fn check_shape(data: &Data) -> Result<()> {
    match data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(_) | Fields::Unit => Ok(()),
            Fields::Unnamed(fields) => Err(Error::new_spanned(
                fields,
                "the fields of a signal have names: `{ order: &'a Order }`",
            )),
        },
        Data::Enum(data) => Err(Error::new_spanned(data.enum_token, NOT_A_STRUCT)),
        Data::Union(data) => Err(Error::new_spanned(data.union_token, NOT_A_STRUCT)),
    }
}

fn check_parameter(parameter: &GenericParam) -> Result<()> {
    match parameter {
        GenericParam::Lifetime(_) => Ok(()),
        GenericParam::Type(parameter) => Err(Error::new_spanned(
            parameter,
            "a signal has no type parameters, since it is one concrete type: declare a signal for \
             each type, or use a field of type `&'a dyn Trait`",
        )),
        GenericParam::Const(parameter) => Err(Error::new_spanned(
            parameter,
            "a signal has no const parameters, since it is one concrete type: store the value in a \
             field",
        )),
    }
}

/// Returns an error for each `&mut`: all receivers borrow the same payload.
fn check_not_mutable(field: &Field, errors: &mut Errors) {
    struct MutableReferences<'e>(&'e mut Errors);

    impl<'ast> Visit<'ast> for MutableReferences<'_> {
        fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
            if reference.mutability.is_some() {
                self.0.push(Error::new_spanned(
                    reference,
                    "a signal cannot hold a `&mut`, since all its receivers borrow it: use a `&` to \
                     a `Cell`, a `Mutex` or an atomic to collect results",
                ));
            }
            visit::visit_type_reference(self, reference);
        }

        // The parameters of a function pointer are not part of the payload.
        fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}
    }

    MutableReferences(errors).visit_type(&field.ty);
}

fn check_no_reply(options: &Options) -> Result<()> {
    if options.reply.is_none() {
        return Ok(());
    }
    if let Some(durable) = &options.durable {
        return Err(Error::new(
            durable.key.span(),
            "a `durable` signal has no reply, since its receivers run after it was stored: remove \
             `durable` or `reply`",
        ));
    }
    match &options.owned {
        None => Ok(()),
        Some(owned) => Err(Error::new(
            owned.span(),
            "an `owned` signal has no reply, since receivers that run later cannot reply: remove \
             `owned` or `reply`",
        )),
    }
}

fn check_field_marks(input: &Input, options: &Options) -> Result<()> {
    let (first, parsed) = &input.field_marks;
    parsed.clone()?;
    match first {
        Some(mark) if options.durable.is_none() => Err(Error::new_spanned(
            mark,
            "`#[field(default)]` is about stored payloads: declare the signal with `durable(…)`, or remove it",
        )),
        _ => Ok(()),
    }
}

fn check_sender(input: &Input) -> Result<Option<usize>> {
    let messages = MarkMessages {
        conditional: "the sender cannot depend on a `cfg`, since its type would, too: remove the `cfg`",
        value: "`#[sender]` takes no value: write it alone",
        second: "a signal has one sender: remove this second `#[sender]`",
        misplaced: "`#[sender]` marks a field: move it to the field that is the sender",
    };
    check_marks(input, &input.senders, &messages)
}

fn check_key(input: &Input, options: &Options) -> Result<()> {
    let messages = MarkMessages {
        conditional: "the key cannot depend on a `cfg`, since programs with and without it would order the same \
                      deliveries: remove the `cfg`",
        value: "`#[key]` takes no value: write it alone",
        second: "a signal has one key: remove this second `#[key]`, or mark one field with both values",
        misplaced: "`#[key]` marks a field: move it to the field by which deliveries are ordered",
    };
    let key = check_marks(input, &input.keys, &messages)?;
    let Some((index, mark)) = key.zip(input.keys.of_fields.first().map(|(_, mark)| mark)) else {
        return Ok(());
    };
    if options.durable.is_none() {
        return Err(Error::new_spanned(
            mark,
            "`#[key]` is about stored deliveries: declare the signal with `durable(…)`, or remove it",
        ));
    }
    let mut senders = input.senders.of_fields.iter();
    if senders.any(|(sender, _)| *sender == index) {
        return Err(Error::new_spanned(
            mark,
            "the sender is no key, since all of its values are stored and any of them may change: mark a field \
             with its id",
        ));
    }
    Ok(())
}

/// The messages about invalid marks.
struct MarkMessages {
    conditional: &'static str,
    value: &'static str,
    second: &'static str,
    misplaced: &'static str,
}

/// Returns the index of the marked field.
fn check_marks(input: &Input, marks: &Marks, messages: &MarkMessages) -> Result<Option<usize>> {
    let mut errors = Errors::default();
    for (index, mark) in &marks.of_fields {
        let field = input.fields().nth(*index);
        let is_conditional = attributes::cfg_attr(&mark.meta).is_some()
            || field.is_some_and(|field| !attributes::cfgs(&field.attrs).is_empty());
        if is_conditional {
            errors.push(Error::new_spanned(mark, messages.conditional));
        } else if mark.meta.require_path_only().is_err() {
            errors.push(Error::new_spanned(mark, messages.value));
        }
    }
    for (_, second) in marks.of_fields.iter().skip(1) {
        errors.push(Error::new_spanned(second, messages.second));
    }
    for mark in &marks.misplaced {
        errors.push(Error::new_spanned(mark, messages.misplaced));
    }
    errors.finish(marks.of_fields.first().map(|(index, _)| *index))
}
