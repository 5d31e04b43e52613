//! JSON with one text for each value.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A JSON value whose members are sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Json {
    /// `null`, `true`, `false` or a number, as it is written.
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(super) fn of(value: &Value) -> Self {
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
    pub(super) fn names(&self) -> Option<Vec<Self>> {
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

    /// Returns the SHA-256 of the text, in hexadecimal digits.
    pub(super) fn digest(&self) -> String {
        let digest = Sha256::digest(self.to_string());
        let digits = digest.iter().map(|byte| format!("{byte:02x}"));
        digits.collect()
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
