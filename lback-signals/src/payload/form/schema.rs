//! Rewrites a JSON Schema without what does not change the stored form.

use serde_json::Value;

use super::json::Json;

/// Annotations, which do not change what is valid. The value of `default` may differ between two runs.
const ANNOTATIONS: &[&str] = &[
    "$comment",
    "$defs",
    "$schema",
    "default",
    "deprecated",
    "description",
    "examples",
    "title",
];

/// Returns what is written in the place of a reference.
pub(super) type Resolve<'r> = dyn FnMut(&str) -> Json + 'r;

/// Rewrites a schema: without annotations, sorted, and with its references resolved.
pub(super) fn rewrite(schema: &Value, resolve: &mut Resolve<'_>) -> Json {
    let Value::Object(keywords) = schema else {
        return Json::of(schema);
    };
    let mut members = Vec::new();
    for (keyword, value) in keywords {
        if ANNOTATIONS.contains(&keyword.as_str()) {
            continue;
        }
        let value = rewrite_keyword(keyword, value, resolve);
        members.push((keyword.clone(), value));
    }
    members.sort();
    match members.as_slice() {
        // A definition without anything beside it, or a choice of one.
        [(keyword, Json::Object(definition))] if keyword == "$ref" => {
            Json::Object(definition.clone())
        }
        [(keyword, Json::Array(schemas))] if keyword == "oneOf" && schemas.len() == 1 => {
            schemas[0].clone()
        }
        _ => Json::Object(members),
    }
}

fn rewrite_keyword(keyword: &str, value: &Value, resolve: &mut Resolve<'_>) -> Json {
    match (keyword, value) {
        ("$ref", Value::String(reference)) => resolve(reference),
        ("const", value) => Json::of(value),
        (
            "additionalItems"
            | "additionalProperties"
            | "contains"
            | "else"
            | "if"
            | "items"
            | "not"
            | "propertyNames"
            | "then"
            | "unevaluatedItems"
            | "unevaluatedProperties",
            Value::Object(_),
        ) => rewrite(value, resolve),
        ("oneOf", Value::Array(schemas)) => {
            let schemas = schemas.iter().map(|schema| rewrite(schema, resolve));
            Json::Array(one_of(schemas.collect()))
        }
        ("allOf" | "anyOf" | "items" | "prefixItems", Value::Array(schemas)) => {
            let schemas = schemas.iter().map(|schema| rewrite(schema, resolve));
            Json::Array(schemas.collect())
        }
        ("dependentSchemas" | "patternProperties" | "properties", Value::Object(schemas)) => {
            let schemas = schemas
                .iter()
                .map(|(name, schema)| (name.clone(), rewrite(schema, resolve)));
            let mut schemas: Vec<_> = schemas.collect();
            schemas.sort();
            Json::Object(schemas)
        }
        ("enum" | "required" | "type", Value::Array(values)) => {
            let mut values: Vec<_> = values.iter().map(Json::of).collect();
            values.sort();
            Json::Array(values)
        }
        _ => Json::of(value),
    }
}

/// Sorts the schemas of a choice, and joins the variants that are a single string: a documented one has a schema of
/// its own.
fn one_of(schemas: Vec<Json>) -> Vec<Json> {
    let mut names = Vec::new();
    let mut others = Vec::new();
    for schema in schemas {
        match schema.names() {
            Some(found) => names.extend(found),
            None => others.push(schema),
        }
    }
    if !names.is_empty() {
        names.sort();
        others.push(Json::Object(vec![
            ("enum".to_owned(), Json::Array(names)),
            ("type".to_owned(), Json::Text("string".to_owned())),
        ]));
    }
    others.sort();
    others
}
