//! Types that refer to other types: their forms differ where the types do, and take little time.

use lback_signals::__private::{StoredForm, stored};
use lback_signals::schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use lback_signals::serde::{Deserialize, Serialize};

use super::assert_all_differ;

/// A struct of this depth, whose fields both have the struct of the next depth: 2^`DEPTH` paths.
#[derive(Clone, Serialize, Deserialize)]
#[serde(crate = "lback_signals::serde")]
struct Chain<const DEPTH: usize>;

/// Implements the schema of a chain, from its depth to zero. Its `$leaf` is the type of the innermost field.
macro_rules! chain {
    ($depth:literal: $leaf:ty) => {
        impl JsonSchema for Chain<$depth> {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                concat!("Chain", $depth).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let names = (0..$depth).map(|depth| format!("{}{depth}", $depth));
                let mut next = generator.subschema_for::<$leaf>();
                for name in names {
                    let schema = json_schema!({
                        "type": "object",
                        "properties": { "a": next, "b": next },
                        "required": ["a", "b"],
                    });
                    let definitions = generator.definitions_mut();
                    definitions.insert(name.clone(), schema.to_value());
                    next = Schema::new_ref(format!("#/$defs/{name}"));
                }
                next
            }
        }
    };
}

chain!(14: u8);
chain!(15: u8);
chain!(59: u8);
chain!(60: u8);
chain!(61: u16);

#[test]
fn structs_that_have_the_next_one_twice_take_linear_time() {
    assert_all_differ(&[
        form![a: Chain<14>],
        form![a: Chain<15>],
        form![a: Chain<59>],
        form![a: Chain<60>],
        form![a: Chain<61>],
    ]);
}

#[test]
fn derived_structs_that_have_the_next_one_twice_take_linear_time() {
    macro_rules! chain {
        ($leaf:ty) => {{
            stored! {
                struct A { a: B, b: B }
                struct B { a: C, b: C }
                struct C { a: D, b: D }
                struct D { a: E, b: E }
                struct E { a: F, b: F }
                struct F { a: G, b: G }
                struct G { a: H, b: H }
                struct H { a: I, b: I }
                struct I { a: J, b: J }
                struct J { a: K, b: K }
                struct K { a: L, b: L }
                struct L { a: M, b: M }
                struct M { a: N, b: N }
                struct N { a: $leaf, b: $leaf }
            }
            form![a: A]
        }};
    }
    assert_all_differ(&[chain!(u8), chain!(u16)]);
}

#[test]
#[expect(clippy::enum_variant_names, reason = "an enum refers to itself, too")]
fn mutually_recursive_enums_take_polynomial_time() {
    macro_rules! enums {
        ($($name:ident)*; $leaf:ty) => {
            enums!(@ [$($name)*] [$($name)*] $leaf)
        };
        (@ [$($name:ident)*] $all:tt $leaf:ty) => {{
            $( enums!(@enum $name $all); )*
            stored! { struct Leaf($leaf); }
            form![a: A]
        }};
        (@enum $name:ident [$($other:ident)*]) => {
            stored! { enum $name { $( $other(Box<$other>), )* Leaf(Leaf) } }
        };
    }
    let forms = [
        enums!(A B C D E F G; u8),
        enums!(A B C D E F G; u16),
        enums!(A B C D E F G H I J K L M N O P; u8),
    ];
    assert_all_differ(&forms);
}

#[test]
fn a_form_changes_with_a_field_at_depth_five() {
    macro_rules! nested {
        ($leaf:ident: $ty:ty) => {{
            stored! {
                struct A { x: Vec<B> }
                struct B { x: Option<C>, other: E }
                struct C { x: (u8, D) }
                struct D { x: E }
                struct E { $leaf: $ty }
            }
            form![a: A]
        }};
    }
    assert_all_differ(&[nested!(x: u8), nested!(x: u16), nested!(y: u8)]);
}

/// Returns the form of five types that recur, the last of which has an additional field.
macro_rules! ring {
    ($a:ident $b:ident $c:ident $d:ident $e:ident, $leaf:ty) => {{
        stored! {
            struct A { $a: Option<Box<B>> }
            struct B { $b: Option<Box<C>> }
            struct C { $c: Option<Box<D>> }
            struct D { $d: Option<Box<E>> }
            struct E { $e: Option<Box<A>>, leaf: $leaf }
        }
        form![a: A]
    }};
}

#[test]
fn a_form_changes_deep_in_types_that_recur() {
    assert_all_differ(&[
        // The types differ only in how far they are from the last one.
        ring!(x x x x x, u8),
        ring!(x x x x x, u16),
        // Each type differs from the others at once.
        ring!(v w x y z, u8),
        ring!(v w x y z, u16),
        {
            stored! { struct A { x: Option<Box<A>>, leaf: u8 } }
            form![a: A]
        },
    ]);
}

#[test]
fn a_form_does_not_change_with_the_names_of_nested_types() {
    let one = ring!(x x x x x, u8);
    let other = {
        // The last name is the first in the order of names, and `Leaf` is a type that is written as its value.
        stored! {
            struct Z { x: Option<Box<C>> }
            struct C { x: Option<Box<Y>> }
            struct Y { x: Option<Box<B>> }
            struct B { x: Option<Box<A>> }
            struct A { x: Option<Box<Z>>, leaf: Leaf }
            struct Leaf(u8);
        }
        form![a: Z]
    };
    assert_eq!(one, other);
}

#[test]
fn two_types_of_one_form_count_as_one() {
    let one = {
        stored! { struct A { x: Option<Box<A>>, y: Option<Box<A>> } }
        form![a: A]
    };
    let two = {
        stored! {
            struct A { x: Option<Box<A>>, y: Option<Box<B>> }
            struct B { x: Option<Box<B>>, y: Option<Box<A>> }
        }
        form![a: A]
    };
    assert_eq!(one, two);
}
