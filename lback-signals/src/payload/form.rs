//! The hash of a stored form, by which a lock notices that a payload has changed.

mod definitions;
mod json;
mod schema;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value};

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
