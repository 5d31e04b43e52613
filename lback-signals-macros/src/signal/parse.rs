//! The struct and the options as they are written, right or wrong.

use proc_macro2::TokenStream;
use syn::{Attribute, Error, Item, ItemStruct, LitStr, Result, Token};

use crate::options::{self, CratePath};

/// The struct behind the attribute.
pub(crate) struct Input {
    /// As the user wrote it, without the `#[sender]` marks.
    pub(crate) item: ItemStruct,
    /// The `#[sender]` marks, each with the index of its field.
    pub(crate) senders: Vec<(usize, Attribute)>,
}

/// Takes the struct apart; anything else is refused here.
pub(crate) fn parse(item: TokenStream) -> Result<Input> {
    let mut item = match syn::parse2(item)? {
        Item::Struct(item) => item,
        other => {
            return Err(Error::new_spanned(
                other,
                "a signal is a struct: `#[signal] struct OrderPaid<'a> { … }`",
            ));
        }
    };
    let mut senders = Vec::new();
    for (index, field) in item.fields.iter_mut().enumerate() {
        field.attrs.retain(|attribute| {
            let is_mark = attribute.path().is_ident("sender");
            if is_mark {
                senders.push((index, attribute.clone()));
            }
            !is_mark
        });
    }
    Ok(Input { item, senders })
}

/// `#[signal(name = "order_paid", crate = path)]`
pub(crate) struct Options {
    pub(crate) name: Option<LitStr>,
    pub(crate) core: CratePath,
}

impl Options {
    /// Reads what can be read, and says what could not.
    pub(crate) fn parse(tokens: TokenStream) -> (Self, Result<()>) {
        let mut options = Self {
            name: None,
            core: CratePath::Default("lback_signals"),
        };
        let read = options::parse(tokens, &["name", "crate"], |key, input| {
            if key == "crate" {
                options.core = CratePath::parse(input)?;
            } else {
                input.parse::<Token![=]>()?;
                options.name = Some(input.parse()?);
            }
            Ok(())
        });
        (options, read)
    }
}
