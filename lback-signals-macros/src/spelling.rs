//! Tokens of a type as text in the usual format: `&'a Order`, not `& 'a Order`.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// Returns the tokens as text.
pub(crate) fn of(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    // Generated code writes primitive types with this path, since user code may define its own `bool`.
    text.replace("::core::primitive::", "")
}

fn write(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => write_word(&word.to_string(), text),
            TokenTree::Literal(word) => write_word(&word.to_string(), text),
            TokenTree::Punct(mark) => match mark.as_char() {
                ',' | ';' => {
                    text.push(mark.as_char());
                    text.push(' ');
                }
                '+' => text.push_str(" + "),
                '=' => text.push_str(if mark.spacing() == Spacing::Joint {
                    "="
                } else {
                    " = "
                }),
                '-' => text.push_str(" -"),
                // A `>` ends either an arrow, with a space after it, or a list of arguments, without one.
                '>' if text.ends_with('-') => text.push_str("> "),
                '\'' => {
                    separate(text);
                    text.push('\'');
                }
                other => text.push(other),
            },
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                if ends_with_lifetime(text) {
                    text.push(' ');
                }
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
        }
    }
}

fn write_word(word: &str, text: &mut String) {
    separate(text);
    text.push_str(word);
}

/// Writes a space if the text ends with a word.
fn separate(text: &mut String) {
    if text.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
        text.push(' ');
    }
}

fn ends_with_lifetime(text: &str) -> bool {
    let name = text.trim_end_matches(|last: char| last.is_alphanumeric() || last == '_');
    name.len() < text.len() && name.ends_with('\'')
}

#[cfg(test)]
mod tests {
    use syn::{Type, parse_str};

    #[test]
    fn primitive_types_are_written_without_their_path() {
        let ty: Type = parse_str("&'a [::core::primitive::bool]").unwrap();
        assert_eq!(super::of(&ty), "&'a [bool]");
    }

    #[test]
    fn types_are_written_in_the_usual_format() {
        for spelling in [
            "u32",
            "&'a Order",
            "&'a dyn AuthUser",
            "&'a (dyn Debug + Send + 'a)",
            "Option<&'a str>",
            "Vec<(u8, [u8; 4])>",
            "&'a [u8]",
            "std::cell::Cell<u64>",
            "fn(&str) -> Result<(), Error>",
            "Box<dyn Fn(u8) -> u8>",
            "Iter<'a, Item = u8>",
        ] {
            let ty: Type = parse_str(spelling).expect(spelling);
            assert_eq!(super::of(&ty), spelling);
        }
    }
}
