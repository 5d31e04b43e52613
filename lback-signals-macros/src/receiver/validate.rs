//! The rules of a receiver, one check each. `types` has those of its types.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Error, GenericParam, Generics, Path, Result, Signature, Type, TypeParam,
    WherePredicate, parse_quote,
};

use super::durable;
use super::parse::{Function, Options};
use super::types::{Parameter, parameter, returned};
use crate::attributes;
use crate::errors::Errors;

/// A receiver whose signature and options are valid.
pub(crate) struct Receiver {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) allowed_lints: TokenStream,
    pub(crate) options: Options,
    pub(crate) function: Ident,
    pub(crate) is_async: bool,
    pub(crate) is_generic: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// The return type, as generated code can name it.
    pub(crate) returns: Type,
}

pub(crate) fn validate(
    function: &Function,
    options: Options,
    options_parsed: Result<()>,
) -> Result<Receiver> {
    let Signature {
        ident,
        generics,
        inputs,
        ..
    } = &function.signature;
    let mut errors = Errors::default();
    // An invalid option may be a misspelt `signal`.
    if options_parsed.is_ok() || options.signals.is_some() {
        errors.take(check_signals(options.signals.as_deref(), ident));
    }
    errors.take(options_parsed);
    check_order(&options, ident, &mut errors);
    errors.take(check_phase(&options));
    match &options.durable {
        Some(durable) => durable::check(durable, &options, &function.signature, &mut errors),
        None => errors
            .take(check_not_awaited(&options, &function.signature))
            .unwrap_or_default(),
    }
    if !function.has_body {
        errors.push(Error::new_spanned(
            ident,
            format!("a receiver is a free function with a body: `fn {ident}(…) {{ … }}`"),
        ));
    }
    check_qualifiers(&function.signature, &mut errors);
    for parameter in &generics.params {
        errors.take(check_generic_parameter(parameter, &function.signature));
    }
    if inputs.is_empty() {
        errors.push(Error::new(
            function.signature.paren_token.span.join(),
            "a receiver takes at least one parameter, such as the signal: `event: &OrderPaid<'_>`",
        ));
    }
    let parameters = inputs
        .iter()
        .filter_map(|input| errors.take(parameter(input, generics)))
        .collect();
    let returns = errors.take(returned(&function.signature));
    errors.finish(())?;
    Ok(Receiver {
        cfgs: attributes::cfgs(&function.attrs),
        allowed_lints: attributes::allowed_lints(&function.attrs),
        options,
        function: ident.clone(),
        is_async: function.signature.asyncness.is_some(),
        is_generic: generics.type_params().next().is_some(),
        parameters,
        returns: returns.unwrap_or_else(|| parse_quote!(())),
    })
}

fn check_signals(signals: Option<&[Path]>, function: &Ident) -> Result<()> {
    let Some(signals) = signals else {
        return Err(Error::new(
            Span::call_site(),
            format!("`{function}` needs a signal to receive: `#[receiver(signal = OrderPaid)]`"),
        ));
    };
    let mut errors = Errors::default();
    let mut seen = Vec::new();
    for signal in signals {
        let mut arguments = signal.segments.iter().map(|segment| &segment.arguments);
        if let Some(arguments) = arguments.find(|arguments| !arguments.is_none()) {
            errors.push(Error::new_spanned(
                arguments,
                "name the signal without its lifetimes, as in `signal = OrderPaid`",
            ));
        }
        let spelling = signal.to_token_stream().to_string();
        if seen.contains(&spelling) {
            errors.push(Error::new_spanned(
                signal,
                "this signal is listed twice: remove one",
            ));
        }
        seen.push(spelling);
    }
    errors.finish(())
}

