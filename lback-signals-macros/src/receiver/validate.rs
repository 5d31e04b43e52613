//! The rules of a receiver, one small check each; those of its types are next door.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Error, GenericParam, Generics, Path, Result, Signature, Type, TypeParam,
    WherePredicate, parse_quote,
};

use super::parse::{Function, Options};
use super::types::{Parameter, parameter, returned};
use crate::attributes;
use crate::errors::Errors;

/// A receiver that keeps the rules, as far as they can be seen in its signature.
pub(crate) struct Receiver {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) allowed_lints: TokenStream,
    pub(crate) options: Options,
    pub(crate) function: Ident,
    pub(crate) is_async: bool,
    pub(crate) is_generic: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// What it returns, as a type that generated code can name.
    pub(crate) returns: Type,
}

pub(crate) fn validate(
    function: &Function,
    options: Options,
    options_read: Result<()>,
) -> Result<Receiver> {
    let Signature {
        ident,
        generics,
        inputs,
        ..
    } = &function.signature;
    let mut errors = Errors::default();
    // An option that could not be read may have been meant for the signal.
    if options_read.is_ok() || options.signals.is_some() {
        errors.take(check_signals(options.signals.as_deref(), ident));
    }
    errors.take(options_read);
    check_order(&options, ident, &mut errors);
    errors.take(check_phase(&options));
    errors.take(check_awaited(&options, &function.signature));
    if !function.has_body {
        errors.push(Error::new_spanned(
            ident,
            "a receiver is a free function with a body: the linker finds that one function",
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
            format!("say which signal `{function}` receives: `#[receiver(signal = OrderPaid)]`"),
        ));
    };
    let mut errors = Errors::default();
    let mut seen = Vec::new();
    for signal in signals {
        let mut arguments = signal.segments.iter().map(|segment| &segment.arguments);
        if let Some(arguments) = arguments.find(|arguments| !arguments.is_none()) {
            errors.push(Error::new_spanned(
                arguments,
                "name the signal without its lifetimes: a receiver takes it with any",
            ));
        }
        let spelling = signal.to_token_stream().to_string();
        if seen.contains(&spelling) {
            errors.push(Error::new_spanned(signal, "this signal is listed twice"));
        }
        seen.push(spelling);
    }
    errors.finish(())
}

fn check_order(options: &Options, function: &Ident, errors: &mut Errors) {
    if let (Some(_), Some(last)) = (&options.first, &options.last) {
        errors.push(Error::new(
            last.span(),
            "a receiver cannot be both `first` and `last`",
        ));
    }
    let named = options.before.iter().chain(&options.after);
    let mut seen = Vec::new();
    for receiver in named {
        if receiver.path.is_ident(function) {
            errors.push(Error::new_spanned(
                receiver,
                "this is the receiver itself: name another one",
            ));
        }
        let spelling = receiver.to_token_stream().to_string();
        if seen.contains(&spelling) {
            errors.push(Error::new_spanned(
                receiver,
                "this receiver is named already: it runs either before or after this one",
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
        "a receiver runs once: either `after_commit` or `after_rollback`; write two for both"
    } else if options.fulfills.is_some() {
        "nothing is fulfilled by what only runs when all is undone: remove `after_rollback`"
    } else {
        return Ok(());
    };
    Err(Error::new(after_rollback.span(), message))
}

/// Whoever commits or rolls back does not wait.
fn check_awaited(options: &Options, signature: &Signature) -> Result<()> {
    let phase = options
        .after_commit
        .as_ref()
        .or(options.after_rollback.as_ref());
    let (Some(phase), Some(token), None) = (phase, &signature.asyncness, &options.background)
    else {
        return Ok(());
    };
    let message = format!(
        "the end of a transaction does not wait for an `async fn`: add `background`, as in \
         `{phase}, background`"
    );
    Err(Error::new_spanned(token, message))
}

fn check_qualifiers(signature: &Signature, errors: &mut Errors) {
    if !matches!(signature.safety, syn::Safety::Default) {
        errors.push(Error::new_spanned(
            &signature.safety,
            "whoever sends a signal does not know its receivers and can promise them nothing: \
             make it a safe `fn`",
        ));
    }
    if let Some(abi) = &signature.abi {
        errors.push(Error::new_spanned(
            abi,
            "a receiver is called by Rust: remove the `extern`",
        ));
    }
}

fn check_generic_parameter(parameter: &GenericParam, signature: &Signature) -> Result<()> {
    match parameter {
        GenericParam::Const(parameter) => Err(Error::new_spanned(
            parameter,
            "a receiver has no const parameters: nothing tells their value",
        )),
        GenericParam::Type(parameter) if !is_told(parameter, signature) => {
            let name = &parameter.ident;
            let message = format!(
                "nothing tells what `{name}` is: take it, such as in `event: &{name}`, or remove it"
            );
            Err(Error::new_spanned(name, message))
        }
        GenericParam::Lifetime(_) | GenericParam::Type(_) => Ok(()),
    }
}

/// Whether a type parameter can be inferred: from what the function takes, or from a bound of
/// another parameter, as in `S: Signal<Sender = T>`.
fn is_told(parameter: &TypeParam, signature: &Signature) -> bool {
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
