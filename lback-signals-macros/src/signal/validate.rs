//! The rules of a signal's declaration, one small check each.

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{Data, Error, Field, Fields, GenericParam, Result, TypeFnPtr, TypeReference};

use super::parse::{Input, Options};
use super::{NOT_A_STRUCT, owned};
use crate::attributes;
use crate::errors::Errors;
use crate::naming;

/// A declaration that keeps the rules.
pub(crate) struct Signal {
    pub(crate) name: String,
    /// The index of the field that is the sender.
    pub(crate) sender: Option<usize>,
}

pub(crate) fn validate(
    input: &Input,
    options: &Options,
    options_read: Result<()>,
) -> Result<Signal> {
    let mut errors = Errors::default();
    errors.take(options_read);
    errors.take(check_shape(&input.item.data));
    for parameter in &input.item.generics.params {
        errors.take(check_parameter(parameter));
    }
    for field in input.fields() {
        check_not_mutable(field, &mut errors);
    }
    if let Some(owned) = &options.owned {
        errors.take(check_unanswered(owned, options));
        for field in input.fields() {
            errors.take(owned::check_field(field, &input.item.generics));
        }
    }
    let sender = errors.take(check_sender(input));
    let name = match &options.name {
        Some(name) => errors.take(naming::check(name, "a signal's")),
        None => Some(naming::snake_case(&input.item.ident)),
    };
    errors.finish(Signal {
        name: name.unwrap_or_default(),
        sender: sender.flatten(),
    })
}

fn check_shape(data: &Data) -> Result<()> {
    match data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(_) | Fields::Unit => Ok(()),
            Fields::Unnamed(fields) => Err(Error::new_spanned(
                fields,
                "the fields of a signal have names, since receivers read them: \
                 `{ order: &'a Order }`",
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
            "a signal has no type parameters, since its receivers are found by its one type; \
             declare a signal for each type, or carry a `&'a dyn Trait`",
        )),
        GenericParam::Const(parameter) => Err(Error::new_spanned(
            parameter,
            "a signal has no const parameters, since its receivers are found by its one type; \
             carry the value in a field",
        )),
    }
}

/// Several receivers read the payload, one after another, so none may hold it exclusively.
fn check_not_mutable(field: &Field, errors: &mut Errors) {
    struct MutableReferences<'e>(&'e mut Errors);

    impl<'ast> Visit<'ast> for MutableReferences<'_> {
        fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
            if reference.mutability.is_some() {
                self.0.push(Error::new_spanned(
                    reference,
                    "a signal is read by all of its receivers, so it cannot hold a `&mut`; \
                     carry a `&` to a `Cell`, a `Mutex` or an atomic to collect answers",
                ));
            }
            visit::visit_type_reference(self, reference);
        }

        // What a function pointer takes is not held.
        fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}
    }

    MutableReferences(errors).visit_type(&field.ty);
}

fn check_unanswered(owned: &Ident, options: &Options) -> Result<()> {
    match options.reply {
        None => Ok(()),
        Some(_) => Err(Error::new(
            owned.span(),
            "an `owned` signal is kept for receivers that run later, and those cannot answer: \
             remove `owned` or `reply`",
        )),
    }
}

fn check_sender(input: &Input) -> Result<Option<usize>> {
    let mut errors = Errors::default();
    for (index, mark) in &input.senders {
        let field = input.fields().nth(*index);
        let is_conditional = attributes::cfg_attr(&mark.meta).is_some()
            || field.is_some_and(|field| !attributes::cfgs(&field.attrs).is_empty());
        if is_conditional {
            errors.push(Error::new_spanned(
                mark,
                "the sender cannot depend on a `cfg`, since the signal's type of sender would",
            ));
        } else if mark.meta.require_path_only().is_err() {
            errors.push(Error::new_spanned(
                mark,
                "a field is either the sender or not: write `#[sender]` alone",
            ));
        }
    }
    for (_, second) in input.senders.iter().skip(1) {
        errors.push(Error::new_spanned(
            second,
            "a signal has one sender, and that is marked already",
        ));
    }
    for mark in &input.misplaced_senders {
        errors.push(Error::new_spanned(
            mark,
            "the sender is one of the fields: write `#[sender]` on that one",
        ));
    }
    errors.finish(input.senders.first().map(|(index, _)| *index))
}