fn check_order(options: &Options, function: &Ident, errors: &mut Errors) {
    if let (Some(_), Some(last)) = (&options.first, &options.last) {
        errors.push(Error::new(
            last.span(),
            "a receiver cannot be both `first` and `last`: remove one",
        ));
    }
    let named = options.before.iter().chain(&options.after);
    let mut seen = Vec::new();
    for receiver in named {
        if receiver.path.is_ident(function) {
            errors.push(Error::new_spanned(
                receiver,
                "this is the receiver itself: name another receiver",
            ));
        }
        let spelling = receiver.to_token_stream().to_string();
        if seen.contains(&spelling) {
            errors.push(Error::new_spanned(
                receiver,
                "this receiver is listed twice: name it once, in `before` or in `after`",
            ));
        }
        seen.push(spelling);
    }
}

fn check_phase(options: &Options) -> Result<()> {
    let Some(after_rollback) = &options.after_rollback else {
        return Ok(());
    };
    let message = if options.after_commit.is_some() {
        "a receiver cannot be both `after_commit` and `after_rollback`: write two receivers"
    } else if options.fulfills.is_some() {
        "a receiver that only runs after a rollback cannot fulfill a signal: remove `after_rollback`"
    } else {
        return Ok(());
    };
    Err(Error::new(after_rollback.span(), message))
}

/// Returns an error for an `async fn` that would have to be awaited by `Transaction::commit` or `rollback`,
/// which are not async.
fn check_not_awaited(options: &Options, signature: &Signature) -> Result<()> {
    let phase = options
        .after_commit
        .as_ref()
        .or(options.after_rollback.as_ref());
    let (Some(phase), Some(token), None) = (phase, &signature.asyncness, &options.background)
    else {
        return Ok(());
    };
    let message = format!(
        "the end of a transaction does not await an `async fn`: add `background`, as in \
         `{phase}, background`"
    );
    Err(Error::new_spanned(token, message))
}

fn check_qualifiers(signature: &Signature, errors: &mut Errors) {
    if !matches!(signature.safety, syn::Safety::Default) {
        errors.push(Error::new_spanned(
            &signature.safety,
            "a receiver cannot be `unsafe`, since `send` cannot uphold its safety conditions: make it \
             a safe `fn`",
        ));
    }
    if let Some(abi) = &signature.abi {
        errors.push(Error::new_spanned(
            abi,
            "a receiver has the Rust ABI: remove the `extern`",
        ));
    }
}

fn check_generic_parameter(parameter: &GenericParam, signature: &Signature) -> Result<()> {
    match parameter {
        GenericParam::Const(parameter) => Err(Error::new_spanned(
            parameter,
            format!(
                "the value of `{}` cannot be inferred: remove the const parameter",
                parameter.ident
            ),
        )),
        GenericParam::Type(parameter) if !is_inferable(parameter, signature) => {
            let name = &parameter.ident;
            let message = format!(
                "`{name}` cannot be inferred: take it, such as in `event: &{name}`, or remove it"
            );
            Err(Error::new_spanned(name, message))
        }
        GenericParam::Lifetime(_) | GenericParam::Type(_) => Ok(()),
    }
}

/// Returns whether a type parameter can be inferred: from the types of the parameters, or from a bound of
/// another type parameter, as in `S: Signal<Sender = T>`.
fn is_inferable(parameter: &TypeParam, signature: &Signature) -> bool {
    struct Mentions<'p>(&'p Ident, bool);

    impl<'ast> Visit<'ast> for Mentions<'_> {
        fn visit_path(&mut self, path: &'ast Path) {
            self.1 |= path
                .segments
                .first()
                .is_some_and(|first| first.ident == *self.0);
            visit::visit_path(self, path);
        }
    }

    let mut mentions = Mentions(&parameter.ident, false);
    for input in &signature.inputs {
        mentions.visit_fn_arg(input);
    }
    let Generics { where_clause, .. } = &signature.generics;
    let predicates = where_clause.iter().flat_map(|clause| &clause.predicates);
    let bounds_elsewhere = predicates.filter_map(|predicate| match predicate {
        WherePredicate::Type(predicate) => Some(&predicate.bounds),
        _ => None,
    });
    let bounds = signature.generics.type_params().map(|other| &other.bounds);
    for bound in bounds.chain(bounds_elsewhere).flatten() {
        mentions.visit_type_param_bound(bound);
    }
    mentions.1
}
