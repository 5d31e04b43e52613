//! Seeds of the fuzz targets: the hashes in the fixtures of the tests.

use std::path::PathBuf;
use std::{env, fs};

/// Returns the stored hashes in `tests/*.json`.
///
/// # Panics
///
/// Panics if a fixture is malformed.
#[must_use]
pub fn stored_hashes() -> Vec<String> {
    let fixtures = [
        include_str!("../../tests/argon2-cffi.json"),
        include_str!("../../tests/foreign-hashes.json"),
    ];
    let hashes = |fixture| {
        let fixture: serde_json::Value = serde_json::from_str(fixture).expect("JSON");
        let vectors = fixture["vectors"].as_array().expect("vectors");
        let encoded = |vector: &serde_json::Value| vector["encoded"].as_str().map(str::to_owned);
        vectors.iter().filter_map(encoded).collect::<Vec<_>>()
    };
    fixtures.into_iter().flat_map(hashes).collect()
}

/// Writes each seed into the initial corpus of libFuzzer: the folder among the arguments, if there is
/// one. Targets call it before libFuzzer reads the corpus.
///
/// # Panics
///
/// Panics if a seed cannot be written.
pub fn seed(seeds: impl IntoIterator<Item = Vec<u8>>) {
    let Some(corpus) = env::args()
        .skip(1)
        .map(PathBuf::from)
        .find(|argument| argument.is_dir())
    else {
        return;
    };
    for (index, seed) in seeds.into_iter().enumerate() {
        fs::write(corpus.join(format!("seed-{index}")), seed).expect("the corpus is writable");
    }
}
