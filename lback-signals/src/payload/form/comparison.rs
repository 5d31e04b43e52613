//! Compares the form that this program reads with the one that another program writes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::definitions::Definitions;

/// Returns why a payload of the schema `written` may not be readable by the schema `read`. Empty if it is. Fields that
/// only `written` has are ignored, as they are at delivery.
pub(crate) fn differences(read: &Value, written: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let always_written = required(written);
    for name in required(read).difference(&always_written) {
        differences.push(format!("the field `{name}` may be missing"));
    }
    let no_properties = serde_json::Map::new();
    let properties = |schema: &'_ Value| schema["properties"].as_object().cloned();
    let written_properties = properties(written).unwrap_or_default();
    for (name, here) in &properties(read).unwrap_or(no_properties) {
        let Some(there) = written_properties.get(name) else {
            continue;
        };
        let canonical =
            |root: &Value, schema: &Value| Definitions::of(schema, root).canonical(schema);
        if canonical(read, here) != canonical(written, there) {
            differences.push(format!("the field `{name}` has another form"));
        }
    }
    differences
}

fn required(schema: &Value) -> BTreeSet<&str> {
    let required = schema["required"].as_array().into_iter().flatten();
    required.filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(properties: &Value, required: &Value) -> Value {
        json!({"title": "a.v1", "type": "object", "properties": properties, "required": required})
    }

    #[test]
    fn fields_that_are_always_written_can_be_read() {
        let written = schema(
            &json!({"a": {"type": "string", "description": "x"}, "b": {"type": "integer"}}),
            &json!(["a", "b"]),
        );
        let read = schema(&json!({"a": {"type": "string"}}), &json!(["a"]));
        assert!(differences(&read, &written).is_empty());
        assert_eq!(
            differences(&written, &read),
            ["the field `b` may be missing"]
        );
        let other = schema(&json!({"a": {"type": "integer"}}), &json!([]));
        assert_eq!(
            differences(&read, &other),
            [
                "the field `a` may be missing",
                "the field `a` has another form"
            ]
        );
        // A field with a default value, which the publisher does not know.
        let with_default = schema(
            &json!({"a": {"type": "string"}, "c": {"type": "null"}}),
            &json!(["a"]),
        );
        assert!(differences(&with_default, &written).is_empty());
    }

    #[test]
    fn definitions_are_compared_without_their_names() {
        let of = |name: &str, item: &str| {
            json!({
                "properties": {"a": {"$ref": format!("#/$defs/{name}")}},
                "$defs": {name: {"type": item, "title": name}},
            })
        };
        assert!(differences(&of("Item", "string"), &of("Article", "string")).is_empty());
        assert_eq!(
            differences(&of("Item", "string"), &of("Item", "integer")).len(),
            1
        );
    }
}
