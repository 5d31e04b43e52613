//! The definitions of a JSON Schema, and what is written in the place of a reference to one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::json::Json;
use super::schema::rewrite;

/// The bytes up to which a definition is written in the place of a reference. So a newtype is written as its value.
/// A longer definition is written as its digest: a type that has the next one twice would be twice as long.
const MAX_INLINE: usize = 1024;

/// The definitions that a schema reaches. Their names do not show in what is written.
pub(super) struct Definitions<'d> {
    /// The definitions, by the JSON pointer of their references.
    schemas: BTreeMap<String, &'d Value>,
    /// The definitions that each one reaches by at least one reference.
    reached: BTreeMap<String, BTreeSet<String>>,
    /// The text that replaces a reference.
    resolved: BTreeMap<String, Json>,
}

impl<'d> Definitions<'d> {
    pub(super) fn of(root: &Value, definitions: &'d Value) -> Self {
        let mut schemas = BTreeMap::new();
        let mut references = BTreeMap::new();
        let mut open = references_of(root);
        while let Some(pointer) = open.pop() {
            let Some(schema) = definitions.pointer(&pointer) else {
                continue;
            };
            if schemas.insert(pointer.clone(), schema).is_none() {
                let found = references_of(schema);
                open.extend_from_slice(&found);
                references.insert(pointer, found);
            }
        }
        let reached = schemas.keys().map(|pointer| {
            let mut reached = BTreeSet::new();
            let mut open = vec![pointer];
            while let Some(pointer) = open.pop() {
                let found = references.get(pointer).into_iter().flatten();
                open.extend(found.filter(|found| reached.insert((*found).clone())));
            }
            (pointer.clone(), reached)
        });
        Self {
            reached: reached.collect(),
            schemas,
            resolved: BTreeMap::new(),
        }
    }

    /// Rewrites a schema, with its references resolved.
    pub(super) fn canonical(&mut self, schema: &Value) -> Json {
        rewrite(schema, &mut |reference| self.resolve(reference))
    }

    fn resolve(&mut self, reference: &str) -> Json {
        let pointer = pointer_of(reference);
        if let Some(resolved) = self.resolved.get(&pointer) {
            return resolved.clone();
        }
        let Some(schema) = self.schemas.get(&pointer).copied() else {
            return Json::Text(reference.to_owned());
        };
        let cycle = self.cycle_of(&pointer);
        if !cycle.is_empty() {
            self.refine(&cycle);
            return self.resolved[&pointer].clone();
        }
        let mut resolved = self.canonical(schema);
        if resolved.to_string().len() > MAX_INLINE {
            resolved = Json::Text(resolved.digest());
        }
        self.resolved.insert(pointer, resolved.clone());
        resolved
    }

    /// Returns the definitions that a definition reaches and that reach it, with itself. Empty if it does not recur.
    fn cycle_of(&self, pointer: &str) -> BTreeMap<String, &'d Value> {
        let reached = self.reached[pointer].iter();
        let schemas = reached.filter_map(|other| {
            let recurs = self.reached.get(other)?.contains(pointer);
            recurs.then(|| (other.clone(), self.schemas[other]))
        });
        schemas.collect()
    }

    /// Resolves mutually recursive definitions by colour refinement: in each round, the digest of a definition is
    /// that of its schema with the digests of the round before.
    ///
    /// With `n` distinct digests, another cycle of as many has differed after `2 * n` rounds, or never will. Equal
    /// definitions count once, so that a type may be split into two of one form.
    fn refine(&mut self, cycle: &BTreeMap<String, &'d Value>) {
        let mut digests = vec![String::new(); cycle.len()];
        for round in 0.. {
            let distinct = digests.iter().collect::<BTreeSet<_>>().len();
            for (pointer, digest) in cycle.keys().zip(digests) {
                self.resolved.insert(pointer.clone(), Json::Text(digest));
            }
            if round >= 2 * distinct {
                return;
            }
            let schemas = cycle.values();
            digests = schemas
                .map(|schema| self.canonical(schema).digest())
                .collect();
        }
    }
}

/// Returns the JSON pointers of the references of a schema.
fn references_of(schema: &Value) -> Vec<String> {
    let mut pointers = Vec::new();
    rewrite(schema, &mut |reference| {
        pointers.push(pointer_of(reference));
        Json::Text(String::new())
    });
    pointers
}

/// Returns the JSON pointer of a reference, which is escaped as a part of a URL.
fn pointer_of(reference: &str) -> String {
    percent_decoded(reference.trim_start_matches('#'))
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
