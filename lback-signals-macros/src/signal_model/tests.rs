use proc_macro2::TokenStream;
use quote::quote;

/// Returns the messages of the compile errors in an expansion.
fn messages(item: TokenStream) -> Vec<String> {
    let expansion = super::expand(item).to_string();
    let errors = expansion.split("compile_error").skip(1);
    let message = |error: &str| Some(error.split('"').nth(1)?.to_owned());
    errors.filter_map(message).collect()
}

fn model(options: &TokenStream) -> TokenStream {
    quote! {
        #options
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: i64,
            pub title: String,
        }
    }
}

#[test]
fn a_mistake_is_one_message() {
    let cases = [
        (
            quote!(#[signal_model(name = "article", signals(pre_save), select_for_update, hooks)]),
            None,
        ),
        (
            quote!(#[signal_model(name = "article", signals(post_bulk_write))]),
            None,
        ),
        (
            quote!(#[signal_model(signals(pre_save))]),
            Some("`Model` lacks a name for its signals: write"),
        ),
        (
            quote!(#[signal_model(name = "Article", signals(pre_save))]),
            Some("the name of an entity begins the names of its signals: write it in snake case"),
        ),
        (
            quote!(#[signal_model(name = "blog__post", signals(pre_save))]),
            Some("the name of an entity begins the names of its signals: write it in snake case"),
        ),
        (
            quote!(#[signal_model(name = "article")]),
            Some(
                "`Model` lacks signals: list them in `#[signal_model(signals(pre_save, post_save))]`",
            ),
        ),
        (
            quote!(#[signal_model(name = "article", signals(owned))]),
            Some("`signals(owned)` declares nothing; the items are `pre_save`"),
        ),
        (
            quote!(#[signal_model(name = "article", signals(pre_save, saved))]),
            Some("unknown item `saved`; the items are"),
        ),
        (
            quote!(#[signal_model(name = "article", signals(post_save), select_for_update)]),
            Some("`select_for_update` is about `pre_save`: add that to `signals(…)`"),
        ),
        (
            quote!(#[signal_model(name = "article", signals(pre_save, post_save, owned), editable)]),
            None,
        ),
        (
            quote!(#[signal_model(name = "article", signals(pre_save, post_bulk_write, owned), editable)]),
            None,
        ),
        (
            quote!(#[signal_model(name = "article", signals(post_save), editable)]),
            Some("`editable` is about `pre_save`: add that to `signals(…)`, or remove `editable`"),
        ),
        (
            quote!(#[signal_model(name = "article", signals(pre_save, owned), editable)]),
            Some("the `pre_save` signal of an `editable` model is never `owned`"),
        ),
        (
            quote!(#[signal_model(name = "article", signals(post_save), hook)]),
            Some("unknown option `hook`: did you mean `hooks`?"),
        ),
    ];
    for (options, expected) in cases {
        let given = options.to_string();
        let messages = messages(model(&options));
        let is_expected = match (expected, &messages[..]) {
            (None, []) => true,
            (Some(expected), [message]) => message.starts_with(expected),
            _ => false,
        };
        assert!(is_expected, "{given}: {messages:?}");
    }
}

#[test]
fn a_model_needs_a_primary_key() {
    let item = quote! {
        #[signal_model(name = "article", signals(pre_save))]
        struct Model {
            #[sea_orm(column_name = "primary_key")]
            id: i64,
        }
    };
    let messages = messages(item);
    let expected = "`Model` lacks a primary key: mark a field with `#[sea_orm(primary_key)]`";
    assert_eq!(messages, [expected]);
}

/// Without it, each use of the entity would be a further error.
#[test]
fn an_invalid_model_has_the_behavior_that_its_entity_needs() {
    let expansion = super::expand(model(&quote!())).to_string();
    assert!(
        expansion.contains("ActiveModelBehavior for ActiveModel { }"),
        "{expansion}"
    );
}
