//! The hash of a stored form changes with the form, and with nothing else.

use std::collections::BTreeMap;

use lback_signals::__private::{StoredForm, stored};
use lback_signals::schemars::JsonSchema;
use lback_signals::serde::{Deserialize, Serialize};
use lback_signals::{Signal, signal};

/// Returns the form of fields: `form![name: Type, optional: Type = default]`.
macro_rules! form {
    ($($name:ident: $ty:ty $(= $default:ident)?),*) => {
        StoredForm::hash_of(|_form| {
            $(
                let is_required = ![$(stringify!($default))?].contains(&"default");
                stored::<$ty, _, _, $ty>().describe(_form, stringify!($name), is_required);
            )*
        })
    };
}

/// Derives what a field needs.
macro_rules! stored {
    ($($item:item)*) => {
        $(
            #[allow(dead_code)]
            #[derive(Clone, Serialize, Deserialize, JsonSchema)]
            #[serde(crate = "lback_signals::serde")]
            #[schemars(crate = "lback_signals::schemars")]
            $item
        )*
    };
}

// Below the macros, which it uses.
mod references;

#[signal(durable(name = "forms.declared", version = 1))]
struct Declared<'a> {
    order: &'a u64,
    /// The address of the buyer.
    email: &'a str,
    items: &'a [String],
    r#type: (u8, char),
    #[field(default)]
    note: Option<String>,
}

#[test]
fn a_signal_has_the_form_of_its_owned_form() {
    let form = form![
        order: u64,
        email: String,
        items: Vec<String>,
        type: (u8, char),
        note: Option<String> = default
    ];
    assert_eq!(Declared::info().durable().unwrap().stored_form(), form);
    let known = "bc94dfd2";
    assert_eq!(
        form, known,
        "it changes in the locks of all users: think before you accept it"
    );
}

#[test]
fn a_form_changes_with_names_types_and_optionality() {
    assert_all_differ(&[
        form![],
        form![a: u64],
        form![b: u64],
        form![a: u32],
        form![a: i64],
        form![a: f64],
        form![a: String],
        form![a: Option<u64>],
        form![a: Vec<u64>],
        form![a: (u64, u64)],
        form![a: BTreeMap<String, u64>],
        form![a: u64 = default],
        form![a: u64, b: u64],
        form![title: u64],
        form![title: u32],
        form![description: u64],
        form![description: u32],
        form![default: u64],
    ]);
}

#[test]
fn a_form_changes_with_nested_structs() {
    assert_all_differ(&[
        {
            stored! { struct A { x: u64, y: u64 } }
            form![a: A]
        },
        {
            stored! { struct A { x: u64 } }
            form![a: A]
        },
        {
            stored! { struct A { x: u64, y: u32 } }
            form![a: A]
        },
        {
            stored! { struct A { x: u64, #[serde(default)] y: u64 } }
            form![a: A]
        },
        {
            stored! { struct A { x: u64, #[serde(rename = "z")] y: u64 } }
            form![a: A]
        },
        {
            stored! { struct A { title: u64 } }
            form![a: A]
        },
        {
            stored! { struct A { title: u32 } }
            form![a: A]
        },
    ]);
}

#[test]
fn a_form_changes_with_variants() {
    assert_all_differ(&[
        {
            stored! { enum A { X, Y } }
            form![a: A]
        },
        {
            stored! { enum A { X, Y, Z } }
            form![a: A]
        },
        {
            stored! { enum A { X, Y(u8) } }
            form![a: A]
        },
        {
            stored! { enum A { X, Y { y: u8 } } }
            form![a: A]
        },
        {
            stored! { #[serde(tag = "kind")] enum A { X, Y { y: u8 } } }
            form![a: A]
        },
        {
            stored! { #[serde(untagged)] enum A { X(u8), Y(String) } }
            form![a: A]
        },
        {
            // Whose first variant that fits is read.
            stored! { #[serde(untagged)] enum A { Y(String), X(u8) } }
            form![a: A]
        },
    ]);
}

#[test]
fn a_form_changes_with_the_type_that_recurs() {
    assert_all_differ(&[
        {
            stored! { struct A { x: Option<Box<A>> } }
            form![a: A]
        },
        {
            stored! { struct A { x: Option<Box<B>> } struct B { y: Option<Box<A>> } }
            form![a: A]
        },
        {
            stored! { struct A { x: Option<Box<B>> } struct B { y: Option<Box<B>> } }
            form![a: A]
        },
    ]);
}

#[test]
fn a_form_does_not_change_with_docs_or_the_order() {
    let plain = {
        stored! { struct A { x: u64, y: u64 } }
        form![a: A, b: Vec<A>]
    };
    let documented = {
        stored! {
            /// Documented.
            struct A {
                /// # Title
                ///
                /// Moved.
                y: u64,
                x: u64,
            }
        }
        form![b: Vec<A>, a: A]
    };
    assert_eq!(plain, documented);
}

stored! {
    /// Written in JSON as its value.
    struct Id(u64);

    /// A reference escapes some characters of the name.
    #[schemars(rename = "A page/of ~ things")]
    struct Page<T> {
        items: Vec<T>,
        next: Option<Box<Page<T>>>,
    }

    struct Pages {
        items: Vec<(u8, u64)>,
        next: Option<Box<Pages>>,
    }
}

#[test]
fn a_form_does_not_change_with_the_names_of_types() {
    let one = {
        stored! { struct A { x: Option<Box<A>>, b: B } struct B { y: u8 } }
        form![a: A]
    };
    let other = {
        stored! { struct Tree { x: Option<Box<Tree>>, b: Leaf } struct Leaf { y: u8 } }
        form![a: Tree]
    };
    assert_eq!(one, other);
    assert_eq!(form![a: Id, b: Vec<Id>], form![a: u64, b: Vec<u64>]);
    assert_eq!(form![a: Page<(u8, Id)>], form![a: Pages]);
}

#[test]
fn a_form_does_not_change_with_documented_variants() {
    let plain = {
        stored! { enum A { X, Y, Z(u8) } }
        form![a: A]
    };
    let documented = {
        stored! {
            enum A {
                /// Documented.
                Y,
                Z(
                    /// Documented, too.
                    u8,
                ),
                X,
            }
        }
        form![a: A]
    };
    assert_eq!(plain, documented);
    let plain = {
        stored! { enum A { X, Y } }
        form![a: A]
    };
    let documented = {
        stored! {
            enum A {
                /// Documented.
                Y,
                /// Documented.
                X,
            }
        }
        form![a: A]
    };
    assert_eq!(plain, documented);
}

#[test]
fn a_form_does_not_change_with_the_value_of_a_default() {
    fn seven() -> u8 {
        7
    }

    let zero = {
        stored! { struct A { #[serde(default)] x: u8 } }
        form![a: A]
    };
    let seven = {
        stored! { struct A { #[serde(default = "seven")] x: u8 } }
        form![a: A]
    };
    assert_eq!(zero, seven);
}

fn assert_all_differ(forms: &[String]) {
    for (index, form) in forms.iter().enumerate() {
        assert!(form.len() == 8 && form.bytes().all(|it| it.is_ascii_hexdigit()));
        let same = forms.iter().position(|other| other == form);
        assert_eq!(same, Some(index), "{forms:?}");
    }
}
