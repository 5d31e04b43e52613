//! The hash of a stored form, by which a lock notices that a payload has changed.

mod comparison;
mod definitions;
mod json;
mod schema;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value};

pub(crate) use self::comparison::differences;
use self::definitions::Definitions;
use self::json::Json;

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
        let mut digest = form.canonical().digest();
        digest.truncate(8);
        digest
    }

    /// Returns the JSON Schema of the form to which `add` adds the fields, with documentation and the names of types. The
    /// text is the same for each order of the fields.
    #[must_use]
    pub fn schema_of(name: &str, version: u32, add: impl FnOnce(&mut Self)) -> String {
        let settings = SchemaSettings::draft2020_12().for_deserialize();
        let mut form = Self {
            generator: settings.into_generator(),
            properties: Map::new(),
            required: Vec::new(),
        };
        add(&mut form);
        form.required.sort_by_key(ToString::to_string);
        let definitions = form.generator.take_definitions(true);
        let mut schema = Map::from_iter([
            (
                "$schema".to_owned(),
                "https://json-schema.org/draft/2020-12/schema".into(),
            ),
            ("title".to_owned(), format!("{name}.v{version}").into()),
            ("type".to_owned(), "object".into()),
            ("properties".to_owned(), form.properties.into()),
            ("required".to_owned(), form.required.into()),
        ]);
        if !definitions.is_empty() {
            schema.insert("$defs".to_owned(), definitions.into());
        }
        let mut text = format!("{:#}", sorted(schema.into()));
        text.push('\n');
        text
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
    fn canonical(mut self) -> Json {
        let root = Value::Object(Map::from_iter([
            ("type".to_owned(), "object".into()),
            ("properties".to_owned(), self.properties.into()),
            ("required".to_owned(), self.required.into()),
        ]));
        let definitions = self.generator.take_definitions(false);
        let definitions = Value::Object(Map::from_iter([("$defs".to_owned(), definitions.into())]));
        Definitions::of(&root, &definitions).canonical(&root)
    }
}

/// Sorts the members of objects, which `serde_json` does or does not do by a feature of it.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            let members = members
                .into_iter()
                .map(|(name, value)| (name, sorted(value)));
            Value::Object(members.collect())
        }
        value => value,
    }
}
