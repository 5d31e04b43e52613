//! The hash of a stored form, by which a lock notices that a payload has changed.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The form of a payload: the JSON Schema of the owned form of a signal.
#[derive(Debug)]
pub struct StoredForm {
    generator: SchemaGenerator,
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl StoredForm {
    /// Returns the first eight hexadecimal digits of the SHA-256 of the form to which `add` adds the fields.
    #[must_use]
    pub fn hash_of(add: impl FnOnce(&mut Self)) -> String {
        let settings = SchemaSettings::draft2020_12().for_deserialize();
        let mut form = Self {
            generator: settings.into_generator(),
            properties: Map::new(),
            required: Vec::new(),
        };
        add(&mut form);
        let digest = Sha256::digest(form.canonical());
        let digits = digest[..4].iter().map(|byte| format!("{byte:02x}"));
        digits.collect()
    }

    pub(super) fn generator(&mut self) -> &mut SchemaGenerator {
        &mut self.generator
    }

    pub(super) fn add(&mut self, name: &str, schema: Schema, is_required: bool) {
        self.properties.insert(name.to_owned(), schema.to_value());
        if is_required {
            self.required.push(name.into());
        }
    }

    /// Returns the schema as JSON that does not change with documentation, the names of types, or the order of
    /// fields and variants.
    fn canonical(mut self) -> String {
        let root = Value::Object(Map::from_iter([
            ("type".to_owned(), "object".into()),
            ("properties".to_owned(), self.properties.into()),
            ("required".to_owned(), self.required.into()),
        ]));
        let definitions = self.generator.take_definitions(false);
        let definitions = Value::Object(Map::from_iter([("$defs".to_owned(), definitions.into())]));
        let mut enclosing = Vec::new();
        let canonical = Canonical {
            definitions: &definitions,
        };
        canonical.schema(&root, &mut enclosing).to_string()
    }
}

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

/// Rewrites a schema, with each definition in the place of its reference.
struct Canonical<'d> {
    definitions: &'d Value,
}

impl<'d> Canonical<'d> {
    /// Rewrites a schema inside these definitions, the innermost of which is the last.
    fn schema(&self, schema: &Value, enclosing: &mut Vec<&'d Value>) -> Json {
        let Value::Object(keywords) = schema else {
            return Json::of(schema);
        };
        let mut members = Vec::new();
        for (keyword, value) in keywords {
            if ANNOTATIONS.contains(&keyword.as_str()) {
                continue;
            }
            let value = self.keyword(keyword, value, enclosing);
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

    fn keyword(&self, keyword: &str, value: &Value, enclosing: &mut Vec<&'d Value>) -> Json {
        match (keyword, value) {
            ("$ref", Value::String(reference)) => self.reference(reference, enclosing),
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
            ) => self.schema(value, enclosing),
            ("oneOf", Value::Array(schemas)) => {
                let schemas = schemas.iter().map(|schema| self.schema(schema, enclosing));
                Json::Array(one_of(schemas.collect()))
            }
            ("allOf" | "anyOf" | "items" | "prefixItems", Value::Array(schemas)) => {
                let schemas = schemas.iter().map(|schema| self.schema(schema, enclosing));
                Json::Array(schemas.collect())
            }
            ("dependentSchemas" | "patternProperties" | "properties", Value::Object(schemas)) => {
                let schemas = schemas
                    .iter()
                    .map(|(name, schema)| (name.clone(), self.schema(schema, enclosing)));
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

    /// Returns the definition, or, for one that encloses the reference, how many definitions out it is.
    fn reference(&self, reference: &str, enclosing: &mut Vec<&'d Value>) -> Json {
        let pointer = percent_decoded(reference.trim_start_matches('#'));
        let Some(definition) = self.definitions.pointer(&pointer) else {
            return Json::Text(reference.to_owned());
        };
        let outwards = enclosing.iter().rev();
        let mut outwards = outwards.map(|enclosing| std::ptr::eq(*enclosing, definition));
        if let Some(distance) = outwards.position(|is_same| is_same) {
            return Json::Number(distance.to_string());
        }
        enclosing.push(definition);
        let schema = self.schema(definition, enclosing);
        enclosing.pop();
        schema
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

/// A JSON value whose members are sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Json {
    /// `null`, `true`, `false` or a number, as it is written.
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => Self::Number(value.to_string()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(values) => Self::Array(values.iter().map(Self::of).collect()),
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::of(value)));
                let mut members: Vec<_> = members.collect();
                members.sort();
                Self::Object(members)
            }
        }
    }

    /// Returns the strings of `{"enum": […], "type": "string"}` and `{"const": "…", "type": "string"}`.
    fn names(&self) -> Option<Vec<Self>> {
        let Self::Object(members) = self else {
            return None;
        };
        let [(keyword, values), (type_keyword, Self::Text(string))] = members.as_slice() else {
            return None;
        };
        if type_keyword != "type" || string != "string" {
            return None;
        }
        match (keyword.as_str(), values) {
            ("const", name) => Some(vec![name.clone()]),
            ("enum", Self::Array(names)) => Some(names.clone()),
            _ => None,
        }
    }

    fn write(&self, text: &mut String) {
        match self {
            Self::Number(written) => text.push_str(written),
            Self::Text(string) => text.push_str(&Value::from(string.as_str()).to_string()),
            Self::Array(values) => {
                text.push('[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    value.write(text);
                }
                text.push(']');
            }
            Self::Object(members) => {
                text.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    text.push_str(&Value::from(key.as_str()).to_string());
                    text.push(':');
                    value.write(text);
                }
                text.push('}');
            }
        }
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

/// Decodes the `%20` of a reference.
fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let byte = part
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let rest = byte.map_or(part, |_| &part[2..]);
        bytes.push(byte.unwrap_or(b'%'));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
