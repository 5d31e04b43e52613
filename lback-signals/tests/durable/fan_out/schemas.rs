//! The JSON Schemas that services exchange.

use lback_signals::Signal;
use lback_signals::durable::{SchemaError, check_schema, published_schemas};
use lback_signals::schemars::JsonSchema;
use lback_signals::serde::{Deserialize, Serialize};
use lback_signals::signal;

/// An item of a parcel.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "lback_signals::serde")]
#[schemars(crate = "lback_signals::schemars")]
struct Item {
    name: String,
    count: u32,
}

#[signal(durable(name = "schema.packed", version = 2, was("schema_packed"), publish))]
struct Packed<'a> {
    order: u64,
    items: &'a [Item],
    #[field(default)]
    note: Option<String>,
}

const TEXT: &str = r##"{
  "$defs": {
    "Item": {
      "description": "An item of a parcel.",
      "properties": {
        "count": {
          "format": "uint32",
          "minimum": 0,
          "type": "integer"
        },
        "name": {
          "type": "string"
        }
      },
      "required": [
        "name",
        "count"
      ],
      "type": "object"
    }
  },
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "properties": {
    "items": {
      "items": {
        "$ref": "#/$defs/Item"
      },
      "type": "array"
    },
    "note": {
      "type": [
        "string",
        "null"
      ]
    },
    "order": {
      "format": "uint64",
      "minimum": 0,
      "type": "integer"
    }
  },
  "required": [
    "items",
    "order"
  ],
  "title": "schema.packed.v2",
  "type": "object"
}
"##;

#[test]
fn a_published_signal_has_a_file() {
    let schemas = published_schemas();
    let names: Vec<_> = schemas.iter().map(|it| &*it.file_name).collect();
    assert!(
        names.is_sorted() && names.contains(&"fan.shipped.v3.json"),
        "{names:?}"
    );
    let packed = schemas
        .iter()
        .find(|it| it.file_name == "schema.packed.v2.json");
    assert_eq!(packed.unwrap().text, TEXT);
    assert_eq!(Packed::info().durable().unwrap().schema(), TEXT);
}

#[test]
fn a_schema_of_another_service_is_checked() {
    assert_eq!(check_schema(TEXT), Ok("schema.packed"));
    // The publisher knows more than this program, and names a type otherwise.
    let more = TEXT
        .replace("\"note\": {", "\"more\": true, \"note\": {")
        .replace("Item", "Article");
    assert_eq!(check_schema(&more), Ok("schema.packed"));
    assert_eq!(
        check_schema(&TEXT.replace("schema.packed", "schema_packed")),
        Ok("schema.packed")
    );
}

#[test]
fn a_schema_that_differs_is_refused() {
    let error = |from: &str, to: &str| check_schema(&TEXT.replace(from, to)).unwrap_err();
    for text in ["", "[]", "7", r#"{"title":"a"}"#, r#"{"title":"a.vx"}"#] {
        assert_eq!(check_schema(text), Err(SchemaError::NotASchema), "{text}");
    }
    let unknown = error("schema.packed", "schema.unknown");
    assert_eq!(
        unknown,
        SchemaError::UnknownSignal("schema.unknown".to_owned())
    );
    let version = error("packed.v2", "packed.v3");
    assert_eq!(
        version.to_string(),
        "the schema is of `schema.packed` v3, and this program has v2"
    );
    let form = error("uint32", "int64");
    assert_eq!(
        form.to_string(),
        "this program reads `schema.packed` otherwise: the field `items` has another form"
    );
    let missing = error("\"items\",\n    \"order\"", "\"items\"");
    assert_eq!(
        missing.to_string(),
        "this program reads `schema.packed` otherwise: the field `order` may be missing"
    );
}
